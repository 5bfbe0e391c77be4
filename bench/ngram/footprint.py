"""Memory, processor time and wall time of a build, with the processes that it starts."""

from __future__ import annotations

import os
import resource
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

if TYPE_CHECKING:
    from types import TracebackType

EVERY = 0.02


class Footprint:
    """Measures what runs inside it.

    The largest resident set is the kernel's own figure for this process, set back at the start, so
    that what stood there before counts only as far as it stays; started processes are sampled, and
    their largest sum is added, as long as ``children`` is true.

    Args:
        children: Whether the work starts processes.
    """

    def __init__(self, *, children: bool = False) -> None:
        self._children = children
        self._largest = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        self._before = status("VmRSS")
        if self._children:
            self._thread.start()
        self._processor, self._wall = _processor_seconds(), time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seconds = time.perf_counter() - self._wall
        self._used = _processor_seconds() - self._processor
        self._peak = status("VmHWM")
        if self._children:
            self._stop.set()
            self._thread.join()

    def figures(self, size: int) -> dict[str, Any]:
        """As JSON values; ``size`` is the text's bytes."""
        peak = self._largest if self._children else self._peak
        return {
            "seconds": round(self._seconds, 3),
            "cpu_seconds": round(self._used, 3),
            "mb_per_second": round(size / 1e6 / self._seconds, 3),
            "before_bytes": 0 if self._children else self._before,
            "peak_bytes": peak,
            "peak_per_byte": round(peak / size, 3),
            "added_per_byte": round((peak - (0 if self._children else self._before)) / size, 3),
        }

    def _watch(self) -> None:
        own = psutil.Process(os.getpid())
        while not self._stop.wait(EVERY):
            total = 0
            for child in own.children(recursive=True):
                # It may end at any time, and then has no memory.
                try:
                    total += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._largest = max(self._largest, total)


def status(field: str) -> int:
    """A field of Linux's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024


def _processor_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)
