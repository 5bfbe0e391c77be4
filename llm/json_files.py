"""Small JSON files of models: read whole, or ``IndexCorrupt`` that names the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mnemic.errors import IndexCorrupt

if TYPE_CHECKING:
    from pathlib import Path


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        IndexCorrupt: It is missing or cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object that a file holds.

    Raises:
        IndexCorrupt: It is missing, cannot be read, or holds something else.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise IndexCorrupt(f"{path} holds no JSON object")
    return content
