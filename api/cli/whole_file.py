"""A file that exists whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mnemic.errors import Forbidden, InvalidInput, LimitExceeded, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that has its name only once every byte of it is on disk.

    Raises:
        InvalidInput: It is a folder.
        NotFound: Its folder does not exist.
        Forbidden: Its folder cannot be written.
        LimitExceeded: The disk is full.
    """
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder", hint="Name a file in it.")
    try:
        descriptor, partial = tempfile.mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
    except OSError as error:
        raise typed(error, path) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except OSError as error:
        raise typed(error, path) from error
    finally:
        Path(partial).unlink(missing_ok=True)


def _umask() -> int:
    # The only portable way to read it; no other thread of the command line makes files.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def typed(error: OSError, path: Path | str) -> NotFound | Forbidden | LimitExceeded | Unavailable:
    """The error of the tree behind what the operating system said about a file."""
    if error.errno == errno.ENOENT:
        return NotFound(f"the folder of {path} does not exist", hint="Make it first.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Forbidden(f"{path} cannot be written: {error.strerror}")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LimitExceeded(f"no room for {path}: {error.strerror}", hint="Free some space.")
    return Unavailable(f"{path}: {error.strerror}")
