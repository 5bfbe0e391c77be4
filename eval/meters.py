"""What did it cost? Seconds, calls and peak memory per stage, and latency per query."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run.

    Attributes:
        name: What was done, e.g. ``search``.
        seconds: Wall time, summed over calls.
        calls: How often it was entered.
        peak_rss_bytes: The process's largest resident set while in it; where the kernel cannot
            reset its high-water mark, the largest since the process began. Mapped index files
            count while they are in memory.
    """

    name: str
    seconds: float
    calls: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds per query, asked one at a time on a warm index.

    Attributes:
        p50: Median.
        p95: 95th percentile (linear interpolation).
        p99: 99th percentile.
        values: Every measured query, in the order of asking.
        of: How many queries there were; ``sampled`` when not all were timed.
    """

    p50: float
    p95: float
    p99: float
    values: tuple[float, ...]
    of: int

    @property
    def sampled(self) -> bool:
        """Whether the figures stand on a sample of the queries."""
        return len(self.values) < self.of

    @classmethod
    def from_values(cls, values: Sequence[float], *, of: int) -> Latency:
        """Percentiles of measured milliseconds, at least one."""
        p50, p95, p99 = (float(value) for value in np.percentile(values, [50, 95, 99]))
        return cls(p50, p95, p99, tuple(values), of)


class Meter:
    """Collects stages; a stage may be entered many times, but not inside another."""

    def __init__(self) -> None:
        self._stages: dict[str, Stage] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Charge what happens inside to ``name``."""
        _reset_peak()
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        before = self._stages.get(name, Stage(name, 0.0, 0, 0))
        peak = max(before.peak_rss_bytes, peak_rss_bytes())
        self._stages[name] = Stage(name, before.seconds + seconds, before.calls + 1, peak)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What was collected, in the order of first entry."""
        return tuple(self._stages.values())


def peak_rss_bytes() -> int:
    """The process's resident high-water mark, from /proc where there is one."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    # Linux counts kibibytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _reset_peak() -> None:
    try:
        _CLEAR_REFS.write_text("5")
    except OSError:
        # Not Linux, or /proc is read-only: the mark then covers the whole process, as documented.
        return


def time_each(
    ask: Callable[[int], object], count: int, *, most: int = 200, seconds: float = 30.0
) -> Latency:
    """Call ``ask(i)`` one at a time for up to ``most`` of ``count`` queries.

    All are timed when there are at most ``most``; otherwise a seeded sample. One untimed call
    comes first. After ``seconds`` no further call is made once 10 are measured.

    Args:
        ask: Answers query ``i``.
        count: How many queries there are, at least one.
        most: Size of the sample.
        seconds: Budget.
    """
    order = np.random.default_rng(0).permutation(count)[:most]
    ask(int(order[0]))
    values: list[float] = []
    began = time.perf_counter()
    for index in order:
        start = time.perf_counter()
        ask(int(index))
        end = time.perf_counter()
        values.append((end - start) * 1e3)
        if end - began > seconds and len(values) >= _FEWEST:
            break
    return Latency.from_values(values, of=count)
