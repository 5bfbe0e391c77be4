"""Documents to a segment of a track: read and encoded in bounded steps that can be stopped."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mnemic.catalogue import StoredDocument
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.vectors.track_pieces import TrackPiece
    from mnemic.types import Document, Fingerprint

CutT = TypeVar("CutT")
Batch: TypeAlias = "Sequence[tuple[StoredDocument, CutT]]"
"""Documents with what is encoded of them."""

# What a crash can cost: encoding that was not committed yet.
CHUNK_SECONDS = 20.0
READ = 32
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Encoded documents.

    Attributes:
        start: The first ordinal that was asked for.
        next_ordinal: Every live document from ``start`` to below it is in the piece.
        piece: What was made of them; ``None`` when there was no document.
        documents: How many documents.
    """

    start: int
    next_ordinal: int
    piece: TrackPiece | None
    documents: int


class Work(Protocol[CutT]):
    """An encoder at work on one chunk: what it has made so far.

    Attributes:
        ordinals: The documents that are done.
        identity: Of the encoder.
        makes: What it makes of documents, in a word.
        call: How much one call of the encoder is given; below a second on a slow machine, so that
            a stop is soon heard.
    """

    ordinals: list[int]
    identity: Fingerprint
    makes: str
    call: int

    @property
    def full(self) -> bool:
        """Whether there is enough for a segment."""
        ...

    def cut(self, document: Document) -> CutT:
        """What is encoded of a document."""
        ...

    def weigh(self, cut: CutT) -> int:
        """How much that is, in the unit of ``call``."""
        ...

    def encode(self, batch: Batch[CutT], stopped: Callable[[], bool]) -> bool:
        """Encode documents; False when it was stopped among them, and they are not done.

        Raises:
            InvalidInput: A document is refused; none is done.
        """
        ...

    def probe(self) -> None:
        """Encode what every encoder takes, to tell a refused text from one that refuses all.

        Raises:
            InvalidInput: The encoder is at fault itself.
        """
        ...

    def leave_out(self, stored: StoredDocument) -> None:
        """Count a refused document as done, with nothing made of it."""
        ...

    def piece(self) -> TrackPiece:
        """All that was made; at least one document is done."""
        ...


def make_chunk(
    replica: Replica,
    work: Work[CutT],
    start: int,
    *,
    stopped: Callable[[], bool],
    progress: Callable[[int], None],
) -> Chunk:
    """Encode live documents from an ordinal on, until there are enough for a segment.

    Args:
        replica: Whose documents.
        work: An encoder that has not begun.
        start: The first ordinal.
        stopped: Asked between calls of the encoder; then the documents that are done are returned.
        progress: Told the number of documents after each batch of them.

    Raises:
        InvalidInput: The encoder refuses whatever it is given. One that refuses a document makes
            nothing of this document, and a warning in the log.
        MnemicError: The encoder fails.
    """
    deadline = time.monotonic() + CHUNK_SECONDS
    for batch, after in _batches(replica, work, start):
        if not _encode(batch, work, stopped):
            return _chunk(work, start, work.ordinals[-1] + 1 if work.ordinals else start)
        progress(len(batch))
        enough = work.full or time.monotonic() > deadline
        if after is None and (enough or stopped()):
            return _chunk(work, start, work.ordinals[-1] + 1)
        if after is not None:
            return _chunk(work, start, after)
    raise AssertionError("the last batch says where it ends")


def _batches(
    replica: Replica, work: Work[CutT], start: int
) -> Iterator[tuple[list[tuple[StoredDocument, CutT]], int | None]]:
    """Documents with what is encoded of them, enough for one call of the encoder at a time.

    The last batch comes with the ordinal up to which all live documents have been read.
    """
    waiting: list[tuple[StoredDocument, CutT]] = []
    while True:
        stored, end = _read(replica, start)
        for item in stored:
            waiting.append((item, work.cut(item.document)))
            if sum(work.weigh(cut) for _, cut in waiting) >= work.call or len(waiting) >= READ:
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


def _encode(batch: Batch[CutT], work: Work[CutT], stopped: Callable[[], bool]) -> bool:
    """Encode documents, leaving out those that are refused; False when it was stopped."""
    try:
        return work.encode(batch, stopped)
    except InvalidInput as error:
        work.probe()
        if len(batch) > 1:
            # One refused text must not keep the others waiting.
            return all(_encode([item], work, stopped) for item in batch)
        [(stored, _)] = batch
        name = stored.document.id
        log.warning("document %r cannot be encoded and has no %s: %s", name, work.makes, error)
        work.leave_out(stored)
        return True


def _chunk(work: Work[CutT], start: int, after: int) -> Chunk:
    count = len(work.ordinals)
    return Chunk(start, after, work.piece() if count else None, count)
