"""Files of models: hashed, whole or absent, with typed errors. Knows nothing of models."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import Forbidden, IndexCorrupt, LimitExceeded, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def typed_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into mnemic's errors.

    Raises:
        Forbidden: No right to read or write it, or a read-only file system.
        LimitExceeded: The disk or the quota is full.
        Unavailable: Any other input or output error.
    """
    try:
        yield
    except OSError as error:
        reason = f"{path}: {error.strerror or error}"
        if error.errno in _FULL:
            raise LimitExceeded(reason, hint="Free disk space, then pull again.") from error
        if error.errno in _DENIED:
            raise Forbidden(reason, hint="Set MNEMIC_CACHE to a folder of your own.") from error
        raise Unavailable(reason, hint="Check the path, then pull again.") from error


def sha256_of(path: Path) -> str:
    """Hex hash of a file; reads all of it."""
    with typed_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Compare a file with its hash.

    Raises:
        IndexCorrupt: They differ; the message has the file and both hashes.
    """
    compare(str(path), sha256_of(path), expected)


def compare(name: str, found: str, expected: str) -> None:
    """Compare two hashes of the file or entry ``name``.

    Raises:
        IndexCorrupt: They differ; the message has both.
    """
    if found != expected:
        raise IndexCorrupt(
            f"{name}: its sha256 is {found}, expected {expected}",
            hint="'mnemic models pull NAME' fetches the model anew.",
        )


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is there in full or not at all, and survives a power cut."""
    temporary = path.with_name(f".{path.name}.tmp")
    with typed_errors(path):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names inside ``folder`` survive a power cut."""
    with typed_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
