"""Documents to a segment of vectors: read, cut into passages, encoded, in bounded steps."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.spans import SpanBatch
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors import VectorPiece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mnemic.catalogue import StoredDocument
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.encoders.inputs import Input
    from mnemic.retrieval.encoders.opening import TextEncoder

    Vectors = DenseVectors | SparseVectors

# One call of the encoder: below a second on a slow machine, so that a stop is soon heard.
TEXTS = 128
# What a crash can cost: encoding that was not committed yet.
CHUNK_SECONDS = 20.0
CHUNK_PASSAGES = 20_000
READ = 32
# Something that every encoder takes, to tell a refused text from an encoder that refuses all.
PROBE = "text"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Encoded documents.

    Attributes:
        start: The first ordinal that was asked for.
        next_ordinal: Every live document from ``start`` to below it is in the piece.
        piece: Their vectors; ``None`` when there was no document.
        documents: How many documents.
    """

    start: int
    next_ordinal: int
    piece: VectorPiece | None
    documents: int


@dataclass(slots=True)
class _Encoded:
    """What has been encoded so far."""

    ordinals: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)


def encode_chunk(
    replica: Replica,
    encoder: TextEncoder,
    start: int,
    *,
    stopped: Callable[[], bool],
    progress: Callable[[int], None],
) -> Chunk:
    """Encode live documents from an ordinal on, until there are enough for a segment.

    Args:
        replica: Whose documents.
        encoder: Encodes their passages.
        start: The first ordinal.
        stopped: Asked between calls of the encoder; then the documents that are done are returned.
        progress: Told the number of documents after each batch of them.

    Raises:
        InvalidInput: The encoder refuses whatever it is given. One that refuses a document gives
            this document no vectors, and a warning in the log.
        MnemicError: The encoder fails.
    """
    done, deadline = _Encoded(), time.monotonic() + CHUNK_SECONDS
    for batch, after in _batches(replica, encoder, start):
        if not _encode(batch, encoder, done, stopped):
            return _chunk(done, encoder, start, done.ordinals[-1] + 1 if done.ordinals else start)
        progress(len(batch))
        enough = len(done.spans) >= CHUNK_PASSAGES or time.monotonic() > deadline
        if after is None and (enough or stopped()):
            return _chunk(done, encoder, start, done.ordinals[-1] + 1)
        if after is not None:
            return _chunk(done, encoder, start, after)
    raise AssertionError("the last batch says where it ends")


_Cut = tuple["StoredDocument", "list[Input]"]


def _batches(
    replica: Replica, encoder: TextEncoder, start: int
) -> Iterator[tuple[list[_Cut], int | None]]:
    """Documents with what is encoded of them, enough for one call of the encoder at a time.

    The last batch comes with the ordinal up to which all live documents have been read.
    """
    waiting: list[_Cut] = []
    while True:
        stored, end = _read(replica, start)
        for item in stored:
            waiting.append((item, inputs(item.document, encoder)))
            if sum(len(cut) for _, cut in waiting) >= TEXTS or len(waiting) >= READ:
                yield waiting, None
                waiting = []
        if len(stored) < READ:
            yield waiting, end
            return
        start = stored[-1].ordinal + 1


def _read(replica: Replica, start: int) -> tuple[list[StoredDocument], int]:
    """The next documents, and the ordinal that the next new one will get."""
    with replica.catalogue.reading() as tx:
        end = tx.collections.by_id(replica.id).next_ordinal
        batches = tx.documents.iterate(replica.id, start=start, batch=READ)
        return next(iter(batches), []), end


def _encode(
    batch: Sequence[_Cut], encoder: TextEncoder, done: _Encoded, stopped: Callable[[], bool]
) -> bool:
    """Encode documents; False when it was stopped among them, and they are not done."""
    try:
        vectors = _vectors([piece.text for _, cut in batch for piece in cut], encoder, stopped)
    except InvalidInput as error:
        # An encoder that refuses everything is at fault itself: this raises.
        encoder.encode_documents([PROBE])
        if len(batch) > 1:
            # One refused text must not keep the others waiting.
            return all(_encode([item], encoder, done, stopped) for item in batch)
        stored = batch[0][0]
        log.warning(
            "document %r cannot be encoded and has no vectors: %s", stored.document.id, error
        )
        batch, vectors = [(stored, [])], [encoder.encode_documents([])]
    if vectors is None:
        return False
    done.vectors += vectors
    done.ordinals += [item.ordinal for item, _ in batch]
    done.counts += [len(cut) for _, cut in batch]
    done.spans += [(piece.start, piece.end) for _, cut in batch for piece in cut]
    return True


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


def _chunk(done: _Encoded, encoder: TextEncoder, start: int, after: int) -> Chunk:
    count = len(done.ordinals)
    if not count:
        return Chunk(start, after, None, 0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(done.counts, dtype=np.int64)])
    spans = np.array(done.spans, np.int64).reshape(-1, 2)
    batch = SpanBatch(np.array(done.ordinals, np.int64), offsets, spans[:, 0], spans[:, 1])
    piece = VectorPiece.build(batch, joined(done.vectors), metric=encoder.spec.metric)
    return Chunk(start, after, piece, count)


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
