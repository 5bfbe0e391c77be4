"""Which strings of a dictionary contain a pattern? A vectorised scan over its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.columns.column import Texts


def entries_with(texts: Texts, pattern: bytes) -> NDArray[np.int64]:
    """Numbers of the strings that contain the pattern, with repeats.

    Bytes are enough: UTF-8 is self-synchronising, so a match is always a whole run of characters.
    O(dictionary bytes), and then only over the places where the pattern's start was found.
    """
    if not pattern:
        return np.arange(len(texts))
    start, end = int(texts.bounds[0]), int(texts.bounds[-1])
    blob = texts.data[start:end]
    places = np.flatnonzero(blob[: max(0, len(blob) - len(pattern) + 1)] == pattern[0])
    for step, byte in enumerate(pattern[1:], start=1):
        if not len(places):
            break
        places = places[blob[places + step] == byte]
    places = places + start
    entries = np.searchsorted(texts.bounds, places, side="right") - 1
    return entries[places + len(pattern) <= texts.bounds[entries + 1]]
