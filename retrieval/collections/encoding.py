"""Documents to vectors: cut into passages and encoded, in calls of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.spans import SpanBatch
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors import VectorPiece

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.catalogue import StoredDocument
    from mnemic.retrieval.collections.chunks import Batch
    from mnemic.retrieval.encoders.inputs import Input
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.types import Document

    Vectors = DenseVectors | SparseVectors

TEXTS = 128
CHUNK_PASSAGES = 20_000
PROBE = "text"


class VectorWork:
    """Passages, and the vectors that they have so far: ``Work`` on one segment of vectors."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.identity = encoder.fingerprint
        self.call, self.makes = TEXTS, "vectors"
        self.ordinals: list[int] = []
        self._encoder = encoder
        self._counts: list[int] = []
        self._spans: list[tuple[int, int]] = []
        self._vectors: list[Vectors] = []

    @property
    def full(self) -> bool:
        """Whether there are enough passages."""
        return len(self._spans) >= CHUNK_PASSAGES

    def cut(self, document: Document) -> list[Input]:
        """The passages of a document."""
        return inputs(document, self._encoder)

    def weigh(self, cut: list[Input]) -> int:
        """How many passages."""
        return len(cut)

    def encode(self, batch: Batch[list[Input]], stopped: Callable[[], bool]) -> bool:
        """Encode the passages of documents."""
        texts = [piece.text for _, cut in batch for piece in cut]
        vectors = _vectors(texts, self._encoder, stopped)
        if vectors is None:
            return False
        self._vectors += vectors
        self.ordinals += [item.ordinal for item, _ in batch]
        self._counts += [len(cut) for _, cut in batch]
        self._spans += [(piece.start, piece.end) for _, cut in batch for piece in cut]
        return True

    def probe(self) -> None:
        """Encode a word."""
        self._encoder.encode_documents([PROBE])

    def leave_out(self, stored: StoredDocument) -> None:
        """Count a document as one without a passage."""
        self._vectors.append(self._encoder.encode_documents([]))
        self.ordinals.append(stored.ordinal)
        self._counts.append(0)

    def piece(self) -> VectorPiece:
        """The vectors of all documents that are done."""
        counts = np.cumsum(self._counts, dtype=np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), counts])
        spans = np.array(self._spans, np.int64).reshape(-1, 2)
        batch = SpanBatch(np.array(self.ordinals, np.int64), offsets, spans[:, 0], spans[:, 1])
        metric = self._encoder.spec.metric
        return VectorPiece.build(batch, joined(self._vectors), metric=metric)


def _vectors(
    texts: Sequence[str], encoder: TextEncoder, stopped: Callable[[], bool]
) -> list[Vectors] | None:
    """The vectors of texts, in calls of bounded size; ``None`` when it was stopped between two."""
    vectors: list[Vectors] = []
    for start in range(0, len(texts) or 1, TEXTS):
        if start and stopped():
            return None
        vectors.append(encoder.encode_documents(texts[start : start + TEXTS]))
    return vectors


def joined(parts: Sequence[Vectors]) -> Vectors:
    """Vectors of one kind, one after the other; at least one part."""
    first = parts[0]
    if isinstance(first, DenseVectors):
        return DenseVectors(
            np.concatenate([part.values for part in parts if isinstance(part, DenseVectors)])
        )
    rows = [part for part in parts if isinstance(part, SparseVectors)]
    counts = np.concatenate([np.diff(part.offsets) for part in rows])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    ids = np.concatenate([part.ids for part in rows])
    weights = np.concatenate([part.weights for part in rows])
    return SparseVectors(offsets, ids, weights, first.vocabulary_size)
