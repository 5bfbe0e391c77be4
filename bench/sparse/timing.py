"""Times of whole passes over the questions, repeated as often as there is time for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.ngram.timing import each, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROUNDS = 5
SECONDS = 12.0


def paced(call: Callable[[], object], questions: int) -> dict[str, Any]:
    """Microseconds a question: the best of two to five passes, after two that are not counted."""
    began = time.perf_counter()
    call()
    took = time.perf_counter() - began
    rounds = max(2, min(ROUNDS, int(SECONDS / max(took, 1e-9))))
    found = timed(call, questions, rounds=rounds)
    return found | {"per_second": round(1e6 / found["us"], 1)}


def singles(calls: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Median and 99th percentile of calls one by one, in microseconds."""
    found = each(calls)
    return {name: found[name] for name in ("mean", "p50", "p99")}
