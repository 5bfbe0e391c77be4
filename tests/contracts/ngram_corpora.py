"""Texts that are hard on an index of substrings, and what to ask them; all from a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from tests.contracts.ngram_oracle import Symbols

Numbers: TypeAlias = "list[int]"
BYTES = 256
VOCABULARIES = (BYTES, 2, 4, 50_000, 200_000)
"""256 stands for bytes, the others for tokens."""


class Family(Protocol):
    """Documents over the symbols ``0..symbols-1``; some hundred symbols in all."""

    def __call__(self, rng: Generator, symbols: int) -> list[Numbers]: ...


def cut(rng: Generator, text: Sequence[int]) -> list[Numbers]:
    """A text as some documents, empty ones among them."""
    bounds = sorted(rng.integers(0, len(text) + 1, int(rng.integers(0, 7))).tolist())
    return [list(text[a:b]) for a, b in zip([0, *bounds], [*bounds, len(text)], strict=True)]


def random_text(rng: Generator, symbols: int, length: int) -> Numbers:
    return [int(symbol) for symbol in rng.integers(0, symbols, length)]


def all_equal(rng: Generator, symbols: int) -> list[Numbers]:
    return cut(rng, [int(rng.integers(0, symbols))] * int(rng.integers(1, 250)))


def fibonacci(rng: Generator, symbols: int) -> list[Numbers]:
    one, other = [0], [0, 1 % symbols]
    while len(other) < 233:
        one, other = other, other + one
    return cut(rng, other)


def de_bruijn(rng: Generator, symbols: int) -> list[Numbers]:
    """Every string of some length once: no range is larger than it must be."""
    symbols, order = (2, 7) if symbols < 4 or rng.random() < 0.5 else (4, 4)
    word, text = [0], [0]
    while True:
        word = (word * order)[:order]
        while word and word[-1] == symbols - 1:
            word.pop()
        if not word:
            return cut(rng, text)
        word[-1] += 1
        if order % len(word) == 0:
            text += word


def periodic(rng: Generator, symbols: int) -> list[Numbers]:
    period = random_text(rng, min(symbols, 3), int(rng.integers(1, 9)))
    text = period * int(rng.integers(1, 30))
    text.insert(int(rng.integers(0, len(text) + 1)), int(rng.integers(0, symbols)))
    return cut(rng, text)


def single_symbols(rng: Generator, symbols: int) -> list[Numbers]:
    return [[symbol] for symbol in random_text(rng, min(symbols, 9), int(rng.integers(1, 60)))]


def empty_documents(rng: Generator, symbols: int) -> list[Numbers]:
    empty: list[Numbers] = [[] for _ in range(int(rng.integers(1, 20)))]
    return empty if rng.random() < 0.3 else [*empty, random_text(rng, symbols, 5), [], []]


def one_document(rng: Generator, symbols: int) -> list[Numbers]:
    return [random_text(rng, min(symbols, 5), int(rng.integers(0, 300)))]


def many_tiny(rng: Generator, symbols: int) -> list[Numbers]:
    return [random_text(rng, min(symbols, 3), int(rng.integers(0, 4))) for _ in range(90)]


def every_symbol(rng: Generator, symbols: int) -> list[Numbers]:
    text = [int(symbol) for symbol in rng.permutation(symbols)]
    ends = [0] * 3 + [symbols - 1] * 4 + [0, symbols - 1]
    return [*cut(rng, text), ends, [0], [symbols - 1]]


def of_two(rng: Generator, symbols: int) -> list[Numbers]:
    return cut(rng, random_text(rng, min(symbols, 2), int(rng.integers(1, 300))))


def of_many(rng: Generator, symbols: int) -> list[Numbers]:
    return cut(rng, random_text(rng, symbols, int(rng.integers(1, 300))))


def near_copies(rng: Generator, symbols: int) -> list[Numbers]:
    first = random_text(rng, min(symbols, 6), 40)
    copies = [list(first) for _ in range(7)]
    for copy in copies[1:]:
        copy[int(rng.integers(0, 40))] = int(rng.integers(0, symbols))
        del copy[int(rng.integers(20, 41)) :]
    return copies


FAMILIES: Mapping[str, Family] = {
    family.__name__: family
    for family in (
        all_equal, fibonacci, de_bruijn, periodic, single_symbols, empty_documents, one_document,
        many_tiny, every_symbol, of_two, of_many, near_copies,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """Documents over a vocabulary, of bytes where it has 256 symbols and of tokens elsewhere."""

    documents: tuple[Symbols, ...]
    vocabulary: int

    def symbols(self, numbers: Sequence[int]) -> Symbols:
        return made(numbers, self.vocabulary)


def made(numbers: Sequence[int], vocabulary: int) -> Symbols:
    return bytes(numbers) if vocabulary == BYTES else tuple(int(number) for number in numbers)


def corpus(rng: Generator, family: str, vocabulary: int) -> Corpus:
    """A family's documents, their symbols spread over the vocabulary, first and last included."""
    symbols = min(vocabulary, BYTES)
    between = rng.choice(vocabulary - 2, symbols - 2, replace=False) + 1
    spread = rng.permutation([0, vocabulary - 1, *between]).tolist()
    documents = FAMILIES[family](rng, symbols)
    return Corpus(
        tuple(made([spread[number] for number in document], vocabulary) for document in documents),
        vocabulary,
    )


def utf8_corpus(rng: Generator) -> Corpus:
    """Texts of all widths of UTF-8, some with a title and the byte 0xFF before the text."""
    alphabet = "a b.é€𝄞天\0\n_Z9\u0301"
    texts = [
        "".join(alphabet[i] for i in rng.integers(0, len(alphabet), int(rng.integers(0, 40))))
        for _ in range(12)
    ]
    titled = [b"Title \xff" if rng.random() < 0.5 else b"" for _ in texts]
    documents = (title + text.encode() for title, text in zip(titled, texts, strict=True))
    return Corpus(tuple(documents), BYTES)


def patterns(rng: Generator, corpus: Corpus, number: int) -> list[Symbols]:
    """Never empty: pieces of documents, changed, joined, reversed, too long, or of any symbols."""
    return [_pattern(rng, corpus) for _ in range(number)]


def _pattern(rng: Generator, corpus: Corpus) -> Symbols:
    documents = corpus.documents
    one, other = (documents[int(rng.integers(0, len(documents)))] for _ in range(2))
    piece = [*_piece(rng, one)]
    match int(rng.integers(0, 8)):
        case 0 if piece:
            piece[int(rng.integers(0, len(piece)))] = int(rng.integers(0, corpus.vocabulary))
        case 1:  # across the end of one document and the beginning of another
            piece = [*one[-3:], *other[:3]]
        case 2:
            piece = [*one, int(rng.integers(0, corpus.vocabulary))]
        case 3:
            piece = piece[::-1]
        case 4:
            piece = random_text(rng, corpus.vocabulary, int(rng.integers(1, 4)))
        case 5:
            piece = piece[:1]
    return corpus.symbols(piece or random_text(rng, corpus.vocabulary, 1))


def _piece(rng: Generator, document: Symbols) -> Symbols:
    start = int(rng.integers(0, len(document) + 1))
    return document[start : start + int(rng.choice([1, 2, 3, 5, 9, 40]))]


def generator(seed: int) -> Generator:
    return np.random.default_rng(seed)
