"""The longest suffix of a context that occurs: what an unbounded n-gram model goes by.

Every suffix of what occurs occurs, so its length is found by galloping and then halving: few native
calls for all contexts together, and as many steps as the suffixes are long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes.ngram import SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex

LARGEST_CALL = 1 << 20
"""Symbols of patterns in one native call; a longer pattern goes alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Contexts:
    """Parts of one array of symbols. They may overlap, as the prefixes of one text do.

    Attributes:
        symbols: The array, of the index's dtype.
        vocabulary: Symbols are below it.
        starts: int64 [contexts].
        ends: int64 [contexts], none before its start.
    """

    symbols: NDArray[np.unsignedinteger]
    vocabulary: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, batch: SymbolBatch) -> Self:
        """One context for each item of a batch."""
        return cls(batch.symbols, batch.vocabulary, batch.offsets[:-1], batch.offsets[1:])

    @classmethod
    def of_prefixes(cls, batch: SymbolBatch, first: NDArray[np.int64]) -> Self:
        """For each text all that stands before its symbols ``first[i]``, ``first[i] + 1``, ..."""
        begins, lengths = batch.offsets[:-1], np.diff(batch.offsets)
        numbers = lengths - first
        inner = np.arange(numbers.sum()) - np.repeat(np.cumsum(numbers) - numbers, numbers)
        starts = np.repeat(begins, numbers)
        ends = starts + np.repeat(first, numbers) + inner
        return cls(batch.symbols, batch.vocabulary, starts, ends)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Symbols of each."""
        return self.ends - self.starts

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Some of them."""
        return replace(self, starts=self.starts[rows], ends=self.ends[rows])

    def last(self, lengths: NDArray[np.int64]) -> Self:
        """Of each its last so many symbols."""
        return replace(self, starts=self.ends - lengths)

    @property
    def places(self) -> NDArray[np.int64]:
        """int64 [sum of lengths]: where each symbol of each stands in ``symbols``."""
        before = np.cumsum(self.lengths) - self.lengths
        places = np.repeat(self.starts - before, self.lengths)
        places += np.arange(len(places))
        return places

    def patterns(self) -> SymbolBatch:
        """Copied one after the other, as the index wants them."""
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.lengths)])
        return SymbolBatch(self.symbols[self.places], offsets, self.vocabulary)

    def calls(self) -> Iterator[NDArray[np.int64]]:
        """Rows that go into one native call each, in order."""
        before = np.cumsum(self.lengths) - self.lengths
        yield from (
            rows.astype(np.int64)
            for rows in np.split(
                np.arange(len(self)), np.flatnonzero(np.diff(before // LARGEST_CALL)) + 1
            )
            if len(rows)
        )


def occurrences(index: NgramIndex, contexts: Contexts) -> NDArray[np.int64]:
    """int64 [contexts]: how often each context, none of them empty, stands in the corpus."""
    found = np.zeros(len(contexts), np.int64)
    for rows in contexts.calls():
        found[rows] = index.count_many(contexts.take(rows).patterns())
    return found


def longest_suffixes(
    index: NgramIndex, contexts: Contexts, *, most: int | None = None
) -> NDArray[np.int64]:
    """Symbols of the longest suffix of each context that occurs; 0 where none does.

    Args:
        index: The corpus.
        contexts: What stands before.
        most: Never more than so many symbols.

    Cost: O(L log L) steps for a suffix of L symbols, in O(log L) native calls for all together.
    """
    known = np.zeros(len(contexts), np.int64)
    bound = contexts.lengths.copy() if most is None else np.minimum(contexts.lengths, most)
    bounded = np.zeros(len(contexts), np.bool_)
    while len(rows := np.flatnonzero(known < bound)):
        halved = (known[rows] + bound[rows] + 1) // 2
        doubled = np.minimum(np.maximum(2 * known[rows], 1), bound[rows])
        tried = np.where(bounded[rows], halved, doubled)
        found = occurrences(index, contexts.take(rows).last(tried)) > 0
        known[rows[found]] = tried[found]
        bound[rows[~found]] = tried[~found] - 1
        bounded[rows[~found]] = True
    return known
