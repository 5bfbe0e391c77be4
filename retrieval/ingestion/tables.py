"""CSV (RFC 4180) and TSV (IANA: tabs separate, quotes mean nothing) with a header."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.convert import ID_NAMES, TEXT_NAMES, TITLE_NAMES, to_document
from mnemic.retrieval.ingestion.json_lines import shorter, too_long
from mnemic.retrieval.ingestion.lines import LineFile, LineTooLong
from mnemic.retrieval.ingestion.records import Fields, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.ingestion.records import Documents, ReadOptions, Report


def read_csv(path: Path, start: int, options: ReadOptions, report: Report) -> Documents:
    """Documents from byte ``start`` on; fields may be quoted and span lines."""
    with LineFile(path, largest=options.largest) as lines:
        rows = _Rows(lines, options.largest, tabs=False)
        yield from _documents(rows, start, options, report)


def read_tsv(path: Path, start: int, options: ReadOptions, report: Report) -> Documents:
    """Documents from byte ``start`` on; one row a line."""
    with LineFile(path, largest=options.largest) as lines:
        rows = _Rows(lines, options.largest, tabs=True)
        yield from _documents(rows, start, options, report)


class _Rows:
    """Rows of a table, and where the current one began."""

    def __init__(self, lines: LineFile, largest: int, *, tabs: bool) -> None:
        self.lines = lines
        self.first_line = 1
        self._largest = largest
        self._began = 0
        # The limit of the csv module is global and 128 KiB at first; it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), largest))
        lines_of_text = _Decoded(self)
        if tabs:
            self._reader = csv.reader(lines_of_text, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            self._reader = csv.reader(lines_of_text, strict=True)

    def next(self) -> list[str] | None:
        """The next row, ``[]`` for a blank line, ``None`` at the end.

        Raises:
            InvalidInput: The row is malformed or too long; the next call goes on after it.
        """
        self.first_line = self.lines.line + 1
        self._began = self.lines.position
        try:
            row = next(self._reader, None)
        except csv.Error as error:
            raise InvalidInput(
                f"bad row (lines {self.first_line} to {self.lines.line}): {error}",
                hint='put a field with commas, quotes or newlines in "..." and double its quotes',
            ) from error
        except LineTooLong as error:
            message, hint = too_long(error.size, self._largest)
            raise InvalidInput(message, hint=hint) from error
        if row and any(map(_undecoded, row)):
            raise InvalidInput("invalid UTF-8 in the row", hint="save the file as UTF-8")
        return row

    def next_line(self) -> str:
        """One line for the csv module; bytes that are no UTF-8 become lone surrogates."""
        line = self.lines.next()
        if line is None:
            raise StopIteration
        size = self.lines.position - self._began
        if size > self._largest + 2:
            raise LineTooLong(size)
        return line.decode(errors="surrogateescape")


class _Decoded:
    """An iterator that, unlike a generator, goes on after it has raised."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._rows.next_line()


def _documents(rows: _Rows, start: int, options: ReadOptions, report: Report) -> Documents:
    try:
        header = rows.next()
        if header is None:
            return
        _check_header(header, options.fields)
    except InvalidInput as error:
        report(1, error.message, error.hint)
        return
    if not rows.lines.skip_to(start):
        report(0, *shorter(start))
        return
    while True:
        try:
            row = rows.next()
            if row is None:
                return
            if not row:
                continue
            record = _record(header, row, options.fields)
            document = to_document(record, _named(header, options.fields))
        except InvalidInput as error:
            report(rows.first_line, error.message, error.hint)
        else:
            yield Parsed(document, rows.lines.position, rows.lines.progress)


def _named(header: list[str], fields: Fields) -> Fields:
    return Fields(
        id=_column(header, fields.id, ID_NAMES),
        title=_column(header, fields.title, TITLE_NAMES),
        text=_column(header, fields.text, TEXT_NAMES),
    )


def _check_header(header: list[str], fields: Fields) -> None:
    listed = ", ".join(map(repr, header[:20]))
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise InvalidInput(f"columns occur twice: {repeated}", hint="give columns different names")
    chosen = [fields.id, fields.title, fields.text, *fields.numeric]
    if missing := [name for name in chosen if name is not None and name not in header]:
        raise InvalidInput(f"no column {missing[0]!r} among {listed}", hint="correct its name")
    if _column(header, fields.id, ID_NAMES) is None:
        raise InvalidInput(
            f"no id column among {listed}", hint="name it _id or id, or say which column it is"
        )
    described = (
        _column(header, fields.text, TEXT_NAMES),
        _column(header, fields.title, TITLE_NAMES),
    )
    if described == (None, None):
        raise InvalidInput(
            f"neither text nor title column among {listed}",
            hint="name one text, contents, content or title, or say which column it is",
        )


def _column(header: list[str], chosen: str | None, usual: tuple[str, ...]) -> str | None:
    """The column of that name; the usual names are found in any case."""
    if chosen is not None:
        return chosen if chosen in header else None
    by_folded = {name.strip().casefold(): name for name in reversed(header)}
    return next((by_folded[name] for name in usual if name in by_folded), None)


def _record(header: list[str], row: list[str], fields: Fields) -> dict[str, Any]:
    if len(row) != len(header):
        raise InvalidInput(
            f"fields in the row: {len(row)}, in the header: {len(header)}",
            hint="quote fields that hold the separator",
        )
    record: dict[str, Any] = dict(zip(header, row, strict=True))
    return record | {name: _number(name, record[name]) for name in fields.numeric}


def _number(name: str, value: str) -> int | float | None:
    if not value.strip():
        return None
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(f"column {name!r}: {value[:40]!r} is no number", hint="correct the row")
    return number


def _undecoded(field: str) -> bool:
    return not field.isascii() and any("\ud800" <= character <= "\udfff" for character in field)
