"""Texts as symbols of an index and back: the tokens of a tokenizer, or the bytes of UTF-8.

Symbols are shown one by one and as runs. A token or a byte may be a part of a character only; a run
of them that is cut inside a character is shown without the torn ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import SymbolBatch
from mnemic.retrieval.analysis.characters import ascii_words, clusters, unspaced, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.llm.tokenizer import Tokenizer

BOUNDARY_BYTE = 0xFF
"""Between a title and its text on the byte level; no byte of UTF-8."""

_TORN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, eq=False)
class Units:
    """One text in symbols, and where its units (tokens, words, characters) stand.

    Attributes:
        symbols: [symbols] of the text.
        places: int64 [units, 2], first symbol of each unit and the one after its last.
        find: Gives ``characters``, once they are asked for.
    """

    symbols: NDArray[np.unsignedinteger]
    places: NDArray[np.int64]
    find: Callable[[], NDArray[np.int64]]

    @cached_property
    def characters(self) -> NDArray[np.int64]:
        """int64 [units, 2]: first character of each unit in the text, and the one after it."""
        return self.find()

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The characters that units ``first`` to ``last - 1`` cover; of whole characters only.

        Tokens may share a character; it belongs to those that hold all of it.
        """
        characters = self.characters
        start, end = int(characters[first, 0]), int(characters[last - 1, 1])
        if first > 0:
            start = max(start, int(characters[first - 1, 1]))
        if last < len(characters):
            end = min(end, int(characters[last, 0]))
        return start, max(start, end)


class Spelling(Protocol):
    """What text is on one level of indexing."""

    @property
    def level(self) -> str:
        """``tokens`` or ``bytes``."""
        ...

    @property
    def unit(self) -> str:
        """What n-grams of a test set are counted in: ``token`` or ``word``."""
        ...

    @property
    def model(self) -> str | None:
        """The tokenizer's name."""
        ...

    @property
    def boundary(self) -> int:
        """The symbol between a title and its text."""
        ...

    def batch(self, items: Sequence[NDArray[Any]]) -> SymbolBatch:
        """Symbols as the index takes them."""
        ...

    def symbols(self, text: str) -> NDArray[Any]:
        """A text, spelled as it stands."""
        ...

    def others(self, text: str) -> list[NDArray[Any]]:
        """Other ways to spell a text, as it is spelled inside other texts."""
        ...

    def units(self, texts: Sequence[str]) -> list[list[Units]]:
        """Texts in the units that n-grams of a test set are made of; every way to spell each."""
        ...

    def positions(self, text: str) -> Units:
        """A text in the units that matches can begin at."""
        ...

    def piece(self, symbol: int) -> str:
        """One symbol, for people."""
        ...

    def text(self, symbols: NDArray[Any]) -> str:
        """A run of symbols, for people; torn characters at its ends are left out."""
        ...


@dataclass(frozen=True)
class TokenSpelling:
    """Texts in the tokens of a model."""

    tokenizer: Tokenizer

    level = "tokens"
    unit = "token"

    @property
    def model(self) -> str | None:
        """The tokenizer's name."""
        return self.tokenizer.name

    @property
    def boundary(self) -> int:
        """The first id that is no token."""
        return self.tokenizer.vocabulary_size

    def batch(self, items: Sequence[NDArray[Any]]) -> SymbolBatch:
        """Tokens as the index takes them."""
        return SymbolBatch.of_tokens(items, self.boundary + 1)

    def symbols(self, text: str) -> NDArray[Any]:
        """The tokens of a text."""
        return self.tokenizer.encode_batch([checked_text(text)])[0]

    def others(self, text: str) -> list[NDArray[Any]]:
        """What begins with a letter or digit: as it is spelled after a space.

        Most tokenizers give a word other tokens there than at the start of a text.
        """
        return [self.symbols(f" {text}")] if text[:1].isalnum() else []

    def units(self, texts: Sequence[str]) -> list[list[Units]]:
        """Tokens; of what begins with a letter or digit also those after a space."""
        plain = self.tokenizer.encode_batch([checked_text(text) for text in texts])
        found = [[self._units(*pair)] for pair in zip(texts, plain, strict=True)]
        again = [place for place, text in enumerate(texts) if text[:1].isalnum()]
        spaced = self.tokenizer.encode_batch([f" {texts[place]}" for place in again])
        for place, tokens in zip(again, spaced, strict=True):
            found[place].append(self._units(texts[place], tokens, shift=1))
        return found

    def positions(self, text: str) -> Units:
        """Tokens."""
        return self._units(text, self.symbols(text))

    def _units(self, text: str, tokens: NDArray[Any], shift: int = 0) -> Units:
        first = np.arange(len(tokens), dtype=np.int64)

        def characters() -> NDArray[np.int64]:
            return np.maximum(self.tokenizer.offsets(" " * shift + text) - shift, 0)

        return Units(tokens, np.column_stack([first, first + 1]), characters)

    def piece(self, symbol: int) -> str:
        """A token as it reads inside a text, with its space."""
        # Some decoders drop the space before the first token of a run.
        before = self._anchor
        return self.tokenizer.decode([*before, symbol])[len(self.tokenizer.decode(before)) :]

    @cached_property
    def _anchor(self) -> list[int]:
        return [int(token) for token in self.symbols("a")]

    def text(self, symbols: NDArray[Any]) -> str:
        """The text of a run of tokens."""
        return self.tokenizer.decode(symbols).strip(_TORN)


