"""Which characters stand in the index, and which of them come after a match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram.batch import SymbolBatch, ends_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram.index import NgramIndex

_CONTINUES = 6
"""Bits of a character in every byte but its first."""


def characters(index: NgramIndex) -> NDArray[np.int64]:
    """The code points beyond ASCII in the live documents, ascending, each one once.

    Four batched steps of the index, O(different beginnings of characters) states; bytes that
    begin no character of UTF-8 are left out.
    """
    ranges = index.root(1)
    values, left = np.zeros(1, np.int64), np.zeros(1, np.int64)
    found = [np.zeros(0, np.int64)]
    for step in range(4):
        following = index.next_symbols(ranges)
        parents = np.repeat(np.arange(len(ranges)), np.diff(following.offsets))
        symbols = following.symbols.astype(np.int64)
        if step == 0:
            values, left = _first(symbols)
            kept = np.flatnonzero(left > 0)
            values, left = values[kept], left[kept]
        else:
            kept = np.flatnonzero(symbols >> _CONTINUES == 0b10)
            values = values[parents[kept]] << _CONTINUES | symbols[kept] & 0x3F
            left = left[parents[kept]] - 1
        found.append(values[left == 0])
        if not (going := np.flatnonzero(left > 0)).size:
            break
        ranges = index.extend(ranges, following.symbols[kept[going]], parents[kept[going]])
        values, left = values[going], left[going]
    return np.sort(np.concatenate(found))


def encoded(codes: NDArray[np.int64]) -> SymbolBatch:
    """Code points as UTF-8, one string each; ascending ones give ascending strings."""
    lengths = 1 + np.searchsorted([0x80, 0x800, 0x10000], codes, side="right")
    begins = ends_of(lengths)
    symbols = np.empty(begins[-1], np.uint8)
    for place in range(4):
        rows = np.flatnonzero(lengths > place)
        bits = codes[rows] >> _CONTINUES * (lengths[rows] - 1 - place)
        marks = 0x80 if place else np.array([0, 0, 0xC0, 0xE0, 0xF0])[lengths[rows]]
        symbols[begins[rows] + place] = (bits & 0x3F if place else bits) | marks
    return SymbolBatch(symbols, begins)


def _first(symbols: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of first bytes: the bits of the character that they hold, and how many bytes follow."""
    left = np.select(
        [symbols < 0xC2, symbols < 0xE0, symbols < 0xF0, symbols < 0xF5], [0, 1, 2, 3], 0
    )
    return symbols & (0x3F >> left), left
