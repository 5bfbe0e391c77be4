"""What ``mnemic add`` was asked to read, and the load that does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnemic.api.cli.interrupts import Interrupts
from mnemic.api.cli.progress import Progress
from mnemic.retrieval.ingestion import Fields, read, total_bytes
from mnemic.sdk.checkpoint import Checkpoint, identity
from mnemic.sdk.loading import Loader, LoadReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.api.cli.bad_records import BadRecords
    from mnemic.retrieval.ingestion import Format, Record
    from mnemic.sdk import Collection, Database
    from mnemic.sdk.collection import OnDuplicate
    from mnemic.types import Document

STDIN = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The options of ``mnemic add`` that say what is read and how it is stored."""

    name: str
    sources: tuple[Path, ...]
    format_name: Format
    fields: Fields
    language: str | None
    encoder: str | list[str] | None
    on_duplicate: OnDuplicate
    batch: int
    chunk: int | None
    overlap: int
    restart: bool

    @property
    def places(self) -> str:
        """What is read, for people."""
        return "stdin" if self._from_stdin else ", ".join(map(str, self.sources))

    def total(self) -> int:
        """Bytes to read; 0 where that is unknown.

        Raises:
            NotFound: A source does not exist.
            InvalidInput: The format does not fit.
        """
        self._check()
        return 0 if self._from_stdin else total_bytes(self.sources, format=self.format_name)

    def run(self, database: Database, bad: BadRecords) -> LoadReport:
        """Read everything into the collection, which is made when there is something to store."""
        report = LoadReport()
        records = self._records(bad)
        first = next(records, None)
        if first is None and (bad.count or bad.skipped):
            return report
        collection = database.collection(
            self.name, create=True, language=self.language, encoder=self.encoder
        )
        if first is not None:
            self._fill(database, collection, chain([first], records), report, bad)
        return report

    def _fill(
        self,
        database: Database,
        collection: Collection,
        records: Iterator[Record],
        report: LoadReport,
        bad: BadRecords,
    ) -> None:
        checkpoint = self._checkpoint(database)
        with (
            Progress(total=self.total(), unit="records", quiet=bad.quiet) as progress,
            Interrupts() as interrupts,
        ):
            loader = Loader(
                collection=collection,
                on_duplicate=self.on_duplicate,
                on_error=bad.note,
                on_progress=lambda record, count: progress.update(record.bytes_read, records=count),
                prepare=self._passages if self.chunk else lambda document: [document],
                batch=self.batch,
                checkpoint=checkpoint,
                encode="later",
                whole=interrupts.held,
            )
            try:
                loader.run(records, report)
            except BaseException:
                if checkpoint is not None:
                    bad.say("stopped; the same command goes on from here")
                raise

    @property
    def _from_stdin(self) -> bool:
        return STDIN in self.sources

    def _check(self) -> None:
        if self._from_stdin and len(self.sources) > 1:
            raise click.UsageError("'-' (stdin) cannot be mixed with files")
        if self._from_stdin and self.format_name not in ("auto", "jsonl"):
            raise click.UsageError("'-' (stdin) is read as JSONL; leave --format out")
        if self.chunk and self.overlap >= self.chunk:
            raise click.UsageError("--overlap must be smaller than --chunk")

    def _records(self, bad: BadRecords) -> Iterator[Record]:
        if self._from_stdin:
            return read_stdin(self.fields, bad)
        return read(
            self.sources,
            format=self.format_name,
            fields=self.fields,
            on_error=bad.note,
            on_skip=bad.skip,
        )

    def _checkpoint(self, database: Database) -> Checkpoint | None:
        if self._from_stdin:
            return None
        inputs = identity(
            self.sources,
            self.format_name,
            fields=str(self.fields),
            chunk=[self.chunk, self.overlap],
        )
        checkpoint = Checkpoint(database.path, database.storage_key(self.name), inputs)
        if self.restart:
            checkpoint.clear()
        return checkpoint

    def _passages(self, document: Document) -> list[Document]:
        from mnemic.retrieval.passages import chunk

        assert self.chunk is not None
        return [
            replace(
                document,
                id=f"{document.id}#{place}",
                text=passage.text,
                metadata={
                    **document.metadata,
                    "document": document.id,
                    "start": passage.start,
                    "end": passage.end,
                },
            )
            for place, passage in enumerate(
                chunk(document, tokens=self.chunk, overlap=self.overlap), start=1
            )
        ]


def read_stdin(fields: Fields, bad: BadRecords) -> Iterator[Record]:
    """Documents of the JSON lines that come in, each as soon as it is there."""
    from mnemic.retrieval.ingestion import Record, RecordError
    from mnemic.retrieval.ingestion.json_lines import read_json_lines
    from mnemic.retrieval.ingestion.records import LARGEST_RECORD, ReadOptions

    def report(line: int, message: str, hint: str) -> None:
        bad.note(RecordError("-", line, message, hint))

    options = ReadOptions(fields=fields, largest=LARGEST_RECORD)
    for parsed in read_json_lines(Path("/dev/stdin"), 0, options, report):
        yield Record(parsed.document, "-", parsed.position, parsed.progress)
