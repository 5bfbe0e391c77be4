"""How far the corpus goes along with a text, from every position of it, at a bounded cost.

The index extends matches to the right, so asking it for the longest match from every position of a
text that the corpus holds in full costs the square of the text's length. Here a text is asked for
in overlapping windows, and what goes on beyond its window is followed from one maximal match to the
next: the end of a match never moves back as its start moves on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.backoff import Contexts, longest_suffixes, occurrences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex, SymbolBatch


def match_ends(index: NgramIndex, texts: SymbolBatch, *, window: int = 256) -> NDArray[np.int64]:
    """int64 [symbols]: where the longest match that begins at each symbol ends, in ``symbols``.

    Args:
        index: The corpus.
        texts: Any number of texts; no match goes from one into the next.
        window: Matches up to so many symbols cost one native call for all; longer ones a few each.

    Cost: O(symbols x window) at the worst, one step a symbol where a whole window stands in the
    corpus, and O(L log L) for every maximal match of L > window symbols.
    """
    ends, cut = _windowed(index, texts, window)
    everything = Contexts.of(texts)
    for row in np.unique(np.searchsorted(texts.offsets, np.flatnonzero(cut), side="right") - 1):
        _follow(index, everything.take(np.array([row])), ends, cut)
    return ends


def _windowed(
    index: NgramIndex, texts: SymbolBatch, window: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ends within windows of ``2 * window`` symbols, and which of them are the window's own."""
    whole = Contexts.of(texts)
    numbers = np.maximum(1, -(-whole.lengths // window) - 1)
    number = np.arange(numbers.sum()) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    limits = np.repeat(whole.ends, numbers)
    starts = np.repeat(whole.starts, numbers) + number * window
    stops = np.minimum(starts + 2 * window, limits)
    # The last window of a text answers for all of itself, the others for their first half.
    owned = np.where(stops == limits, stops, starts + window) - starts
    ends, cut = np.zeros(len(texts.symbols), np.int64), np.zeros(len(texts.symbols), np.bool_)
    windows = Contexts(whole.symbols, whole.vocabulary, starts, stops)
    for rows in windows.calls():
        asked = windows.take(rows)
        mine = asked.places < np.repeat(asked.starts + owned[rows], asked.lengths)
        places = asked.places[mine]
        ends[places] = _within(index, asked)[mine]
        closed = np.repeat(np.where(asked.ends < limits[rows], asked.ends, -1), asked.lengths)
        cut[places] = ends[places] == closed[mine]
    return ends, cut


def _within(index: NgramIndex, windows: Contexts) -> NDArray[np.int64]:
    """Where the match from each symbol of each window ends, the window's end at the latest."""
    ends = np.repeat(windows.ends, windows.lengths)
    filled = np.flatnonzero(windows.lengths)
    # What stands in the corpus as a whole need not be looked up position by position.
    whole = np.ones(len(windows), np.bool_)
    whole[filled] = occurrences(index, windows.take(filled)) > 0
    asked = windows.take(np.flatnonzero(~whole))
    lengths, _ = index.longest(asked.patterns())
    ends[np.repeat(~whole, windows.lengths)] = asked.places + lengths
    return ends


def _follow(
    index: NgramIndex, text: Contexts, ends: NDArray[np.int64], cut: NDArray[np.bool_]
) -> None:
    """Put the true ends of one text in the places that its windows cut."""
    limit = int(text.ends[0])
    waiting = int(text.starts[0]) + np.flatnonzero(cut[int(text.starts[0]) : limit])
    while len(waiting):
        start = int(waiting[0])
        end = _end(index, text, start, known=int(ends[start]))
        # The first position whose match goes beyond this end.
        beyond = limit
        if end < limit:
            suffix = Contexts(text.symbols, text.vocabulary, _one(start + 1), _one(end + 1))
            beyond = end + 1 - int(longest_suffixes(index, suffix)[0])
        here = waiting < beyond
        ends[waiting[here]] = end
        waiting = waiting[~here]


def _end(index: NgramIndex, text: Contexts, start: int, *, known: int) -> int:
    """Where the longest match from ``start`` ends, when it goes as far as ``known`` at least."""
    limit = int(text.ends[0])
    low, high = known, limit
    step = known - start
    while low < high:
        tried = min(low + step, high) if step else (low + high + 1) // 2
        one = Contexts(text.symbols, text.vocabulary, _one(start), _one(tried))
        if occurrences(index, one)[0]:
            low, step = tried, 2 * step
        else:
            high, step = tried - 1, 0
    return low


def _one(value: int) -> NDArray[np.int64]:
    return np.array([value], np.int64)
