"""Many records into a collection: batch by batch, past bad ones, from where it stopped."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput, LimitExceeded, MnemicError
from mnemic.retrieval.collections import AddReport
from mnemic.retrieval.collections.validation import checked
from mnemic.retrieval.ingestion import RecordError
from mnemic.sdk.checkpoint import Checkpoint, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from mnemic.retrieval.ingestion import Record
    from mnemic.sdk.collection import Collection, Encode, OnDuplicate
    from mnemic.types import Document

BATCH_DOCUMENTS = 5_000
BATCH_CHARACTERS = 32 * 1024 * 1024


@dataclass(slots=True)
class LoadReport:
    """What became of a load.

    Attributes:
        records: Records that were read, those of an interrupted earlier run included.
        resumed_at: How many of them the earlier run had done.
        report: What became of the documents of this run.
        refused: Records that were read and could not be stored.
        empty: Records of this run whose text and title are empty or white space.
    """

    records: int = 0
    resumed_at: int = 0
    report: AddReport = field(default_factory=AddReport)
    refused: int = 0
    empty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Adds a stream of records to a collection.

    Attributes:
        collection: Where they go.
        on_duplicate: As in ``Collection.add``.
        batch: Most documents per transaction.
        checkpoint: Where to remember the place; ``None`` for input that cannot be read twice.
        on_error: Called for every record that could not be stored.
        on_progress: Called with every record that was read.
        prepare: Turns a document into those that are stored, such as its passages.
        encode: As in ``Collection.add``.
        whole: Makes the block in which a batch is stored, to keep signals out of it.
    """

    collection: Collection
    on_duplicate: OnDuplicate
    on_error: Callable[[RecordError], None]
    on_progress: Callable[[Record, int], None]
    prepare: Callable[[Document], list[Document]]
    batch: int = BATCH_DOCUMENTS
    checkpoint: Checkpoint | None = None
    encode: Encode = "background"
    whole: Callable[[], AbstractContextManager[None]] = nullcontext

    def run(self, records: Iterable[Record], report: LoadReport) -> None:
        """Add everything; each batch is durable before the next is read.

        Args:
            records: The input, from its start.
            report: Kept up to date, so that it tells how far the run came when it raises.

        Raises:
            Conflict: An id exists (``on_duplicate="error"``), or another process is writing.
            LimitExceeded: The disk is full.
        """
        place = Place() if self.checkpoint is None else self.checkpoint.load()
        stream = iter(records)
        for _ in islice(stream, place.records):
            report.records += 1
        report.resumed_at = report.records
        if place.pending > place.records:
            doubtful = list(self._read(islice(stream, place.pending - place.records), report))
            self._store_doubtful(doubtful, report)
        for group in self._batches(self._read(stream, report)):
            self._store(group, report)
        if self.checkpoint is not None:
            self.checkpoint.clear()

    def _read(self, records: Iterator[Record], report: LoadReport) -> Iterator[Record]:
        for record in records:
            report.records += 1
            report.empty += not (record.document.text.strip() or record.document.title.strip())
            self.on_progress(record, report.records)
            yield record

    def _batches(self, records: Iterator[Record]) -> Iterator[list[Record]]:
        group: list[Record] = []
        characters = 0
        for record in records:
            group.append(record)
            characters += len(record.document.text)
            if len(group) >= self.batch or characters >= BATCH_CHARACTERS:
                yield group
                group, characters = [], 0
        if group:
            yield group

    def _store(self, group: list[Record], report: LoadReport) -> None:
        with self.whole():
            if self.checkpoint is not None:
                self.checkpoint.save(Place(report.records - len(group), report.records))
            self._add(group, report)
            if self.checkpoint is not None:
                self.checkpoint.save(Place(report.records, report.records))

    def _store_doubtful(self, group: list[Record], report: LoadReport) -> None:
        """Store the batch that an interrupted run may or may not have committed."""
        wanted = [each for record in group for each in self.prepare(record.document)]
        if self.on_duplicate == "error" and wanted and self._holds(wanted):
            report.report += AddReport(skipped=len(wanted))
            return
        self._store(group, report)

    def _holds(self, documents: list[Document]) -> bool:
        try:
            stored = self.collection.get([document.id for document in documents])
        except LookupError:
            return False
        return stored == documents

    def _add(self, group: list[Record], report: LoadReport) -> None:
        """Add a batch; where a document is refused, halve the batch until it stands alone."""
        documents: list[Document] = []
        try:
            for record in group:
                documents += self.prepare(record.document)
            report.report += self.collection.add(
                documents, on_duplicate=self.on_duplicate, encode=self.encode
            )
        except (InvalidInput, LimitExceeded) as error:
            if isinstance(error, LimitExceeded) and not _too_large(documents):
                raise
            if len(group) == 1:
                report.refused += 1
                self.on_error(_refused(group[0], error))
                return
            middle = len(group) // 2
            self._add(group[:middle], report)
            self._add(group[middle:], report)


def _too_large(documents: list[Document]) -> bool:
    # A full disk raises LimitExceeded as well; only a document's own size is its own fault.
    try:
        checked(documents)
    except LimitExceeded:
        return True
    return False


def _refused(record: Record, error: MnemicError) -> RecordError:
    message = error.message.removeprefix("documents[0] ")
    return RecordError(record.source, 0, message, error.hint)
