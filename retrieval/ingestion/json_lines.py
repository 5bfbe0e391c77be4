"""JSON lines: one object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.convert import to_document
from mnemic.retrieval.ingestion.lines import LineFile, LineTooLong
from mnemic.retrieval.ingestion.records import Parsed

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.ingestion.records import Documents, Fields, ReadOptions, Report
    from mnemic.types import Document


def read_json_lines(path: Path, start: int, options: ReadOptions, report: Report) -> Documents:
    """Documents from byte ``start`` on; blank lines are skipped."""
    with LineFile(path, largest=options.largest) as lines:
        if not lines.skip_to(start):
            report(0, *shorter(start))
            return
        while True:
            try:
                line = lines.next()
                if line is None:
                    return
                if line.isspace() or not line:
                    continue
                document = _parsed(line, options.fields)
            except LineTooLong as error:
                report(lines.line, *too_long(error.size, options.largest))
            except InvalidInput as error:
                report(lines.line, error.message, error.hint)
            else:
                yield Parsed(document, lines.position, lines.progress)


def _parsed(line: bytes, fields: Fields) -> Document:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        message, hint = _malformed(line, error)
        raise InvalidInput(message, hint=hint) from error
    if not isinstance(record, dict):
        raise InvalidInput("the line holds no JSON object", hint='write {"_id": ..., "text": ...}')
    return to_document(record, fields)


def _malformed(line: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    try:
        line.decode()
    except UnicodeDecodeError as bad:
        return f"invalid UTF-8 at byte {bad.start} of the line", "save the file as UTF-8"
    return f"malformed JSON: {error.msg} (column {error.colno})", "write one JSON object a line"


def shorter(start: int) -> tuple[str, str]:
    """Message and hint for a file that ends before the position to resume from."""
    return (
        f"the file ends before position {start}, where reading stopped the last time",
        "it was changed since; start again without resuming",
    )


def too_long(size: int, largest: int) -> tuple[str, str]:
    """Message and hint for a record over the limit."""
    return (
        f"the record has {size:,} bytes, more than the limit of {largest:,}",
        "split the document, or raise the limit",
    )
