"""What is asked: patterns, contexts and spans drawn from the text, the same for every system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ngram.texts import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTHS = (4, 8, 16, 32, 64)
DELETED = (0, 10, 20)
# Our index touches so few cache lines a pattern that those of a peer's number of patterns would all
# be in the cache after the first round: it is asked more.
MORE = 5


def windows(
    symbols: NDArray[Any],
    offsets: NDArray[np.int64],
    length: int,
    count: int,
    *,
    characters: bool = False,
) -> NDArray[Any]:
    """Random windows of documents, ``[at most count, length]``, each place equally likely.

    Args:
        symbols: All documents.
        offsets: int64 [documents + 1].
        length: Symbols of a window.
        count: How many; fewer when few places fit.
        characters: Whether they begin and end between characters of UTF-8.
    """
    draw = np.random.default_rng([SEED, length])
    starts = draw.integers(0, max(1, len(symbols) - length), count * 8 + 64)
    documents = np.searchsorted(offsets, starts, side="right") - 1
    ends = starts + length
    fits = ends <= offsets[documents + 1]
    if characters:
        after = symbols[np.minimum(ends, len(symbols) - 1)]
        fits &= symbols[starts] & 0xC0 != 0x80
        fits &= (ends == offsets[documents + 1]) | (after & 0xC0 != 0x80)
    found: NDArray[Any] = symbols[starts[fits][:count, None] + np.arange(length)]
    return found


def patterns(
    symbols: NDArray[np.uint8], offsets: NDArray[np.int64], length: int, queries: int
) -> NDArray[np.uint8]:
    """Byte patterns, uint8 [5 queries, length], whole characters only: peers take ``str``.

    Peers are asked the first fifth.
    """
    found = windows(symbols, offsets, length, MORE * queries, characters=True)
    return np.ascontiguousarray(found, np.uint8)


def live_documents(documents: int, percent: int) -> NDArray[np.bool_]:
    """Which documents are left when so many percent of them, drawn with a seed, are deleted."""
    live = np.ones(documents, np.bool_)
    draw = np.random.default_rng([SEED, percent])
    live[draw.choice(documents, documents * percent // 100, replace=False)] = False
    return live


def spans(
    offsets: NDArray[np.int64], width: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Random spans of documents for extraction: documents, starts and ends, int64 [count]."""
    draw = np.random.default_rng([SEED, width])
    chosen = draw.integers(0, len(offsets) - 1, count)
    lengths = offsets[chosen + 1] - offsets[chosen]
    starts = (draw.random(count) * np.maximum(1, lengths - width)).astype(np.int64)
    return chosen, starts, np.minimum(lengths, starts + width)
