"""The memory of another process, once a second, from Linux's own account of it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

FIELDS = ("VmHWM", "RssAnon", "RssFile")


class Sampler:
    """Samples a process until it ends.

    Anonymous memory is what the process holds; file-backed memory is page cache that the system
    takes back when it needs it, and grows with every mapped segment.

    Args:
        process: Its id.
        every: Seconds between samples.
    """

    def __init__(self, process: int, *, every: float = 1.0) -> None:
        self._status = Path(f"/proc/{process}/status")
        self._every = every
        self._samples: list[tuple[float, dict[str, float]]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def peak_mib(self) -> float:
        """Largest resident set, mapped files included."""
        return round(max(sample["VmHWM"] for _, sample in self._samples), 1)

    def second_half_growth_mib(self) -> float:
        """By how much the peak of anonymous memory grew after half of the time."""
        anonymous = [sample["RssAnon"] for _, sample in self._samples]
        half = max(1, len(anonymous) // 2)
        return round(max(anonymous[half:], default=0.0) - max(anonymous[:half]), 1)

    def curve(self) -> list[list[float]]:
        """``[seconds, anonymous MiB, file-backed MiB]``, one row a sample."""
        return [
            [round(seconds, 2), round(sample["RssAnon"], 1), round(sample["RssFile"], 1)]
            for seconds, sample in self._samples
        ]

    def _run(self) -> None:
        began = time.perf_counter()
        while True:
            sample = self._sample()
            # A process that has ended has no memory, though its entry is still there.
            if sample.keys() >= set(FIELDS):
                self._samples.append((time.perf_counter() - began, sample))
            if self._stop.wait(self._every):
                return

    def _sample(self) -> dict[str, float]:
        try:
            lines = self._status.read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return {}
        pairs = (line.split(":", 1) for line in lines if ":" in line)
        return {name: int(value.split()[0]) / 1024 for name, value in pairs if name in FIELDS}
