"""A folder of immutable files: the only place in indexes/ that talks to the file system."""

from __future__ import annotations

import mmap
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

import numpy as np

from mnemic.errors import Conflict
from mnemic.indexes.storage import faults
from mnemic.indexes.storage.failures import corrupt, translating
from mnemic.indexes.storage.names import checked_component, checked_name, temporary_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

# A link could lead out of the folder, and opening a pipe would wait for ever.
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@runtime_checkable
class Directory(Protocol):
    """Files that appear whole under their final name or not at all."""

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Write a new file, its bytes durable when this returns (its name after ``sync``).

        Returns:
            Its size in bytes.

        Raises:
            Conflict: A file of that name exists; files are never changed.
            InvalidInput: The name could lead out of the folder.
            LimitExceeded: The disk is full.
            Forbidden: The folder is read-only.
        """
        ...

    def replace(self, name: str, data: bytes) -> None:
        """Put new bytes under a name in one step, durable when this returns.

        Raises:
            InvalidInput: The name could lead out of the folder.
            LimitExceeded: The disk is full.
            Forbidden: The folder is read-only.
        """
        ...

    def map(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a file as a read-only view, uint8 [size]; O(1), pages load on use.

        Raises:
            IndexCorrupt: There is no such plain file.
        """
        ...

    def read(self, name: str) -> bytes:
        """A copy of the bytes of a file.

        Raises:
            IndexCorrupt: There is no such plain file.
        """
        ...

    def names(self) -> list[str]:
        """The names of all plain files, sorted, unfinished ones included."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file (no matter if it is gone already); open views of it stay valid."""
        ...

    def sync(self) -> None:
        """Make the names of the files durable."""
        ...

    def stamp(self, name: str) -> tuple[int, ...] | None:
        """A value that changes whenever the file is replaced; ``None`` when there is no file."""
        ...

    def describe(self, name: str) -> str:
        """Where the file is, as it shall stand in an error message."""
        ...


class FileDirectory:
    """A real folder. Making the value touches nothing; the first write makes the folder.

    Args:
        path: The folder; it need not exist to be read (it is empty then).
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"FileDirectory({str(self.path)!r})"

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Write a new file; see ``Directory.write``."""
        target = self.path / checked_name(name)
        with translating(str(target), action="write"):
            faults.reached("write.before")
            if target.exists() or target.is_symlink():
                raise Conflict(f"{target} exists already", hint="take a new segment id")
            with self._temporary(name) as (temporary, file):
                for chunk in chunks:
                    file.write(chunk)
                    faults.reached("write.partial")
                _flush(file, "write")
                size = file.tell()
                temporary.rename(target)
            faults.reached("write.renamed")
        return size

    def replace(self, name: str, data: bytes) -> None:
        """Put new bytes under a name; see ``Directory.replace``."""
        target = self.path / checked_name(name)
        with translating(str(target), action="write"):
            faults.reached("replace.before")
            with self._temporary(name) as (temporary, file):
                file.write(data)
                _age(file, target)
                _flush(file, "replace")
                temporary.replace(target)
            faults.reached("replace.renamed")
        self.sync()
        faults.reached("replace.done")

    def map(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a file as a read-only view; see ``Directory.map``."""
        with self._reading(name) as descriptor:
            if os.fstat(descriptor).st_size == 0:  # mmap refuses empty files
                return np.frombuffer(b"", dtype=np.uint8)
            return np.frombuffer(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ), dtype=np.uint8)

    def read(self, name: str) -> bytes:
        """A copy of the bytes of a file; see ``Directory.read``."""
        with self._reading(name) as descriptor, open(descriptor, "rb", closefd=False) as file:
            return file.read()

    def names(self) -> list[str]:
        """The names of all plain files, sorted; none when there is no folder."""
        with translating(str(self.path), action="list"):
            try:
                with os.scandir(self.path) as entries:
                    return sorted(e.name for e in entries if e.is_file(follow_symlinks=False))
            except FileNotFoundError:
                return []

    def delete(self, name: str) -> None:
        """Remove a file; see ``Directory.delete``."""
        path = self.path / checked_component(name)
        with translating(str(path), action="delete"):
            faults.reached("delete.before")
            path.unlink(missing_ok=True)
            faults.reached("delete.done")

    def sync(self) -> None:
        """Make the names of the files durable (fsync of the folder)."""
        with translating(str(self.path), action="sync"):
            faults.reached("sync.before")
            _sync_folder(self.path)
            faults.reached("sync.done")

    def stamp(self, name: str) -> tuple[int, ...] | None:
        """Modification time in ns, inode and size; one stat call."""
        with translating(self.describe(name), action="read"):
            try:
                status = os.stat(self.path / checked_name(name), follow_symlinks=False)
            except FileNotFoundError:
                return None
        return (status.st_mtime_ns, status.st_ino, status.st_size)

    def describe(self, name: str) -> str:
        """The path of the file."""
        return str(self.path / name)

    @contextmanager
    def _temporary(self, name: str) -> Iterator[tuple[Path, BinaryIO]]:
        _make_folder(self.path)
        path = self.path / temporary_name(name)
        try:
            with path.open("xb") as file:
                yield path, file
        except BaseException:
            # The first failure is the one to report; a later sweep removes what stays behind.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise

    @contextmanager
    def _reading(self, name: str) -> Iterator[int]:
        path = self.path / checked_name(name)
        with translating(str(path), action="read"):
            descriptor = os.open(path, _READ_FLAGS)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise corrupt(str(path), "is not a plain file")
                yield descriptor
            finally:
                os.close(descriptor)


def _flush(file: BinaryIO, step: str) -> None:
    file.flush()
    faults.reached(f"{step}.written")
    os.fsync(file.fileno())
    faults.reached(f"{step}.synced")


def _age(file: BinaryIO, target: Path) -> None:
    """Date a file after the one that it replaces, however coarse the system's clock ticks."""
    try:
        before = target.stat().st_mtime_ns
    except FileNotFoundError:
        return
    file.flush()
    written = os.fstat(file.fileno())
    if written.st_mtime_ns <= before:
        os.utime(file.fileno(), ns=(written.st_atime_ns, before + 1))


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
