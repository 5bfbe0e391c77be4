"""Evidence into documents: which n-grams count for each, once, and where they stand.

SEAL's aggregation (Bevilacqua et al., NeurIPS 2022, "An intersective scoring for multiple ngrams"):
the best n-gram takes its places first, what overlaps a taken place does not count, and an n-gram
whose words were already seen is discounted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnemic.retrieval.ngram.scoring import discount

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Numbers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where n-grams stand: columns, in no order.

    Attributes:
        keys: int64 [occurrences], which n-gram.
        documents: int64 [occurrences], which of the documents, counted from 0.
        starts: int64 [occurrences], first position in the document.
        ends: int64 [occurrences], one past the last; after ``starts``.
    """

    keys: Numbers
    documents: Numbers
    starts: Numbers
    ends: Numbers

    @classmethod
    def joined(cls, parts: Iterable[tuple[int, Numbers, Numbers, Numbers]]) -> Self:
        """Of single n-grams: (key, documents, starts, ends)."""
        found = list(parts)
        none = np.zeros(0, np.int64)
        keys = [np.full(len(part[1]), part[0], np.int64) for part in found]
        return cls(
            np.concatenate([none, *keys]),
            np.concatenate([none, *(part[1] for part in found)]),
            np.concatenate([none, *(part[2] for part in found)]),
            np.concatenate([none, *(part[3] for part in found)]),
        )

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What counted: one row for each n-gram and document where it did, best n-grams first.

    Attributes:
        keys: int64 [rows], which n-gram.
        documents: int64 [rows].
        values: float64 [rows], what it added, after the discount.
        starts: int64 [rows], its first free occurrence in the document.
        ends: int64 [rows], where that ends.
    """

    keys: Numbers
    documents: Numbers
    values: Floats
    starts: Numbers
    ends: Numbers

    def totals(self, documents: int, *, single_key: float) -> Floats:
        """The evidence for each document: float64 [documents].

        Args:
            documents: How many there are.
            single_key: Weight of a document's best n-gram alone, against the sum of all.
        """
        sums = np.bincount(self.documents, self.values, minlength=documents)
        best = np.zeros(documents)
        np.maximum.at(best, self.documents, self.values)
        mixed: Floats = (1.0 - single_key) * sums + single_key * best
        return mixed


def aggregate(
    scores: Floats,
    words: Sequence[Sequence[int]],
    occurrences: Occurrences,
    *,
    documents: int,
    repetition: float,
    had: int = 0,
) -> Evidence:
    """Let n-grams take their places, the best first, of equal ones the longer, then the earlier.

    An n-gram counts once a document, if one of its occurrences overlaps no place that a better one
    has taken; it takes all that do not.

    Args:
        scores: float64 [n-grams]; those of 0 take nothing.
        words: The words of each n-gram, as numbers from 0; at least one.
        occurrences: Where the n-grams stand.
        documents: How many documents there are.
        repetition: As in :func:`scoring.discount`.
        had: Words below this number count by themselves, so they are fresh in no n-gram.

    Cost: O(positions of the occurrences), and some 20 us for each n-gram.
    """
    worth = scores.tolist()
    order = [key for key in range(len(worth)) if worth[key] > 0]
    order.sort(key=lambda key: (-worth[key], -len(words[key])))
    highest = max((number for each in words for number in each), default=0)
    slots = _Slots(occurrences, documents, max(highest + 1, had))
    slots.seen[:, :had] = True
    rows = [slots.take(key, worth[key], words[key], repetition) for key in order]
    return Evidence(*(np.concatenate(column) for column in zip(_NOTHING, *rows, strict=True)))


_Row: TypeAlias = "tuple[Numbers, Numbers, Floats, Numbers, Numbers]"
_NOTHING: _Row = (
    np.zeros(0, np.int64),
    np.zeros(0, np.int64),
    np.zeros(0),
    np.zeros(0, np.int64),
    np.zeros(0, np.int64),
)


class _Slots:
    """Which positions of the documents are taken, and which words each document has had."""

    def __init__(self, occurrences: Occurrences, documents: int, words: int) -> None:
        # By n-gram, then document, then place: so the first of a document is found at once.
        columns = (occurrences.ends, occurrences.starts, occurrences.documents, occurrences.keys)
        order = np.lexsort(columns)
        self._keys = occurrences.keys[order]
        self._documents = occurrences.documents[order]
        self._starts = occurrences.starts[order]
        self._ends = occurrences.ends[order]
        room = np.zeros(documents, np.int64)
        np.maximum.at(room, self._documents, self._ends)
        self._base = np.concatenate([[0], np.cumsum(room)])
        self._taken = np.zeros(self._base[-1], np.bool_)
        self.seen = np.zeros((documents, words), np.bool_)

    def take(self, key: int, score: float, words: Sequence[int], repetition: float) -> _Row:
        """The documents where an n-gram counts, and what it adds."""
        first, last = np.searchsorted(self._keys, [key, key + 1])
        mine = np.arange(first, last)[self._free(slice(first, last))]
        if not len(mine):
            return _NOTHING
        holders, places = np.unique(self._documents[mine], return_index=True)
        columns = np.array(sorted(set(words)), np.int64)
        fresh = (~self.seen[np.ix_(holders, columns)]).sum(axis=1)
        self.seen[np.ix_(holders, columns)] = True
        values = score * discount(fresh, len(columns), repetition=repetition)
        starts, ends = self._starts[mine[places]], self._ends[mine[places]]
        return np.full(len(holders), key, np.int64), holders, values, starts, ends

    def _free(self, span: slice) -> NDArray[np.bool_]:
        """Which occurrences touch nothing that is taken; they take their positions."""
        starts, lengths = self._starts[span], self._ends[span] - self._starts[span]
        if not len(starts):
            return np.zeros(0, np.bool_)
        owners = np.repeat(np.arange(len(starts)), lengths)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        positions = (self._base[self._documents[span]] + starts)[owners] + within
        overlaps = np.bincount(owners, self._taken[positions], minlength=len(starts))
        free: NDArray[np.bool_] = overlaps == 0
        self._taken[positions[free[owners]]] = True
        return free
