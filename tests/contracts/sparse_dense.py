"""Sparse search by brute force over whole matrices: the formulas of the papers, for many cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.sparse_oracle import idf

from mnemic.indexes.sparse import BM25, Impact

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tests.contracts.sparse_collections import Collection

    from mnemic.indexes.sparse import TermBatch


@dataclass(frozen=True)
class Truth:
    """A collection of which only some documents live."""

    collection: Collection
    live: NDArray[np.bool_]

    def scores(
        self, queries: TermBatch, row: int, scorer: BM25 | Impact
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """For each document: does it live and share a term with the query, and its score."""
        kinds = self.collection.kinds
        terms, weights = self._asked(queries, row)
        columns = self.collection.values[:, terms]
        if isinstance(scorer, Impact):
            found = (columns * weights).sum(axis=1)
        else:
            found = (self._components(scorer, columns) * self._idf(scorer, terms) * weights).sum(1)
        matching = np.count_nonzero(columns, axis=1) > 0
        return self.live & matching[kinds], found[kinds]

    def _asked(self, queries: TermBatch, row: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The terms of a query that a live document has, each once, and their weights."""
        span = slice(queries.offsets[row], queries.offsets[row + 1])
        given = np.ones(span.stop - span.start)
        if queries.weights is not None:
            given = queries.weights[span].astype(np.float64)
        size = max(self.collection.terms, 1 + int(max(queries.terms[span], default=0)))
        sums = np.asarray(np.bincount(queries.terms[span], given, size), np.float64)
        sums = sums[: self.collection.terms]
        terms = np.flatnonzero((sums > 0) & (self._having() > 0))
        return terms, sums[terms]

    def _copies(self) -> NDArray[np.int64]:
        """Live documents of each kind."""
        return np.bincount(self.collection.kinds[self.live], minlength=len(self.collection.values))

    def _having(self) -> NDArray[np.int64]:
        """Live documents with each term."""
        present: NDArray[np.int64] = self._copies() @ (self.collection.values > 0)
        return present

    def _idf(self, scorer: BM25, terms: NDArray[np.int64]) -> NDArray[np.float64]:
        documents, having = int(self.live.sum()), self._having()
        return np.asarray([idf(scorer.variant, documents, int(having[term])) for term in terms])

    def _components(self, scorer: BM25, tf: NDArray[np.float64]) -> NDArray[np.float64]:
        lengths = self.collection.values.sum(axis=1)
        average = max(float(self._copies() @ lengths), 1.0) / max(int(self.live.sum()), 1)
        norm = (1 - scorer.b + scorer.b * lengths / average)[:, np.newaxis]
        return np.asarray(_components(scorer, tf, norm))


def _components(
    scorer: BM25, tf: NDArray[np.float64], norm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The frequency part; what divides 0 by 0 has no occurrence, or no saturation and no delta."""
    k1, delta = scorer.k1, scorer.delta
    with np.errstate(invalid="ignore", divide="ignore"):
        if scorer.variant == "bm25l":
            shifted = np.where(tf > 0, tf / norm, 0) + (0.5 if delta is None else delta)
            return np.where(shifted > 0, (k1 + 1) * shifted / (k1 + shifted), 0)
        saturated = np.where(tf > 0, tf / (tf + k1 * norm), 0)
    if scorer.variant in ("lucene", "robertson"):
        return saturated
    absent = 0.0 if scorer.variant == "atire" else 1.0 if delta is None else delta
    return (k1 + 1) * saturated + absent
