"""Parquet through pyarrow, which is an extra and loads on first use."""

from __future__ import annotations

import base64
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.ingestion.convert import to_document
from mnemic.retrieval.ingestion.json_lines import shorter, too_long
from mnemic.retrieval.ingestion.records import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.ingestion.records import Documents, ReadOptions, Report

_ROWS = 256


def require_pyarrow() -> None:
    """Fail early where Parquet cannot be read.

    Raises:
        Unsupported: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise Unsupported(
            "reading Parquet needs pyarrow", hint='pip install "mnemic[parquet]"'
        ) from error


def read_parquet(path: Path, start: int, options: ReadOptions, report: Report) -> Documents:
    """Documents from row ``start`` on, 256 rows in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = path.stat().st_size
    try:
        with pq.ParquetFile(path) as file:
            total = file.metadata.num_rows
            if start > total:
                report(0, *shorter(start))
                return
            for row, record in _rows_from(file, start):
                try:
                    document = _document(record, options)
                except InvalidInput as error:
                    report(row + 1, error.message, error.hint)
                else:
                    yield Parsed(document, row + 1, size * (row + 1) // total)
    except (pa.ArrowException, OSError) as error:
        first_line = str(error).partition("\n")[0]
        report(0, f"cannot be read as Parquet: {first_line}", "check that the file is complete")


def _rows_from(file: Any, start: int) -> Iterator[tuple[int, Any]]:
    """Row number and record; whole row groups before the start are not read."""
    first = 0
    groups: list[int] = []
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if not groups and first + rows <= start:
            first += rows
        else:
            groups.append(group)
    for batch in file.iter_batches(batch_size=_ROWS, row_groups=groups):
        for index in range(max(0, start - first), batch.num_rows):
            yield first + index, batch.slice(index, 1)
        first += batch.num_rows


def _document(row: Any, options: ReadOptions) -> Any:
    if row.nbytes > options.largest:
        message, hint = too_long(row.nbytes, options.largest)
        raise InvalidInput(message, hint=hint)
    try:
        record = {name: _plain(value) for name, value in row.to_pylist()[0].items()}
    except UnicodeDecodeError as error:
        raise InvalidInput("invalid UTF-8 in the row", hint="write the file again") from error
    return to_document(record, options.fields)


def _plain(value: Any) -> Any:
    """A JSON value: dates in ISO 8601, decimals as numbers, bytes in base64."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value
