"""Durable files for runs and reports: whole or absent, with typed errors.

Knows bytes and paths; nothing of runs or measures.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import Forbidden, InvalidInput, LimitExceeded, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SHAPE = {errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL}


@contextmanager
def typed_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into mnemic's errors.

    Raises:
        NotFound: The file or its folder does not exist.
        Forbidden: No right to read or write it, or a read-only file system.
        LimitExceeded: The disk or the quota is full.
        InvalidInput: A folder where a file is needed, or an impossible name.
        Unavailable: Any other input or output error.
    """
    if "\0" in str(path):
        raise InvalidInput(f"the path {str(path)!r} holds a NUL character")
    try:
        yield
    except OSError as error:
        reason = f"{path}: {error.strerror or error}"
        if error.errno == errno.ENOENT:
            raise NotFound(reason, hint="check the path") from error
        if error.errno in _DENIED:
            raise Forbidden(reason, hint="choose a folder that you may read and write") from error
        if error.errno in _FULL:
            raise LimitExceeded(reason, hint="free disk space, then run again") from error
        if error.errno in _SHAPE:
            raise InvalidInput(reason, hint="give a path of the right kind") from error
        raise Unavailable(reason, hint="check the disk, then run again") from error


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Write ``path`` so that it holds all of ``chunks`` or what it held before.

    The bytes go to a temporary name beside it, are synced, and are renamed.

    Raises:
        MnemicError: As :func:`typed_errors`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with typed_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
