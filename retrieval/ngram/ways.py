"""Contexts that can be spelled in several ways: which of the ways count.

A word has other tokens at the start of a text than after a space, and who asks for it means both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.backoff import longest_suffixes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.ngram.backoff import Contexts


def used_ways(
    index: NgramIndex, contexts: Contexts, ways: int, *, unbounded: bool, most: int | None
) -> tuple[Contexts, NDArray[np.int64], NDArray[np.int64]]:
    """The parts of contexts to go by, which context each belongs to, and which row it is of.

    All ways that occur in full count together; where none does, the one that occurs farthest.

    Args:
        index: The corpus.
        contexts: All in their first spelling, then all in their second, ...
        ways: How many spellings.
        unbounded: Go by the longest suffix that occurs.
        most: Go by no more than the last so many symbols.
    """
    whole = contexts.lengths if most is None else np.minimum(contexts.lengths, most)
    lengths = longest_suffixes(index, contexts, most=most) if unbounded else whole
    cut = contexts.last(lengths)
    number = len(contexts) // ways
    kept = []
    for context in range(number):
        rows = np.arange(context, len(contexts), number)
        full = rows[lengths[rows] == whole[rows]]
        if not len(full):
            full = rows[[np.argmax(lengths[rows])]]
        kept += [(context, row) for row in _apart(cut, full)]
    chosen = np.array(kept, np.int64).reshape(-1, 2)
    return cut.take(chosen[:, 1]), chosen[:, 0], chosen[:, 1]


def _apart(contexts: Contexts, rows: NDArray[np.int64]) -> list[int]:
    """Those of some rows whose occurrences are not occurrences of a shorter one of them too."""
    kept: list[int] = []
    for row in sorted(rows.tolist(), key=lambda row: int(contexts.lengths[row])):
        own = contexts.symbols[contexts.starts[row] : contexts.ends[row]]
        shorter = [contexts.symbols[contexts.starts[k] : contexts.ends[k]] for k in kept]
        if not any(np.array_equal(own[len(own) - len(one) :], one) for one in shorter):
            kept.append(row)
    return kept
