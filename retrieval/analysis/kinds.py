"""What native code must know of characters beyond ASCII: where stretches of words end."""

from __future__ import annotations

import re
from functools import cache

from mnemic.indexes.sparse.words import BREAKING, JOINING, PAIRED, UNSPACED
from mnemic.retrieval.analysis.characters import BREAKS, CJK, JOINTS, SIMPLE_CJK, SOUTH_EAST_ASIAN


@cache
def kinds_of_characters(*, cjk_bigrams: bool) -> tuple[tuple[int, int, int], ...]:
    """Ranges of characters with their kinds, as ``WordTable`` takes them.

    Every chunk between ASCII separators may be normalised and analysed by itself, for nothing
    composes across them. ``BREAKS`` cut chunks further, so that fewer distinct ones remain.

    Args:
        cjk_bigrams: Whether runs of CJK are cut into bigrams.
    """
    if not cjk_bigrams:
        return (*_ranges(BREAKS, BREAKING), *_ranges(SOUTH_EAST_ASIAN, UNSPACED))
    unspaced = _ranges(CJK + SOUTH_EAST_ASIAN, UNSPACED)
    # Last, because SIMPLE_CJK is a part of CJK.
    simple = _ranges(SIMPLE_CJK, PAIRED)
    return (*_ranges(BREAKS, BREAKING), *_ranges(JOINTS, JOINING), *unspaced, *simple)


def _ranges(inside: str, kind: int) -> list[tuple[int, int, int]]:
    """The ranges of the inside of a character class, without escapes."""
    return [(ord(part[0]), ord(part[-1]), kind) for part in re.findall(r"(?s:.-.|.)", inside)]
