"""Times of whole passes over the questions, repeated as often as there is time for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.ngram.timing import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROUNDS = (2, 5)
SECONDS = 8.0
# Passes of milliseconds are repeated for a second: a processor takes longer than five to settle.
SHORT_ROUNDS = 100


def paced(call: Callable[[], object], questions: int) -> dict[str, Any]:
    """Microseconds a question: the best of 2 to 100 passes, after one that is not counted."""
    seconds = max(once(call)[0], 1e-9)
    rounds = min(max(ROUNDS[0], int(SECONDS / seconds)), ROUNDS[1])
    rounds = max(rounds, min(SHORT_ROUNDS, int(1 / seconds)))
    passes = [once(call) for _ in range(rounds)]
    wall, processor = (min(times) * 1e6 / questions for times in zip(*passes, strict=True))
    return {
        "us": round(wall, 4),
        "cpu_us": round(processor, 4),
        "per_second": round(1e6 / wall, 1),
        "questions": questions,
        "rounds": rounds,
    }


def once(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    processor, wall = time.process_time(), time.perf_counter()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def singles(calls: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Median and 99th percentile of calls one by one, in microseconds."""
    found = each(calls)
    return {name: found[name] for name in ("mean", "p50", "p99")}
