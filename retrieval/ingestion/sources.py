"""Paths to files: which files a folder holds, in which format, in a fixed order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from mnemic.errors import InvalidInput, NotFound
from mnemic.retrieval.ingestion.extraction import EXTRACTED
from mnemic.retrieval.ingestion.records import FileFormat, Format, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mnemic.retrieval.ingestion.records import OnError

_BY_SUFFIX: dict[str, FileFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "tsv",
    ".tsv.gz": "tsv",
    ".parquet": "parquet",
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}
WHOLE: tuple[FileFormat, ...] = ("text", "markdown", *EXTRACTED)
"""Formats in which a file is one document, whose id is the name of the source."""

_BEIR = ("corpus.jsonl", "corpus.jsonl.gz")
SUPPORTED = f"supported are {', '.join(_BY_SUFFIX)}, BEIR folders and folders of these"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Attributes:
        path: Where it is.
        name: Its path as it was given, with ``/`` and without ``./``; in a folder, that of the
            folder and the path below it. An absolute path loses its leading slash.
        format: How to read it.
        size: Bytes on disk.
    """

    path: Path
    name: str
    format: FileFormat
    size: int


def find_sources(
    paths: Sequence[Path], format: Format, on_error: OnError, *, on_skip: OnError | None = None
) -> list[Source]:
    """Every file to read, in the order of ``paths`` and sorted within folders.

    Files of unknown type in folders go to ``on_skip``, or else to ``on_error``.

    Raises:
        NotFound: A path does not exist.
        InvalidInput: The format is unknown, or ``beir`` meets a folder without a corpus.
    """
    if format not in get_args(Format):
        raise InvalidInput(
            f"format: {format!r} is not known", hint=f"use one of {', '.join(get_args(Format))}"
        )
    for path in paths:
        if not path.exists():
            raise NotFound(f"{path} does not exist", hint="check the path")
    skip = on_skip or on_error
    sources = (source for path in paths for source in _below(path, format, on_error, skip))
    return list(_distinct(sources, on_error))


def _distinct(sources: Iterable[Source], on_error: OnError) -> Iterator[Source]:
    """Without files whose name another one has: it is the id, and one would hide the other."""
    seen: dict[str, Path] = {}
    for source in sources:
        if source.format in WHOLE:
            if first := seen.get(source.name):
                on_error(RecordError(_shown(source.path), 0, *_repeated(source.name, first)))
                continue
            seen[source.name] = source.path
        yield source


def _below(path: Path, format: Format, on_error: OnError, on_skip: OnError) -> Iterator[Source]:
    if not path.is_dir():
        if source := _source(path, _name(path), format, on_error):
            yield source
        return
    if format == "beir" and _corpus(path) is None:
        raise InvalidInput(f"{path} holds no corpus.jsonl", hint="give the BEIR folder itself")
    root = path.resolve()
    for file in _walk(path, root, on_error):
        wanted = _format_of(file)
        if format not in ("auto", "beir", wanted):
            continue
        if wanted is None:
            on_skip(_unknown(file))
        elif source := _source(file, _name(file), wanted, on_error):
            yield source


def _walk(folder: Path, root: Path, on_error: OnError) -> Iterator[Path]:
    if corpus := _corpus(folder):
        yield corpus
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        on_error(RecordError(_shown(folder), 0, *_unreadable(error)))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if entry.is_symlink() and (problem := _bad_link(path, root)):
            on_error(RecordError(_shown(path), 0, *problem))
        elif entry.is_dir():
            yield from _walk(path, root, on_error)
        else:
            yield path


def _corpus(folder: Path) -> Path | None:
    return next((folder / name for name in _BEIR if (folder / name).is_file()), None)


def _bad_link(path: Path, root: Path) -> tuple[str, str] | None:
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(root):
        return "the symbolic link leaves the folder", "give the path it points to as well"
    if not target.exists():
        return "the symbolic link points nowhere", "remove it"
    if target.is_dir():
        return "a symbolic link to a folder is not followed", "its target is read in its own place"
    return None


def _source(path: Path, name: str, format: Format, on_error: OnError) -> Source | None:
    found = _format_of(path) if format == "auto" else "jsonl" if format == "beir" else format
    if found is None:
        on_error(_unknown(path))
        return None
    try:
        status = path.stat()
    except OSError as error:
        on_error(RecordError(_shown(path), 0, *_unreadable(error)))
        return None
    if not path.is_file():
        on_error(RecordError(_shown(path), 0, "not a regular file", "give files or folders"))
        return None
    return Source(path, name, found, status.st_size)


def _unknown(path: Path) -> RecordError:
    return RecordError(_shown(path), 0, f"unknown file type {path.suffix!r}", SUPPORTED)


def _name(path: Path) -> str:
    # The path as it was typed does not depend on what else is read in the same run.
    normal = Path(os.path.normpath(path))
    return normal.relative_to(normal.anchor).as_posix()


def _repeated(name: str, first: Path) -> tuple[str, str]:
    return f"its id {name!r} is that of {first} in the same run", "give each file only once"


def _format_of(path: Path) -> FileFormat | None:
    name = path.name.lower()
    return next((kind for suffix, kind in _BY_SUFFIX.items() if name.endswith(suffix)), None)


def _unreadable(error: OSError) -> tuple[str, str]:
    return f"cannot be read: {error.strerror}", "check its rights"


def _shown(path: Path) -> str:
    return str(path)
