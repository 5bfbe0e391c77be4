"""Files and folders to a stream of documents, in bounded memory, resumable."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.ingestion.convert import checked_id
from mnemic.retrieval.ingestion.extraction import EXTRACTED, Extraction, require_library
from mnemic.retrieval.ingestion.json_lines import read_json_lines
from mnemic.retrieval.ingestion.parquet import read_parquet, require_pyarrow
from mnemic.retrieval.ingestion.records import (
    LARGEST_RECORD,
    Fields,
    Parsed,
    ReadOptions,
    Record,
    RecordError,
)
from mnemic.retrieval.ingestion.sources import WHOLE, Source, find_sources
from mnemic.retrieval.ingestion.tables import read_csv, read_tsv
from mnemic.retrieval.ingestion.texts import read_markdown, read_text, whole_file
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mnemic.retrieval.ingestion.extraction import ExtractedFormat
    from mnemic.retrieval.ingestion.records import Documents, Format, OnError, Report

_BY_POSITION = {
    "jsonl": read_json_lines,
    "csv": read_csv,
    "tsv": read_tsv,
    "parquet": read_parquet,
}
_TEXTS = {"text": read_text, "markdown": read_markdown}


def read(
    paths: Sequence[Path],
    *,
    on_error: OnError,
    on_skip: OnError | None = None,
    format: Format = "auto",
    fields: Fields | None = None,
    resume_from: Mapping[str, int] | None = None,
    largest_record: int = LARGEST_RECORD,
) -> Iterator[Record]:
    """Documents of files and folders, one after the other.

    A record that cannot be used is passed to ``on_error`` and left out; nothing stops the stream.
    A folder with a ``corpus.jsonl`` counts as a BEIR folder, of which only the corpus is read.
    Other folders are read recursively in sorted order, without hidden files. A document may have
    an empty text and title. Ids of records may repeat: the collection decides about duplicates.
    The id of a file that is one document is its path as it was given; a second file with the same
    id is an error. HTML, PDF and DOCX are read in a child process with limits of its own.

    Args:
        paths: Files and folders.
        on_error: Called with each ``RecordError``, before the next record comes.
        on_skip: Called with each file of unknown type in a folder; ``on_error`` when left out.
        format: Read every file given as this, and of folders only the files of this format.
        fields: Which fields or columns hold id, title and text.
        resume_from: Source -> position of its last record that need not come again.
        largest_record: Bytes of one record that are still read; memory stays within a few times
            this, however long a line is.

    Returns:
        A lazy stream; files are opened one at a time.

    Raises:
        NotFound: A path does not exist.
        InvalidInput: The format is unknown, or the size limit is not positive.
        Unsupported: There is a Parquet file and pyarrow is not installed; or there are only HTML,
            PDF and DOCX files, and their libraries are not. Among others, they are reported.
    """
    if largest_record < 1:
        raise InvalidInput(
            f"largest_record: {largest_record} is not positive", hint="use 1 or more"
        )
    sources = find_sources(paths, format, on_error, on_skip=on_skip)
    if any(source.format == "parquet" for source in sources):
        require_pyarrow()
    found = {source.format for source in sources}
    if found.issubset(EXTRACTED):
        for each in EXTRACTED:
            if each in found:
                require_library(each)
    options = ReadOptions(fields=fields or Fields(), largest=largest_record)
    return _records(sources, options, resume_from or {}, on_error)


def total_bytes(paths: Sequence[Path], *, format: Format = "auto") -> int:
    """Size on disk of all files that ``read`` would read; ``Record.bytes_read`` ends there.

    Raises:
        NotFound, InvalidInput: As for ``read``.
    """
    return sum(source.size for source in find_sources(paths, format, lambda error: None))


def _records(
    sources: Sequence[Source],
    options: ReadOptions,
    resume_from: Mapping[str, int],
    on_error: OnError,
) -> Iterator[Record]:
    finished = 0
    with Extraction() as extraction:
        for source in sources:
            name = str(source.path)
            for parsed in _documents(
                source, resume_from.get(name, 0), options, _report(name, on_error), extraction
            ):
                read_now = finished + min(parsed.progress, source.size)
                yield Record(parsed.document, name, parsed.position, read_now)
            finished += source.size


def _report(name: str, on_error: OnError) -> Report:
    def report(line: int, message: str, hint: str) -> None:
        on_error(RecordError(name, line, message, hint))

    return report


def _documents(
    source: Source, start: int, options: ReadOptions, report: Report, extraction: Extraction
) -> Documents:
    try:
        if source.format not in WHOLE:
            yield from _BY_POSITION[source.format](source.path, start, options, report)
        elif not start:
            yield Parsed(_whole(source, options.largest, extraction), 1, source.size)
    except (InvalidInput, Unsupported) as error:
        report(0, error.message, error.hint)
    except (EOFError, zlib.error) as error:
        report(0, f"the compressed file is damaged: {error}", "copy it again")
    except OSError as error:
        report(0, f"cannot be read: {error.strerror or error}", "check the file and its rights")


def _whole(source: Source, largest: int, extraction: Extraction) -> Document:
    if source.format in _TEXTS:
        return _TEXTS[source.format](source.path, source.name, largest=largest)
    format = cast("ExtractedFormat", source.format)
    document_id = checked_id(source.name)
    content = whole_file(source.path, largest)
    found = extraction.extract(format, content, largest=largest)
    return Document(id=document_id, title=found.title, text=found.text, metadata=found.metadata)
