"""JSON in one spelling only, so that equal values have equal bytes and checksums."""

from __future__ import annotations

import json
from typing import Any

from mnemic.indexes.storage.layout import Malformed


def dumps(value: Any, *, indent: int | None = None) -> bytes:
    """Sorted keys, ASCII, no NaN; with ``indent``, readable.

    Raises:
        ValueError: The value is not JSON, or would come back as another value.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        text = json.dumps(
            value, sort_keys=True, allow_nan=False, indent=indent, separators=separators
        )
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if json.loads(text) != value:
        raise ValueError("tuples and keys that are not strings would come back changed")
    return text.encode("ascii")


def loads(data: bytes) -> Any:
    """Parse JSON from a file that may hold anything.

    Raises:
        Malformed: The bytes are not JSON, or nested too deeply.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"holds broken JSON ({error})") from error
