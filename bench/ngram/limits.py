"""What the machine's memory allows: the floor under every query, measured in the same run."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.ngram.child import Record

MIB = (8, 64, 256)
LINE = 8  # 64-bit words of a cache line
STEPS = 2_000_000
COPIED = 2**27


def measure_limits(record: Record, sizes: tuple[int, ...] = MIB) -> None:
    """Latency of a load that waits for the one before, and of loads that need not wait."""
    import numba

    chase: Callable[..., int] = numba.njit(nogil=True)(_chase)
    gather: Callable[..., int] = numba.njit(nogil=True)(_gather)
    rows = []
    for mib in sizes:
        cycle = ring(mib * 2**20 // 64)
        places = np.random.default_rng(1).integers(0, mib * 2**20 // 64, STEPS) * LINE
        dependent = fastest(partial(chase, cycle, STEPS), STEPS)
        free = fastest(partial(gather, cycle, places), STEPS)
        rows.append({"mib": mib, "dependent_ns": dependent, "independent_ns": free})
    record["random"] = rows
    record["copy_gb_per_second"] = copying(1)


def ring(lines: int) -> NDArray[np.int64]:
    """One cycle through all cache lines in random order: word ``8 * i`` has the next place."""
    order = np.random.default_rng(0).permutation(lines) * LINE
    places = np.zeros(lines * LINE, np.int64)
    places[order] = np.roll(order, -1)
    return places


def _chase(places: NDArray[np.int64], steps: int) -> int:
    place = 0
    for _ in range(steps):
        place = places[place]
    return int(place)


def _gather(words: NDArray[np.int64], places: NDArray[np.int64]) -> int:
    total = 0
    for place in places:
        total += words[place]
    return total


def fastest(call: Callable[[], object], units: int) -> float:
    """Nanoseconds a unit, the best of five: a limit is what the machine can do."""
    call()
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return round(min(seconds) * 1e9 / units, 2)


def copying(threads: int) -> float:
    """Bytes read and written a second by plain copies, in GB."""
    blocks: list[Any] = [(np.ones(COPIED // 8), np.empty(COPIED // 8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        nanoseconds = fastest(lambda: list(pool.map(lambda b: np.copyto(b[1], b[0]), blocks)), 1)
    return round(threads * 2 * COPIED / nanoseconds, 2)
