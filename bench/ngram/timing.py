"""Seconds of the clock and of the processor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROUNDS = 5


def timed(call: Callable[[], object], units: int, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Microseconds a unit: the best of the rounds, after one that is not counted.

    The best is what disturbances by whatever else the machine does change least.

    Args:
        call: What is measured; it does all units.
        units: Queries, occurrences or states of one call.
        rounds: How often.
    """
    call()
    walls, processors = [], []
    for _ in range(rounds):
        processor, wall = time.process_time(), time.perf_counter()
        call()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    scale = 1e6 / max(1, units)
    return {
        "us": round(min(walls) * scale, 4),
        "cpu_us": round(min(processors) * scale, 4),
        "units": units,
        "rounds": rounds,
    }


def each(calls: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Percentiles of single calls in microseconds, the clock's own cost included."""
    took = []
    for call in calls:
        began = time.perf_counter_ns()
        call()
        took.append(time.perf_counter_ns() - began)
    return percentiles(took)


def percentiles(nanoseconds: Iterable[float]) -> dict[str, float]:
    """Mean, median, 99th percentile and maximum, in microseconds."""
    values = np.fromiter(nanoseconds, np.float64) / 1000
    middle, high = np.percentile(values, (50, 99))
    found = {"mean": values.mean(), "p50": middle, "p99": high, "max": values.max()}
    return {name: round(float(value), 3) for name, value in found.items()}
