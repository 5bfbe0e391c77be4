"""The same folder without a disk: for tests and for segments that only live in memory."""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import Conflict
from mnemic.indexes.storage import faults
from mnemic.indexes.storage.failures import corrupt
from mnemic.indexes.storage.names import checked_component, checked_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ALIGNMENT = 64


class RamDirectory:
    """Files as arrays in memory, with the behaviour of ``FileDirectory``; safe between threads."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[int, NDArray[np.uint8]]] = {}
        self._serial = count(1)
        self._lock = Lock()

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Keep a new file; see ``Directory.write``."""
        checked_name(name)
        faults.reached("write.before")
        if name in self._files:
            raise Conflict(f"{self.describe(name)} exists already", hint="take a new segment id")
        data = _aligned(b"".join(chunks))
        self._put(name, data)
        faults.reached("write.renamed")
        return data.size

    def replace(self, name: str, data: bytes) -> None:
        """Put new bytes under a name; see ``Directory.replace``."""
        faults.reached("replace.before")
        self._put(checked_name(name), _aligned(data))
        faults.reached("replace.done")

    def map(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a file as a read-only view; see ``Directory.map``."""
        with self._lock:
            found = self._files.get(checked_name(name))
        if found is None:
            raise corrupt(self.describe(name), "is missing or not a plain file")
        return found[1]

    def read(self, name: str) -> bytes:
        """A copy of the bytes of a file; see ``Directory.read``."""
        return self.map(name).tobytes()

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        with self._lock:
            return sorted(self._files)

    def delete(self, name: str) -> None:
        """Forget a file; see ``Directory.delete``."""
        faults.reached("delete.before")
        with self._lock:
            self._files.pop(checked_component(name), None)
        faults.reached("delete.done")

    def sync(self) -> None:
        """Nothing to do: what is in memory is never durable."""
        faults.reached("sync.before")
        faults.reached("sync.done")

    def stamp(self, name: str) -> tuple[int, ...] | None:
        """The serial number of the write, ``None`` when there is no file."""
        with self._lock:
            found = self._files.get(checked_name(name))
        return None if found is None else (found[0],)

    def describe(self, name: str) -> str:
        """The name, marked as a file in memory."""
        return f"memory:{name}"

    def _put(self, name: str, data: NDArray[np.uint8]) -> None:
        with self._lock:
            self._files[name] = (next(self._serial), data)


def _aligned(data: bytes) -> NDArray[np.uint8]:
    """A read-only copy whose address is a multiple of 64, as a mapped page's is."""
    buffer = np.empty(len(data) + ALIGNMENT, dtype=np.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    view = buffer[start : start + len(data)]
    view[:] = np.frombuffer(data, dtype=np.uint8)
    view.setflags(write=False)
    return view
