"""Documents to passages: whole sentences up to a budget of tokens, with overlap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis.characters import CJK, SOUTH_EAST_ASIAN
from mnemic.retrieval.passages.sentences import sentences
from mnemic.types import Passage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnemic.types import Document

# A character of a script without spaces counts as a word; so does every 50 of a longer string,
# or a megabyte of base64 would be one token.
_WORD = re.compile(rf"[{CJK}{SOUTH_EAST_ASIAN}]|[^\s{CJK}{SOUTH_EAST_ASIAN}]{{1,50}}")


class _Unit(NamedTuple):
    """A sentence, or a part of a long one, with its size in tokens."""

    start: int
    end: int
    size: int


def count_words(text: str) -> int:
    """Words between white space; each character of a script without spaces is one.

    A word of more than 50 characters counts once for every 50.
    """
    return len(_WORD.findall(text))


def chunk(
    document: Document,
    *,
    tokens: int = 200,
    overlap: int = 40,
    counter: Callable[[str], int] | None = None,
) -> list[Passage]:
    """Cut a document's text into passages of whole sentences.

    Sentences over the budget are cut between words, and words over it between characters. The
    passages come in order and hold all text but white space; neighbours share whole sentences (or
    parts of cut ones) of up to ``overlap`` tokens. The size of a passage is the sum over its
    sentences, so with a subword counter it can differ by the joints.

    Args:
        document: Its text is cut; the title is left alone.
        tokens: Most tokens in a passage, at least 1.
        overlap: Most tokens that two neighbours share, at least 0 and below ``tokens``.
        counter: Tokens in a string, such as a model's tokenizer; words when ``None``.

    Returns:
        Passages with offsets into ``document.text``; none for a text of white space alone.

    Raises:
        InvalidInput: ``tokens`` or ``overlap`` is out of range.

    Cost: O(text) characters through the counter about twice, plus O(passages * tokens).
    """
    if tokens < 1:
        raise InvalidInput(f"tokens: {tokens} is less than 1", hint="200 is a good size")
    if not 0 <= overlap < tokens:
        raise InvalidInput(
            f"overlap: {overlap} is not in 0..{tokens - 1}", hint="keep it well below tokens"
        )
    text = document.text
    units = list(_units(text, tokens, overlap or tokens, counter or count_words))
    return [
        Passage(document.id, units[first].start, units[last].end, _span(text, units, first, last))
        for first, last in _pack(units, tokens, overlap)
    ]


def _span(text: str, units: list[_Unit], first: int, last: int) -> str:
    return text[units[first].start : units[last].end]


def _pack(units: list[_Unit], tokens: int, overlap: int) -> Iterator[tuple[int, int]]:
    """First and last unit of each passage; each but the first begins inside the one before."""
    first = 0
    size = 0
    for index, unit in enumerate(units):
        if index > first and size + unit.size > tokens:
            yield first, index - 1
            first, size = _shared(units, first, index, min(overlap, tokens - unit.size))
        size += unit.size
    if units:
        yield first, len(units) - 1


def _shared(units: list[_Unit], first: int, index: int, room: int) -> tuple[int, int]:
    """Where the passage that adds unit ``index`` begins, and the size of what it shares."""
    start, size = index, 0
    while start - 1 > first and size + units[start - 1].size <= room:
        start -= 1
        size += units[start].size
    return start, size


def _units(text: str, tokens: int, part: int, counter: Callable[[str], int]) -> Iterator[_Unit]:
    for start, end in sentences(text):
        size = counter(text[start:end])
        if size <= tokens:
            yield _Unit(start, end, size)
        else:
            yield from _parts(text, start, end, part, counter)


def _parts(
    text: str, start: int, end: int, part: int, counter: Callable[[str], int]
) -> Iterator[_Unit]:
    """Runs of words of up to ``part`` tokens."""
    open_at = close_at = start
    size = 0
    for word in _words(text, start, end, part, counter):
        if close_at > open_at and size + word.size > part:
            yield _Unit(open_at, close_at, size)
            open_at, size = word.start, 0
        close_at = word.end
        size += word.size
    yield _Unit(open_at, close_at, size)


def _words(
    text: str, start: int, end: int, part: int, counter: Callable[[str], int]
) -> Iterator[_Unit]:
    for match in _WORD.finditer(text, start, end):
        size = 1 if counter is count_words else counter(match[0])
        if size <= part or len(match[0]) == 1:
            yield _Unit(match.start(), match.end(), size)
        else:
            yield from _halves(text, *match.span(), part, counter)


def _halves(
    text: str, start: int, end: int, part: int, counter: Callable[[str], int]
) -> Iterator[_Unit]:
    """A word in parts that fit, halved until they do; a single character always fits."""
    open_spans = [(start, end)]
    while open_spans:
        left, right = open_spans.pop()
        size = counter(text[left:right])
        if size <= part or right - left == 1:
            yield _Unit(left, right, size)
            continue
        middle = (left + right) // 2
        open_spans += [(middle, right), (left, middle)]
