"""Questions as dense vectors over the pieces of a track."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.indexes.dense import DenseIndex, LiveSegment
from mnemic.retrieval.encoders.protocols import DenseVectors
from mnemic.retrieval.vectors.found import Found
from mnemic.retrieval.vectors.places import spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.encoders.protocols import SparseVectors
    from mnemic.retrieval.vectors.pieces import VectorPiece
    from mnemic.types import Explanation


class DenseSearch:
    """Exact search over dense pieces; immutable, safe from many threads.

    Args:
        pieces: In the order of their ordinals.
        threads: Worker threads that score candidates; 0 for one per core.
    """

    def __init__(self, pieces: Sequence[VectorPiece], *, threads: int = 0) -> None:
        self._pieces = tuple(pieces)
        self._threads = threads

    @cached_property
    def _index(self) -> DenseIndex:
        segments = [
            LiveSegment(piece.dense, piece.spans.ordinals, piece.live) for piece in self._pieces
        ]
        return DenseIndex(segments, threads=self._threads)

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
            queries: Dense vectors.
            k: Most hits of each query.
            allowed: One bitmap of documents per piece; ``None`` allows all.
            per_passage: Let every passage be a hit of its own.

        Raises:
            DimensionMismatch: The queries have another width than the documents.
        """
        values = _values(queries)
        top = self._index.search_passages(values, k, allowed=allowed, per_passage=per_passage)
        found = top.documents
        spans = spans_of(self._pieces, found.ids, top.passages)
        return Found(found.offsets, found.ids, found.scores, top.passages, spans)

    def explain(
        self,
        queries: DenseVectors | SparseVectors,
        ordinal: int,
        *,
        passage: int | None = None,
    ) -> Explanation:
        """Why a live document has its score for the first query.

        Args:
            queries: Dense vectors.
            ordinal: The document.
            passage: Explain the score of this passage of it; ``None`` for its best one.

        Raises:
            NotFound: No live document has the ordinal.
        """
        whole = self._index.explain(_values(queries), ordinal)
        return whole if passage is None or not whole.parts else whole.parts[passage]


def _values(queries: DenseVectors | SparseVectors) -> NDArray[np.float32]:
    if not isinstance(queries, DenseVectors):
        raise InvalidInput("the queries are sparse vectors, the documents dense ones")
    return queries.values
