"""What a user's pattern means: which strings match, and what may stand around them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram.automaton import Automaton
from mnemic.indexes.ngram.characters import characters, encoded
from mnemic.indexes.ngram.matching import END, BytePattern, Left, Right
from mnemic.retrieval.ngram.folding import folded
from mnemic.retrieval.ngram.spelling import checked_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex

Edge: TypeAlias = Literal["anywhere", "word", "field"]
FIELD = b"\xff"
"""Stands between title and text; no character of UTF-8 has this byte."""
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Characters to be found in titles and texts, exactly as they are, overlapping ones too.

    Attributes:
        text: The characters; a match never leaves a field.
        ignore_case: Match what has the same ``str.casefold()`` (see ``folding.folded``).
        begins: ``word``: no word character stands before a match; ``field``: a match begins its
            title or text; ``anywhere``: either.
        ends: The same behind a match. ``word`` on both sides finds whole words, as ``grep -w``
            does: only the neighbours count, so that ``C++`` is a whole word in ``C++ code``.

    Raises:
        InvalidInput: ``pattern`` is empty, not a str, or holds a lone surrogate; ``begins``,
            ``ends`` or ``ignore_case`` is no value of theirs.
    """

    text: str
    ignore_case: bool = field(default=False, kw_only=True)
    begins: Edge = field(default="anywhere", kw_only=True)
    ends: Edge = field(default="anywhere", kw_only=True)

    def __post_init__(self) -> None:
        if not checked_text(self.text, name="pattern"):
            raise InvalidInput("pattern is empty", hint="give at least one character")
        if not isinstance(self.ignore_case, bool):
            raise InvalidInput(f"ignore_case is {self.ignore_case!r:.40}, not a bool")
        for name, edge in (("begins", self.begins), ("ends", self.ends)):
            if edge not in get_args(Edge):
                known = ", ".join(get_args(Edge))
                raise InvalidInput(f"{name} is {edge!r:.40}", hint=f"it can be {known}")

    @property
    def plain(self) -> bytes | None:
        """The one byte string that matches anywhere, where that is all there is to it."""
        bare = not self.ignore_case and self.begins == self.ends == "anywhere"
        return self.text.encode() if bare else None


def is_word(character: str) -> bool:
    """Whether a character belongs to a word, by Unicode's standard #18, Annex C.

    Letters, digits and numbers of all scripts (``str.isalnum``), ``_``, combining marks, and the
    two joiners U+200C and U+200D. A mark belongs to the letter before it, so that ``cafe`` is no
    whole word in ``cafe`` + U+0301, nor a Hindi consonant before its vowel sign; the selectors
    U+FE00 to U+FE0F do not count, so that a word may follow an emoji.
    """
    if character.isalnum() or character == "_" or character in _JOINERS:
        return True
    return unicodedata.category(character)[0] == "M" and not "\ufe00" <= character <= "\ufe0f"


def as_pattern(pattern: str | Pattern) -> Pattern:
    """A bare str as the pattern that it stands for.

    Raises:
        InvalidInput: As for ``Pattern``.
    """
    return pattern if isinstance(pattern, Pattern) else Pattern(pattern)


def as_bytes(index: NgramIndex, patterns: Sequence[Pattern]) -> list[BytePattern]:
    """Patterns as the byte-level index knows them.

    The first pattern at a word on a snapshot looks up which characters its documents have.
    """
    return [
        BytePattern(
            folded(each.text) if each.ignore_case else (((each.text.encode(), 1),),),
            _left(index, each.begins),
            _right(index, each.ends),
        )
        for each in patterns
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    """What bounds words in one snapshot."""

    left: Left
    right: Right


_FIELD_LEFT = Left("field")
_KNOWN: WeakKeyDictionary[NgramIndex, _Words] = WeakKeyDictionary()


def _left(index: NgramIndex, edge: Edge) -> Left | None:
    if edge == "anywhere":
        return None
    return _FIELD_LEFT if edge == "field" else _words(index).left


def _right(index: NgramIndex, edge: Edge) -> Right | None:
    if edge == "anywhere":
        return None
    return _field_right() if edge == "field" else _words(index).right


def _words(index: NgramIndex) -> _Words:
    # Two threads may both find out; they find the same.
    if (known := _KNOWN.get(index)) is None:
        known = _KNOWN[index] = _bounds(characters(index))
    return known


def _bounds(present: NDArray[np.int64]) -> _Words:
    kept = np.array([not is_word(chr(code)) for code in present.tolist()], np.bool_)
    if not kept.any():
        return _Words(Left("word"), Right(_after_words()))
    strings = encoded(present[kept])
    return _Words(Left("word", strings), Right(_after_words(), Automaton.of_strings(strings)))


@cache
def _after_words() -> NDArray[np.bool_]:
    after = np.array([code < 128 and not is_word(chr(code)) for code in range(END + 1)])
    after[[FIELD[0], END]] = True
    return after


@cache
def _field_right() -> Right:
    after = np.zeros(END + 1, np.bool_)
    after[[FIELD[0], END]] = True
    return Right(after)
