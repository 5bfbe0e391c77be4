"""Random texts and answers for native analysis, each attempt from one source of chance.

``make fuzz`` runs these under AddressSanitizer: texts of each width that CPython stores, in batches
that several threads read and that repeat words, compared with the policy.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import pairwise, product
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse.words import BREAKING, JOINING, OTHER, PAIRED, UNSPACED, WordTable
from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec
from mnemic.retrieval.analysis.policy import Policy

if TYPE_CHECKING:
    from random import Random

    from mnemic.indexes.sparse import TermBatch

LANGUAGES = ("english", "french", "turkish", "none")
SPECS = [
    AnalyzerSpec(language=language, code=code, cjk_bigrams=cjk)
    for language, code, cjk in product(LANGUAGES, (False, True), (False, True))
]
ALPHABETS = (
    "abI'.,:->_ 09",
    "ab\u00e9\u00df\u00ad\u00a0'. 1",
    "a\u0301\u0130\u0661\u2019\u200d\u65e5\u672c\u30ab\u3099\u0e01\uff21. 1",
    "a\u65e5\U00020000\U0001f44d\U0001f3fd\U00010400. \u0338",
)
"""Characters of one byte (ASCII and not), of two and of four."""
ANSWERS: list[str | tuple[str, ...]] = ["", "a", "\U0001f44d" * 99, (), ("a", "b"), ("",) * 9]
LONGEST = 300
"""Characters of a word; words beyond 128 bytes are not remembered."""


@cache
def analyzer(number: int) -> tuple[Analyzer, Policy]:
    """The same one again, so that it knows the words of earlier attempts."""
    spec = SPECS[number % len(SPECS)]
    return Analyzer(spec, threads=number % 3 + 1), Policy(spec)


def text(chance: Random) -> str:
    alphabet = chance.choice(ALPHABETS)
    if chance.random() < 0.1:
        return chance.choice(alphabet) * chance.randrange(LONGEST)
    if chance.random() < 0.1:
        return "".join(map(_any_character, [chance] * chance.randrange(20)))
    return "".join(chance.choices(alphabet, k=chance.choice([0, 1, 2, 7, 16, 31, 33, 64, 200])))


def _any_character(chance: Random) -> str:
    number = chance.randrange(0x110000 - 0x800)
    return chr(number if number < 0xD800 else number + 0x800)  # none is a surrogate


def rows(batch: TermBatch) -> list[list[str]]:
    names = [name.decode() for name in batch.vocabulary]
    return [
        [names[number] for number in batch.terms[start:end].tolist()]
        for start, end in pairwise(batch.offsets.tolist())
    ]


def compare(chance: Random) -> None:
    """Texts, some of them twice, read by one of the analyzers."""
    texts = [text(chance) for _ in range(chance.choice([1, 3, 40]))]
    texts += chance.choices(texts, k=3)
    same_terms(*analyzer(chance.randrange(3 * len(SPECS))), texts)


def same_terms(native: Analyzer, policy: Policy, texts: list[str]) -> None:
    """A batch has the terms that the policy gives each text."""
    found, expected = rows(native.analyze_batch(texts)), list(map(policy.terms, texts))
    for given, own, right in zip(texts, found, expected, strict=True):
        assert own == right, (native.spec, given, own, right)


def answer(chance: Random) -> None:
    """Invented kinds of characters, and invented answers, of which some are too few."""
    words = WordTable(
        [_kind(chance) for _ in range(chance.randrange(9))],
        code=chance.random() < 0.5,
        lower=chance.random() < 0.5,
        longest=chance.choice([0, 1, 8, 128]),
        threads=chance.randint(1, 3),
    )
    for _ in range(3):
        texts = [text(chance) for _ in range(chance.choice([1, 3, 40]))]
        try:
            batch = words.read(texts, partial(_answers, chance))
        except InvalidInput as error:
            if "the policy gave terms of" not in str(error):
                raise
        else:
            assert len(batch) == len(texts)
            assert batch.terms.size == 0 or int(batch.terms.max()) < len(batch.vocabulary)


def _kind(chance: Random) -> tuple[int, int, int]:
    first, last = sorted(chance.choices(range(chance.choice([0x100, 0x4000, 0x110000])), k=2))
    return first, last, chance.choice([OTHER, BREAKING, PAIRED, UNSPACED, JOINING])


def _answers(chance: Random, words: list[str]) -> list[str | tuple[str, ...]]:
    lacking = chance.random() < 0.1
    return [chance.choice(ANSWERS) for _ in words[lacking:]]