@dataclass(frozen=True, slots=True)
class ByteSpelling:
    """Texts in bytes of UTF-8; n-grams of a test set are made of words."""

    level = "bytes"
    unit = "word"
    model = None
    boundary = BOUNDARY_BYTE

    def batch(self, items: Sequence[NDArray[Any]]) -> SymbolBatch:
        """Bytes as the index takes them."""
        return SymbolBatch.of_bytes([item.tobytes() for item in items])

    def symbols(self, text: str) -> NDArray[Any]:
        """The bytes of a text."""
        return np.frombuffer(checked_text(text).encode(), np.uint8)

    def others(self, text: str) -> list[NDArray[Any]]:
        """None: bytes are the same everywhere."""
        return []

    def units(self, texts: Sequence[str]) -> list[list[Units]]:
        """Words, and one by one the characters of scripts that are written without spaces."""
        return [[self._units(text, list(_words(checked_text(text))))] for text in texts]

    def positions(self, text: str) -> Units:
        """Characters."""
        return self._units(text, [(place, place + 1) for place in range(len(text))])

    def _units(self, text: str, spans: list[tuple[int, int]]) -> Units:
        symbols = self.symbols(text)
        characters = np.array(spans, np.int64).reshape(-1, 2)
        begins = np.append(np.flatnonzero((symbols & 0xC0) != 0x80), len(symbols))
        return Units(symbols, begins[characters], lambda: characters)

    def piece(self, symbol: int) -> str:
        """An ASCII character, or the byte in hexadecimal."""
        return chr(symbol) if symbol < 0x80 else f"\\x{symbol:02x}"

    def text(self, symbols: NDArray[Any]) -> str:
        """The text of a run of bytes."""
        return bytes(symbols.astype(np.uint8)).decode(errors="replace").strip(_TORN)


def _words(text: str) -> Iterator[tuple[int, int]]:
    if text.isascii():
        yield from (match.span() for match in ascii_words(code=False).finditer(text))
        return
    for match in words(code=False).finditer(text):
        if unspaced(cjk=True).match(match.group()):
            yield from (each.span() for each in clusters().finditer(text, *match.span()))
        else:
            yield match.span()


def checked_text(text: object, *, name: str = "text") -> str:
    """A string of valid Unicode.

    Raises:
        InvalidInput: It is something else.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"{name} is a {type(text).__name__}, not a string")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _undecoded(name, text, error.start) from error
    return text


def _undecoded(name: str, text: str, place: int) -> InvalidInput:
    if "\udc80" <= text[place] <= "\udcff":  # how Python hands over what it cannot decode
        return InvalidInput(
            f"{name} is no UTF-8: the byte {ord(text[place]) - 0xDC00:#x} at character {place}",
            hint="give it in UTF-8; in a shell, see that the locale and the script are UTF-8",
        )
    return InvalidInput(
        f"{name} holds a lone surrogate at character {place}",
        hint="give whole characters, such as what str.encode() takes",
    )
