"""What the operating system refuses, in mnemic's own errors."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import Forbidden, IndexCorrupt, InvalidInput, LimitExceeded, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.errors import MnemicError

REBUILD_HINT = "restore the file from a backup, or rebuild the collection from its catalogue"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
# A path that leads to something else than a plain file: a link, a folder, a device, or nothing.
_NOT_THE_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO})
_NOT_A_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST})


def corrupt(where: str, reason: str) -> IndexCorrupt:
    """The error for a file whose bytes are not those that were written."""
    return IndexCorrupt(f"{where}: {reason}", hint=REBUILD_HINT)


def translated(error: OSError, where: str, *, action: str) -> MnemicError:
    """The error of ours for an error of the operating system.

    Args:
        error: What the system call raised.
        where: The file or folder that it was about.
        action: ``read``, ``write``, ``delete`` or ``sync``.
    """
    message = f"cannot {action} {where}: {os.strerror(error.errno) if error.errno else error}"
    if error.errno in _FULL:
        return LimitExceeded(message, hint="free some space or raise the quota, then try again")
    if error.errno in _REFUSED:
        return Forbidden(message, hint="give this user the right to the folder, or copy it")
    if action == "read" and error.errno in _NOT_THE_FILE:
        return corrupt(where, f"is missing or not a plain file ({os.strerror(error.errno or 0)})")
    if error.errno in _NOT_A_FOLDER:
        return InvalidInput(message, hint="give a folder, or a path where one can be made")
    return Unavailable(message, hint="check the disk, then try again")


@contextmanager
def translating(where: str, *, action: str) -> Iterator[None]:
    """Turn every ``OSError`` of the block into an error of mnemic.

    Raises:
        LimitExceeded: The disk or the quota is full.
        Forbidden: The file system or the folder may not be written or read by this user.
        IndexCorrupt: A file to be read is missing or is not a plain file.
        InvalidInput: The path of the folder leads to something else.
        Unavailable: Any other failure.
    """
    try:
        yield
    except OSError as error:
        raise translated(error, where, action=action) from error
