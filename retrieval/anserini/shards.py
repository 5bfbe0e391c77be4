"""Folders of JSON lines as Anserini reads them: written whole or not at all, read line by line."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import zlib
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from mnemic.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from mnemic.indexes.storage.failures import translating
from mnemic.retrieval.ingestion.lines import LineFile, LineTooLong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHARD = 100_000
LARGEST = 256 * 1024 * 1024
_SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz")


def write_shards(folder: Path, records: Iterable[Mapping[str, Any]], *, shard: int = SHARD) -> int:
    """Write objects as ``docs-00000.jsonl`` and on; the folder appears by one rename.

    Memory is one object, and the ids.

    Args:
        folder: What is made; may exist when it is empty.
        records: Objects with a string ``id``.
        shard: Most objects of one file.

    Returns:
        How many there were.

    Raises:
        Conflict: The folder holds something.
        NotFound: The folder's parent does not exist.
        InvalidInput: An id is empty, comes twice or holds control characters, a value is not
            JSON, or ``shard`` is not positive.
        LimitExceeded: The disk is full.
    """
    if shard < 1:
        raise InvalidInput(f"shard is {shard}; it must be 1 or more")
    checked = _checked(records)
    written = 0
    with new_folder(folder) as fresh:
        number = 0
        while batch := _write_one(fresh / f"docs-{number:05}.jsonl", islice(checked, shard)):
            written += batch
            number += 1
    return written


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` that takes its name when the block ends well, else goes.

    Raises:
        Conflict: ``folder`` holds something.
        NotFound: Its parent does not exist.
    """
    folder = folder.absolute()
    _require_empty(folder)
    with translating(str(folder), action="write"):
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name[:64]}.", dir=folder.parent))
    try:
        yield fresh
        with translating(str(folder), action="write"):
            fresh.chmod(0o755)
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _require_empty(folder: Path) -> None:
    if not folder.parent.is_dir():
        raise NotFound(f"the folder of {folder} does not exist", hint="Make it first.")
    with translating(str(folder), action="write"):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(f"{folder} exists and is not empty", hint="Name a new folder.")


def _write_one(path: Path, records: Iterable[Mapping[str, Any]]) -> int:
    """One file; it is not made when there is nothing to write, unless it is the first."""
    count = 0
    with translating(str(path), action="write"), path.open("wb") as file:
        for record in records:
            file.write(_encoded(record))
            count += 1
        file.flush()
        os.fsync(file.fileno())
    if not count and not path.name.endswith("-00000.jsonl"):
        path.unlink()
    return count


def _encoded(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError as error:
        raise InvalidInput(f"document {record['id']!r} is not JSON: {error}") from error


def _checked(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for record in records:
        name = record["id"]
        if not name or any(ord(char) < 32 or ord(char) == 127 for char in name):
            raise InvalidInput(
                f"the document id {name!r} cannot stand in a run file",
                hint="Use ids without line breaks, tabs and other control characters.",
            )
        if name in seen:
            raise InvalidInput(f"the document id {name!r} comes twice", hint="Make ids unique.")
        seen.add(name)
        yield record


def read_shards(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Places (``file, line n``) and objects of a file, or of all JSON files below a folder, sorted.

    Blank lines are passed over; names ending in ``.gz`` are decompressed. Memory is one line.

    Raises:
        NotFound: There is no such file, or the folder has no JSON file.
        InvalidInput: A line is no JSON object with a string ``id``; the message names it.
        LimitExceeded: A line is longer than 256 MiB.
    """
    for path in _files(source):
        with translating(str(path), action="read"):
            try:
                yield from _objects(path)
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise InvalidInput(f"{path} is damaged: {error}") from error


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise NotFound(f"{source} does not exist", hint="Check the path.")
    found = [path for path in source.rglob("*") if path.is_file() and path.name.endswith(_SUFFIXES)]
    if not found:
        raise NotFound(f"{source} has no JSON file", hint=f"Looked for {', '.join(_SUFFIXES)}.")
    return sorted(found)


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with LineFile(path, largest=LARGEST) as lines:
        try:
            while (line := lines.next()) is not None:
                if line.strip():
                    place = f"{path}, line {lines.line}"
                    yield place, _object(place, line)
        except LineTooLong as error:
            raise LimitExceeded(
                f"{path}, line {lines.line}: longer than {LARGEST:,} bytes",
                hint="Split the document.",
            ) from error


def _object(place: str, line: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            f"{place}: not JSON ({error})", hint="Write one object a line."
        ) from error
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        raise InvalidInput(
            f"{place}: no object with a string id", hint='As in {"id": "1", "contents": "..."}.'
        )
    return value
