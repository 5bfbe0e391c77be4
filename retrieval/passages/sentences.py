"""Sentence boundaries by rule: fast, linear, no model, for any script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSERS = "[\"'\u2019\u201d\u00bb)\\]}\u300d\u300f\uff09\u3011\u300b*_]*+"
# The look-behind starts a run of stops only once, which keeps the search linear.
_WITH_SPACE = rf"(?<![.!?\u2026])[.!?\u2026]++{_CLOSERS}(?=\s)"
_WITHOUT_SPACE = (
    rf"[\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u1362\u104b\u17d4]++{_CLOSERS}"
)
_PARAGRAPH = r"\n[^\S\n]*+\n"
_LIST_ITEM = r"\n(?=[^\S\n]{0,12}(?:[-*\u2022#>|]|\d{1,3}[.)])\s)"
_BOUNDARY = re.compile(f"(?P<stop>{_WITH_SPACE})|{_WITHOUT_SPACE}|{_PARAGRAPH}|{_LIST_ITEM}")
_LAST_WORD = re.compile(r"[^\W_][\w.]*\Z")
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*\Z")
_SPACES = re.compile(r"\s*")
_FARTHEST = 24

ABBREVIATIONS = frozenset(
    """
    dr mr mrs ms prof rev hon gen col capt lt sgt st mt ft jr sr esq messrs
    vs cf al etc approx est dept univ assn inc ltd co corp bros
    fig figs eq eqs ref refs sec ch chap vol vols pp ed eds ex nr art
    jan feb mar apr jun jul aug sep sept oct nov dec
    bzw ca evtl ggf inkl nr str usw vgl z.b d.h u.a
    mme mlle p.ex sra srta sig dott
    """.split()  # noqa: SIM905
)
_BEFORE_NUMBERS = frozenset({"no", "p", "nos", "art", "n", "v"})


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, trimmed of white space; together they hold all that is not space.

    A stop ends a sentence when white space follows and neither an abbreviation, an initial nor a
    small letter speaks against it. Stops of scripts without spaces, empty lines and list items
    always do. Cost: O(len(text)).
    """
    spans = []
    start = 0
    for end in _ends(text):
        if span := trimmed(text, start, end):
            spans.append(span)
        start = end
    return spans


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at both ends, ``None`` when nothing is left."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    length = len(piece.strip())
    return (start + left, start + left + length) if length else None


def _ends(text: str) -> Iterator[int]:
    for match in _BOUNDARY.finditer(text):
        if match["stop"] is None or _ends_here(text, match.start(), match["stop"], match.end()):
            yield match.end()
    yield len(text)


def _ends_here(text: str, at: int, stop: str, end: int) -> bool:
    following = text[end : end + _FARTHEST].lstrip()[:1]
    if following.islower():
        return False
    if not stop.startswith(".") or stop.startswith(".."):
        return True
    word = _LAST_WORD.search(text, max(0, at - _FARTHEST), at)
    if word is None:
        return True
    last = word[0].lower()
    if last in _BEFORE_NUMBERS and following.isdigit():
        return False
    return last not in ABBREVIATIONS and not _INITIALS.match(word[0])
