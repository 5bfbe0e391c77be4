"""Documents in Anserini's JsonCollection format: ``{"id", "contents"}``, one object a line.

``contents`` is what Anserini indexes: the title, a line break, and the text; the text alone where
there is no title. ``title`` and ``metadata`` stand beside it where a document has them, so that
reading gives back the same documents; Anserini passes over them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.anserini.shards import SHARD, read_shards, write_shards
from mnemic.retrieval.collections.validation import checked
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def write_documents(folder: Path, documents: Iterable[Document], *, shard: int = SHARD) -> int:
    """Write documents as a JsonCollection; the folder appears by one rename.

    Memory is one document, and the ids.

    Args:
        folder: What is made; may exist when it is empty.
        documents: In the order of the files.
        shard: Most documents of one file.

    Returns:
        How many there were.

    Raises:
        Conflict: The folder holds something.
        NotFound: The folder's parent does not exist.
        InvalidInput: A document is malformed, or its id is empty, comes twice or holds control
            characters.
        LimitExceeded: The disk is full.
    """
    rows = (_row(document) for each in documents for document in checked([each]))
    return write_shards(folder, rows, shard=shard)


def read_documents(source: Path) -> Iterator[Document]:
    """Documents of a JsonCollection: a file, or every JSON file below a folder; lazily.

    Where ``contents`` begins with ``title`` and a line break, the text is what follows; else it
    is all of ``contents``.

    Raises:
        NotFound: There is nothing to read.
        InvalidInput: A line is malformed; the message names file and line.
    """
    for place, record in read_shards(source):
        title, contents = _string(place, record, "title"), _string(place, record, "contents")
        if "contents" not in record:
            raise InvalidInput(f"{place}: no contents", hint='As in {"id": "1", "contents": "a"}.')
        text = contents.removeprefix(f"{title}\n") if title else contents
        metadata = record.get("metadata", {})
        if not isinstance(metadata, dict):
            raise InvalidInput(f"{place}: metadata is no object")
        yield Document(id=record["id"], title=title, text=text, metadata=metadata)


def contents_of(document: Document) -> str:
    """What Anserini indexes of a document."""
    return f"{document.title}\n{document.text}" if document.title else document.text


def _row(document: Document) -> dict[str, Any]:
    row: dict[str, Any] = {"id": document.id, "contents": contents_of(document)}
    if document.title:
        row["title"] = document.title
    if document.metadata:
        row["metadata"] = _metadata(document)
    return row


def _metadata(document: Document) -> dict[str, Any]:
    metadata = dict(document.metadata)
    try:
        # What writes the line would make null of NaN, and a string of a date.
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"document {document.id!r}: metadata is not JSON: {error}",
            hint="Store it as another type, or leave it out.",
        ) from error
    return metadata


def _string(place: str, record: dict[str, Any], name: str) -> str:
    value = record.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(f"{place}: {name} is a {type(value).__name__}, not a string")
    return value
