"""Questions as weighted terms over the pieces of a track.

The sparse index ranks passages. Documents are ranked by their best passage (MaxP): as passages come
best first, the first ``k`` distinct owners are the exact best ``k`` documents, so it is enough to
go deeper until there are that many.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes.sparse import Impact, LiveSegment, SparseIndex
from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.retrieval.vectors.found import Found
from mnemic.retrieval.vectors.pieces import terms_of
from mnemic.types import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse import TermBatch
    from mnemic.retrieval.encoders.protocols import DenseVectors
    from mnemic.retrieval.vectors.pieces import VectorPiece
    from mnemic.types import TopK

DEEPER = 4
IMPACT = Impact()


class SparseSearch:
    """Exact search over learned-sparse pieces; immutable, safe from many threads.

    Args:
        pieces: In the order of their ordinals.
        threads: Worker threads of a batch; 0 for one per core.
    """

    def __init__(self, pieces: Sequence[VectorPiece], *, threads: int = 0) -> None:
        self._pieces = tuple(pieces)
        self._threads = threads
        counts = [piece.passage_count for piece in self._pieces]
        self._bases = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])

    @cached_property
    def _index(self) -> SparseIndex:
        """Over passages, whose ordinals are their rows, counted through all pieces."""
        segments = [
            LiveSegment(piece.sparse, np.arange(start, end, dtype=np.int64), piece.live_passages)
            for piece, (start, end) in zip(self._pieces, pairwise(self._bases), strict=True)
        ]
        return SparseIndex(segments, threads=self._threads)

    @cached_property
    def _owners(self) -> NDArray[np.int64]:
        """int64 [passages], the ordinal of each passage's document."""
        none = np.empty(0, np.int64)
        owned = [p.spans.ordinals[p.spans.owners.astype(np.int64)] for p in self._pieces]
        return np.concatenate([none, *owned])

    @cached_property
    def _numbers(self) -> NDArray[np.int64]:
        """int64 [passages], the number of each passage within its document."""
        firsts = [np.repeat(p.spans.offsets[:-1], np.diff(p.spans.offsets)) for p in self._pieces]
        counted = [np.arange(len(first), dtype=np.int64) - first for first in firsts]
        return np.concatenate([np.empty(0, np.int64), *counted])

    @cached_property
    def _spans(self) -> NDArray[np.int64]:
        """int64 [passages, 2]."""
        pairs = [np.stack([p.spans.starts, p.spans.ends], axis=1) for p in self._pieces]
        none = np.empty((0, 2), np.int64)
        return np.concatenate([none, *(pair.astype(np.int64) for pair in pairs)])

    def best(
        self,
        queries: DenseVectors | SparseVectors,
        k: int,
        *,
        allowed: Sequence[Bitmap | None] | None = None,
        per_passage: bool = False,
    ) -> Found:
        """The exact best ``k`` documents (by their best passage, MaxP) or passages.

        Args:
            queries: Sparse vectors.
            k: Most hits of each query.
            allowed: One bitmap of documents per piece; ``None`` allows all.
            per_passage: Let every passage be a hit of its own.
        """
        terms, masks = _terms(queries), self._masks(allowed)
        if per_passage or k == 0:
            return self._found(_rows(self._search(terms, k, masks)))
        total = int(self._bases[-1])
        depth, rows = k, [np.empty(0, np.int64)] * len(terms)
        scores = [np.empty(0, np.float64)] * len(terms)
        waiting = list(range(len(terms)))
        while waiting:
            top = self._search(_some(terms, waiting), depth, masks)
            left = []
            for place, query in enumerate(waiting):
                values, found = top.row(place)
                first = _first_of_each(self._owners[found])
                rows[query], scores[query] = found[first][:k], values[first][:k]
                if len(first) < k and len(found) == depth and depth < total:
                    left.append(query)
            waiting, depth = left, depth * DEEPER
        return self._found(list(zip(rows, scores, strict=True)))

    def explain(
        self,
        queries: DenseVectors | SparseVectors,
        ordinal: int,
        *,
        passage: int | None = None,
        name: Callable[[bytes], str] = bytes.decode,
    ) -> Explanation:
        """Why a live document has its score for the first query: the terms of a passage.

        Args:
            queries: Sparse vectors.
            ordinal: The document.
            passage: Which passage of it; ``None`` for its best one.
            name: From the bytes of a term, an id in digits, to what readers know it by.

        Raises:
            NotFound: No live document has the ordinal.
        """
        terms, rows = _some(_terms(queries), [0]), self._rows_of(ordinal)
        chosen = rows if passage is None else rows[passage : passage + 1]
        parts = [self._index.explain(terms, row, scorer=IMPACT, name=name) for row in chosen]
        none = Explanation(0.0, "the document has no vector")
        return max(parts, key=lambda part: part.value, default=none)

    def _rows_of(self, ordinal: int) -> range:
        for base, piece in zip(self._bases.tolist(), self._pieces, strict=False):
            rows = piece.passages_of(ordinal)
            if rows is not None:
                return range(base + rows.start, base + rows.stop)
        raise NotFound(f"no live document has ordinal {ordinal}")

    def _search(self, terms: TermBatch, k: int, masks: Sequence[Bitmap | None] | None) -> TopK:
        return self._index.search(terms, k, scorer=IMPACT, allowed=masks)

    def _masks(self, allowed: Sequence[Bitmap | None] | None) -> list[Bitmap | None] | None:
        if allowed is None:
            return None
        pairs = zip(self._pieces, allowed, strict=True)
        return [piece.spans.passage_mask(bitmap) for piece, bitmap in pairs]

    def _found(self, best: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Found:
        offsets = np.cumsum([0, *(len(rows) for rows, _ in best)], dtype=np.int64)
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in best)])
        scores = np.concatenate([np.empty(0, np.float64), *(scores for _, scores in best)])
        return Found(offsets, self._owners[rows], scores, self._numbers[rows], self._spans[rows])


def _rows(top: TopK) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    pairs = [top.row(query) for query in range(len(top))]
    return [(ids, scores) for scores, ids in pairs]


def _first_of_each(owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the first passage of each document, in order."""
    _, first = np.unique(owners, return_index=True)
    return np.sort(first)


def _terms(queries: DenseVectors | SparseVectors) -> TermBatch:
    if not isinstance(queries, SparseVectors):
        raise InvalidInput("the queries are dense vectors, the documents sparse ones")
    return terms_of(queries)


def _some(terms: TermBatch, queries: Sequence[int]) -> TermBatch:
    """Some rows of a batch, with its whole vocabulary."""
    if len(queries) == len(terms):
        return terms
    spans = [slice(terms.offsets[query], terms.offsets[query + 1]) for query in queries]
    offsets = np.cumsum([0, *(span.stop - span.start for span in spans)], dtype=np.int64)
    assert terms.weights is not None
    weights = np.concatenate([terms.weights[span] for span in spans])
    numbers = np.concatenate([terms.terms[span] for span in spans])
    return type(terms)(terms.vocabulary, offsets, numbers, weights)
