"""JSON lines with one string id per record, strict: a bad line is named, never skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.eval.files import typed_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 256 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


def records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers (from 1) and objects of a JSONL file; blank lines are passed over.

    Memory is one line.

    Raises:
        InvalidInput: A line is not a JSON object with a string or integer ``_id``.
        LimitExceeded: A line is longer than 256 MiB.
        NotFound: There is no such file.
    """
    with typed_errors(path), path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise LimitExceeded(
                    f"{path}, line {number}: longer than {LONGEST_LINE:,} bytes",
                    hint="split the document",
                )
            line = line.removeprefix(_BOM) if number == 1 else line
            if line.strip():
                yield number, _record(path, number, line)


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    where = f"{path}, line {number}"
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            f"{where}: not JSON ({error})", hint="write one JSON object per line, in UTF-8"
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}: not a JSON object", hint='as in {"_id": "1", "text": "..."}')
    identity = value.get("_id")
    if isinstance(identity, bool) or not isinstance(identity, str | int) or identity == "":
        raise InvalidInput(
            f'{where}: "_id" is missing or not a string', hint='as in {"_id": "1", "text": "..."}'
        )
    value["_id"] = str(identity)
    return value


def text_field(path: Path, number: int, record: dict[str, Any], name: str) -> str:
    """A field that is a string; absent and null give the empty string.

    Raises:
        InvalidInput: It is there and not a string.
    """
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{path}, line {number}: {name!r} is not a string")
    return value


def object_field(path: Path, number: int, record: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that is an object; absent and null give an empty one.

    Raises:
        InvalidInput: It is there and not an object.
    """
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{path}, line {number}: {name!r} is not an object")
    return value
