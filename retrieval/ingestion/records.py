"""What readers hand out: records, record errors, and which fields hold what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from mnemic.types import Document

Format: TypeAlias = Literal[
    "auto", "beir", "jsonl", "csv", "tsv", "parquet", "text", "markdown", "html", "pdf", "docx"
]
FileFormat: TypeAlias = Literal[
    "jsonl", "csv", "tsv", "parquet", "text", "markdown", "html", "pdf", "docx"
]

LARGEST_RECORD = 64 << 20
"""Bytes of one record (a line, a row, a whole file and its text) that are read by default."""


@dataclass(frozen=True, slots=True)
class Record:
    """A document with the place it came from.

    Attributes:
        document: What was read.
        source: The file, as ``resume_from`` wants it.
        position: Where to go on after this record: a byte offset of the (decompressed) file for
            JSONL, CSV and TSV, a row number for Parquet, 1 for a file that is one document.
        bytes_read: Bytes of all sources read so far, compressed as they are on disk; compare with
            ``total_bytes``.
    """

    document: Document
    source: str
    position: int
    bytes_read: int


@dataclass(frozen=True, slots=True)
class RecordError:
    """A record that could not be used; reading went on after it.

    Attributes:
        source: The file.
        line: The line (row for Parquet) counted from 1, or 0 when the whole file is meant.
        message: What is wrong.
        hint: What to do about it.
    """

    source: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Which fields or columns hold what; ``None`` looks for the usual names.

    Attributes:
        id: Usual: ``_id``, ``id``.
        title: Usual: ``title``.
        text: Usual: ``text``, ``contents``, ``content``.
        numeric: Columns of CSV and TSV whose values become numbers; the others stay strings, so
            that no code or version number loses its zeros.
    """

    id: str | None = None
    title: str | None = None
    text: str | None = None
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What every reader of a format needs besides its file."""

    fields: Fields
    largest: int


class Parsed(NamedTuple):
    """One document out of one file: where to go on, and bytes of the file read so far."""

    document: Document
    position: int
    progress: int


Report: TypeAlias = Callable[[int, str, str], None]
"""Called by readers with line, message and hint."""

OnError: TypeAlias = Callable[[RecordError], None]
Documents: TypeAlias = Iterator[Parsed]
