"""A folder into which a merge writes: no faster than it may, stopped at once, with its progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from threading import Event

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.indexes.storage import Directory

STEP_BYTES = 1 << 20
STEP_SECONDS = 0.05


class Abandoned(Exception):
    """Somebody wants the work to end; what it wrote is deleted."""


class Pace:
    """How fast work may go on, how far it is, and whether it shall end.

    Args:
        total: Bytes to work through and to write.
        rate: Most bytes written a second; 0 for no limit.
        ending: Set when the work shall be abandoned.

    Attributes:
        done: Of ``total``.
    """

    def __init__(self, total: int, *, rate: float, ending: Event) -> None:
        self.total = max(total, 1)
        self.done = 0
        self._rate = rate
        self._ending = ending
        self._began = time.monotonic()
        self._written = 0

    @property
    def seconds_left(self) -> float | None:
        """About how long it will take; ``None`` while nobody can tell."""
        passed = time.monotonic() - self._began
        return passed * max(0, self.total - self.done) / self.done if self.done else None

    def check(self) -> None:
        """Go on only while nobody wants an end.

        Raises:
            Abandoned: Somebody does.
        """
        if self._ending.is_set():
            raise Abandoned

    def advance(self, count: int) -> None:
        """Say that bytes were worked through."""
        self.done += count
        self.check()

    def wrote(self, count: int) -> None:
        """Say that bytes were written, and wait until as many may be.

        Raises:
            Abandoned: Somebody wants an end.
        """
        self._written += count
        self.advance(count)
        due = self._began + (self._written / self._rate if self._rate else 0.0)
        while (left := due - time.monotonic()) > 0:
            self._ending.wait(min(left, STEP_SECONDS))
            self.check()


class PacedDirectory:
    """A folder whose files are written at a pace; all else is the folder's own.

    Args:
        directory: The folder.
        pace: Counts, delays and stops what is written.
    """

    def __init__(self, directory: Directory, pace: Pace) -> None:
        self._directory = directory
        self._pace = pace

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Write a new file at the pace; see ``Directory.write``."""
        return self._directory.write(name, self._paced(chunks))

    def _paced(self, chunks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        for chunk in chunks:
            for start in range(0, len(chunk), STEP_BYTES):
                part = chunk[start : start + STEP_BYTES]
                self._pace.wrote(len(part))
                yield part

    def replace(self, name: str, data: bytes) -> None:
        """Put new bytes under a name; see ``Directory.replace``."""
        self._directory.replace(name, data)

    def map(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a file as a read-only view; see ``Directory.map``."""
        return self._directory.map(name)

    def read(self, name: str) -> bytes:
        """A copy of the bytes of a file; see ``Directory.read``."""
        return self._directory.read(name)

    def names(self) -> list[str]:
        """The names of all plain files, sorted."""
        return self._directory.names()

    def delete(self, name: str) -> None:
        """Remove a file; see ``Directory.delete``."""
        self._directory.delete(name)

    def sync(self) -> None:
        """Make the names of the files durable."""
        self._directory.sync()

    def stamp(self, name: str) -> tuple[int, ...] | None:
        """Changes whenever the file is replaced; see ``Directory.stamp``."""
        return self._directory.stamp(name)

    def describe(self, name: str) -> str:
        """Where the file is."""
        return self._directory.describe(name)
