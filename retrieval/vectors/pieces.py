"""The vectors of some documents under one encoder, in memory or on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes import dense, sparse
from mnemic.indexes.spans import SpanSegment
from mnemic.indexes.sparse.csr import read_csr
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors.track_pieces import TrackPiece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense import Metric
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.spans import SpanBatch
    from mnemic.indexes.storage import Directory, SegmentEntry
    from mnemic.retrieval.vectors.track_pieces import Content

DENSE, SPARSE = "dense", "sparse"


@dataclass(frozen=True)
class VectorPiece(TrackPiece):
    """A segment of vectors.

    Attributes:
        vectors: One row a passage.
    """

    vectors: dense.DenseSegment | sparse.SparseSegment

    @classmethod
    def build(
        cls, spans: SpanBatch, vectors: DenseVectors | SparseVectors, *, metric: Metric = "cosine"
    ) -> Self:
        """Index encoded passages in memory.

        Args:
            spans: Whose passages they are.
            vectors: One row a passage; a passage of no sparse weights cannot be found, and is
                left out.
            metric: How two dense vectors are compared.

        Raises:
            InvalidInput: A vector holds NaN, infinity, a negative weight or an id outside the
                vocabulary, or rows and passages differ in number.
        """
        placed = SpanSegment.build(spans)
        if isinstance(vectors, SparseVectors):
            _check_rows(len(vectors.offsets) - 1, placed)
            vectors = _without_zeros(vectors)
            weighted = np.diff(vectors.offsets) > 0
            terms = terms_of(_of_rows(vectors, weighted))
            return cls(_of_passages(placed, weighted), sparse.SparseSegment.build(terms))
        _check_rows(len(vectors.values), placed)
        owners, documents = placed.owners, placed.document_count
        batch = dense.DenseBatch(vectors.values, metric, owners=owners, documents=documents)
        return cls(placed, dense.DenseSegment.build(batch))

    @classmethod
    def merge(cls, pieces: Sequence[Self]) -> Self:
        """Join pieces in order, in memory, leaving out what is deleted."""
        spans = SpanSegment.merge([(piece.spans, piece.live) for piece in pieces])
        first = pieces[0].vectors
        if isinstance(first, dense.DenseSegment):
            parts = [(piece.dense, piece.live) for piece in pieces]
            return cls(spans, dense.DenseSegment.merge(parts))
        kept = [(piece.sparse, piece.live_passages) for piece in pieces]
        return cls(spans, sparse.SparseSegment.merge(kept))

    @property
    def kind(self) -> str:
        """``dense`` or ``sparse``."""
        return DENSE if isinstance(self.vectors, dense.DenseSegment) else SPARSE

    @property
    def dense(self) -> dense.DenseSegment:
        """The vectors of a dense piece."""
        assert isinstance(self.vectors, dense.DenseSegment)
        return self.vectors

    @property
    def sparse(self) -> sparse.SparseSegment:
        """The postings of a sparse piece; its documents are passages."""
        assert isinstance(self.vectors, sparse.SparseSegment)
        return self.vectors

    @property
    def empty(self) -> int:
        """Live documents without a passage; O(documents)."""
        return self._live_among(np.diff(self.spans.offsets) == 0)

    @property
    def form(self) -> tuple[str, int]:
        """The kind of its vectors, and what all of one track have alike: their width."""
        return self.kind, self.dense.dims if self.kind == DENSE else 0

    @property
    def size(self) -> int:
        """Its passages."""
        return self.passage_count

    @property
    def content(self) -> tuple[str, Content]:
        """The vectors, in a file of their kind."""
        return self.kind, self.vectors

    @cached_property
    def live_passages(self) -> Bitmap | None:
        """Bitmap of the passages of live documents; ``None`` when all live."""
        return self.spans.passage_mask(self.live)

    def passages_of(self, ordinal: int) -> range | None:
        """Rows of a live document's passages; ``None`` when it is elsewhere or deleted."""
        rows = self.spans.rows(np.array([ordinal], np.int64))
        if self.live is not None:
            rows = rows[to_bool(self.live, self.document_count)[rows]]
        if not len(rows):
            return None
        return range(*self.spans.offsets[rows[0] : rows[0] + 2].tolist())

    @classmethod
    def open(cls, directory: Directory, entry: SegmentEntry, kind: str) -> Self:
        """Map a piece that a manifest names; all its documents count as live.

        Raises:
            IndexCorrupt: A file is missing or damaged.
            FormatTooNew: A newer version wrote one.
        """
        if sorted(file.kind for file in entry.files) != sorted(("spans", kind)):
            raise IndexCorrupt(f"segment {entry.id} has other files than spans and {kind}")
        spans = SpanSegment.open(directory, entry.file("spans"))
        vectors: dense.DenseSegment | sparse.SparseSegment
        if kind == DENSE:
            vectors = dense.DenseSegment.open(directory, entry.file(DENSE))
            rows = len(vectors.vectors)
        else:
            vectors = sparse.SparseSegment.open(directory, entry.file(SPARSE))
            rows = vectors.document_count
        if spans.document_count != entry.documents or spans.passage_count != rows:
            raise IndexCorrupt(f"the files of segment {entry.id} hold different passages")
        return cls(spans, vectors, entry=entry)


def _check_rows(rows: int, spans: SpanSegment) -> None:
    if rows != spans.passage_count:
        raise InvalidInput(f"{rows} vectors for {spans.passage_count} passages")


def _of_passages(spans: SpanSegment, kept: NDArray[np.bool_]) -> SpanSegment:
    """Only some passages of the same documents."""
    if kept.all():
        return spans
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
    return replace(
        spans,
        offsets=offsets[spans.offsets],
        starts=spans.starts[kept],
        ends=spans.ends[kept],
    )


def _of_rows(vectors: SparseVectors, kept: NDArray[np.bool_]) -> SparseVectors:
    """Only some rows, where the others are empty."""
    offsets = vectors.offsets[np.concatenate([np.ones(1, np.bool_), kept])]
    return replace(vectors, offsets=offsets)


def _without_zeros(vectors: SparseVectors) -> SparseVectors:
    """Fewer weights: one of 0 says nothing, and a row of them is no vector."""
    counting = vectors.weights != 0
    if counting.all():
        return vectors
    earlier = np.concatenate([np.zeros(1, np.int64), np.cumsum(counting, dtype=np.int64)])
    return replace(
        vectors,
        offsets=earlier[vectors.offsets],
        ids=vectors.ids[counting],
        weights=vectors.weights[counting],
    )


def terms_of(vectors: SparseVectors) -> sparse.TermBatch:
    """Weighted vocabulary ids as terms: the bytes of a term are its id in decimal digits.

    Raises:
        InvalidInput: A weight is negative or not finite, an id is outside the vocabulary, or the
            arrays do not fit each other; the message has row and column.
    """
    rows = (vectors.offsets, vectors.ids, vectors.weights)
    offsets, columns, weights = read_csr(rows, vectors.vocabulary_size)
    ids, terms = np.unique(columns, return_inverse=True)
    names = [b"%d" % number for number in ids.tolist()]
    return sparse.TermBatch(names, offsets, terms.astype(np.uint32), weights)
