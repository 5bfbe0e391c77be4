"""A ranking in columns: what fusion needs of a thousand documents, without an object for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

import numpy as np

from mnemic.types import APART, Hit, Ranking, canonical_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from mnemic.types import Query


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The hits of one query, best first, in the order of a :class:`Ranking`.

    Attributes:
        query: The question that was asked.
        ids: Documents.
        scores: float64 [hits].
        spans: int64 [hits, 2], the passages that they were found by, if they were.
        made: The hits themselves, where there are any already; they may carry more.
    """

    query: Query
    ids: Sequence[str]
    scores: NDArray[np.float64]
    spans: NDArray[np.int64] | None = None
    made: Sequence[Hit] | None = None

    @classmethod
    def of(cls, ranking: Ranking) -> Self:
        """The columns of a ranking, which stays in its order."""
        scores = np.array([hit.score for hit in ranking], np.float64)
        return cls(ranking.query, [hit.id for hit in ranking], scores, made=ranking.hits)

    @classmethod
    def ordered(
        cls,
        query: Query,
        ids: Sequence[str],
        scores: NDArray[np.float64],
        spans: NDArray[np.int64] | None = None,
    ) -> Self:
        """Put columns into the one order of rankings; O(hits) where scores descend already."""
        order = _order(ids, scores)
        if order is None:
            return cls(query, ids, scores, spans)
        places: list[int] = order.tolist()
        moved = None if spans is None else spans[order]
        return cls(query, [ids[place] for place in places], scores[order], moved)

    def hit(self, place: int) -> Hit:
        """The hit at a place, counted from 0."""
        if self.made is not None:
            return self.made[place]
        passage = None
        if self.spans is not None:
            passage = (int(self.spans[place, 0]), int(self.spans[place, 1]))
        return Hit(id=self.ids[place], score=float(self.scores[place]), passage=passage)

    def ranking(self) -> Ranking:
        """All hits."""
        return Ranking(self.query, tuple(self.hit(place) for place in range(len(self.ids))))


def _order(ids: Sequence[str], scores: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """The canonical order; ``None`` where the hits stand in it."""
    gaps = scores[:-1] - scores[1:]
    if not np.all(gaps >= 0):
        return np.array(canonical_order(scores.tolist(), ids), np.int64)
    near = gaps <= APART
    if not near.any():
        return None
    order = np.arange(len(scores))
    # Where a run of near ties begins and ends.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]])))
    for first, last in edges.reshape(-1, 2).tolist():
        run = slice(first, last + 1)
        order[run] = first + np.array(canonical_order(scores[run].tolist(), ids[run]))
    return order


@runtime_checkable
class SupportsListings(Protocol):
    """A retriever that can answer in columns."""

    def search_listed(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Listing]:
        """What ``search`` returns, in columns."""
        ...
