"""The extract of a text that shows best why it was found."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mnemic.retrieval.analysis import Analyzer

LOOKED_AT = 1_000_000
"""Characters from the beginning of a text that a snippet is looked for in."""

_SENTENCE_START = re.compile(r"(?:[.!?\u2026][\"'\u2019\u201d)]*\s+|[\u3002\uff01\uff1f]|\n\s*)")
_SPACE = re.compile(r"\s+")


def snippet(
    text: str, terms: Iterable[str], analyzer: Analyzer, *, width: int = 200
) -> tuple[str, tuple[int, int]]:
    """The window of a text that holds the most different terms, then the most occurrences.

    It begins at a sentence where that fits, else at a word. Without any occurrence it is the
    beginning of the text.

    Args:
        text: The original text; its first million characters are looked at.
        terms: Analysed terms, as ``analyzer.analyze(query)`` gives them.
        analyzer: Finds where the terms stand in the text.
        width: Most characters of the snippet.

    Returns:
        The snippet and its span: ``snippet == text[start:end]``.

    Raises:
        InvalidInput: ``width`` is less than 1, or the text holds a lone surrogate.

    Cost: O(min(len(text), 1,000,000)); about 0.5 µs a word.
    """
    if width < 1:
        raise InvalidInput(f"width: {width} is less than 1", hint="200 is a good width")
    head = text[:LOOKED_AT]
    wanted = frozenset(terms)
    found = analyzer.find(head, wanted) if wanted else []
    first, last = _densest(found, width)
    start = _start(head, first, min(last, first + width), width)
    start, end = _trim(head, start, _end(head, start, max(last, start + 1), width))
    return text[start:end], (start, end)


def _densest(found: list[tuple[str, int, int]], width: int) -> tuple[int, int]:
    """First and last character of the best window of occurrences; ``(0, 0)`` without any."""
    inside: Counter[str] = Counter()
    best, span, left = (0, 0), (0, 0), 0
    for right, (term, _, end) in enumerate(found):
        inside[term] += 1
        while left < right and end - found[left][1] > width:
            gone = found[left][0]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            left += 1
        if (score := (len(inside), right - left + 1)) > best:
            best, span = score, (found[left][1], end)
    return span


def _start(text: str, first: int, last: int, width: int) -> int:
    slack = width - (last - first)
    earliest = max(0, first - slack)
    if earliest == 0:
        return 0
    if breaks := [match.end() for match in _SENTENCE_START.finditer(text, earliest, first)]:
        return breaks[-1]
    # A third of what is left goes before the words, so that they stand in their context.
    before = first - slack // 3
    if space := _SPACE.search(text, before, first):
        return space.end()
    # A long token holds the first occurrence: begin with it, where it fits.
    spaces = [match.end() for match in _SPACE.finditer(text, earliest, before)]
    return spaces[-1] if spaces else first


def _end(text: str, start: int, last: int, width: int) -> int:
    latest = start + width
    if latest >= len(text):
        return len(text)
    if text[latest].isspace():
        return latest
    spaces = [match.start() for match in _SPACE.finditer(text, last, latest)]
    return spaces[-1] if spaces else latest


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + left + len(piece.strip())) if piece.strip() else (start, start)
