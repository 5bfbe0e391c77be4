"""The documents of a data set as learned sparse vectors in memory, encoded once, searched often."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.spans import SpanBatch
from mnemic.retrieval.collections.encoding import joined
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.retrieval.encoders.sparse import pruned
from mnemic.retrieval.vectors import VectorPiece
from mnemic.retrieval.vectors.sparse_search import SparseSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.types import Document

TEXTS = 128


@dataclass(frozen=True, slots=True, eq=False)
class EncodedDocuments:
    """Documents and the vectors of their passages, about 12 bytes a weight.

    Attributes:
        ids: The documents' ids; their ordinals are their places.
        spans: Whose passages they are.
        vectors: One row a passage.
    """

    ids: tuple[str, ...]
    spans: SpanBatch
    vectors: SparseVectors

    @classmethod
    def encode(
        cls,
        documents: Iterable[Document],
        encoder: TextEncoder,
        progress: Callable[[int], None] = lambda done: None,
    ) -> Self:
        """Cut documents into passages as collections do, and encode these.

        Args:
            documents: Streamed; the texts of one call are in memory.
            encoder: A sparse one.
            progress: Told how many documents are encoded.

        Raises:
            InvalidInput: Two documents have one id, or the encoder is dense.
        """
        if encoder.kind != "sparse":
            raise InvalidInput(f"{encoder.spec.model} makes dense vectors, not sparse ones")
        ids: list[str] = []
        counts: list[int] = []
        spans: list[tuple[int, int]] = []
        waiting: list[str] = []
        parts: list[SparseVectors] = []
        for document in documents:
            cut = inputs(document, encoder)
            ids.append(document.id)
            counts.append(len(cut))
            spans += [(piece.start, piece.end) for piece in cut]
            waiting += [piece.text for piece in cut]
            if len(waiting) >= TEXTS:
                parts.append(encoder.encode_documents(waiting))
                waiting = []
                progress(len(ids))
        parts.append(encoder.encode_documents(waiting))
        progress(len(ids))
        if len(set(ids)) < len(ids):
            raise InvalidInput("two documents have one id")
        vectors = joined(parts)
        assert isinstance(vectors, SparseVectors)
        return cls(tuple(ids), _spans(counts, spans), vectors)

    def search(self, top_k: int | None = None) -> PrunedSearch:
        """What finds the documents when their vectors keep at most so many weights."""
        vectors = self.vectors if top_k is None else pruned(self.vectors, top_k)
        return PrunedSearch(self.ids, VectorPiece.build(self.spans, vectors))


@dataclass(frozen=True, slots=True, eq=False)
class PrunedSearch:
    """Exact search by MaxP over the documents, as collections do it.

    Attributes:
        ids: The documents' ids.
        piece: Their passages.
    """

    ids: Sequence[str]
    piece: VectorPiece

    @property
    def postings(self) -> int:
        """Weights above 0 of all passages."""
        return self.piece.sparse.postings.posting_count

    def rankings(self, queries: SparseVectors, k: int) -> list[dict[str, float]]:
        """The scores of the best ``k`` documents of each query by their ids, best first."""
        found = SparseSearch([self.piece]).best(queries, k)
        names = [self.ids[int(ordinal)] for ordinal in found.ordinals]
        pairs = list(zip(names, map(float, found.scores), strict=True))
        return [dict(pairs[start:end]) for start, end in pairwise(found.offsets.tolist())]


def _spans(counts: Sequence[int], spans: Sequence[tuple[int, int]]) -> SpanBatch:
    offsets = np.fromiter(accumulate(counts, initial=0), np.int64, len(counts) + 1)
    ends = np.array(spans, np.int64).reshape(-1, 2)
    return SpanBatch(np.arange(len(counts), dtype=np.int64), offsets, ends[:, 0], ends[:, 1])
