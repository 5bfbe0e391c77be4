"""Steps of constrained decoding: which symbols can follow each beam, and the beams one longer."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ngram.following import CHECKED_CONTEXT, CONTEXTS, EXACT, next_digest
from bench.ngram.timing import percentiles, timed
from mnemic.indexes.ngram import SymbolBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex, Ranges

BEAMS = 15
FIRST = 2  # symbols of a context at the first measured step
BATCHED = 1500


def batch(rows: NDArray[Any], vocabulary: int) -> SymbolBatch:
    """Contexts of one length."""
    offsets = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    return SymbolBatch(np.ascontiguousarray(rows).reshape(-1), offsets, vocabulary)


def decoding(index: NgramIndex, drawn: NDArray[Any], vocabulary: int) -> dict[str, Any]:
    """Microseconds a beam of steps from two symbols on: masks, then one symbol more.

    ``beams`` has 15 beams a call, each step's time shared among them; ``alone`` one beam a call.
    Each also by processor time: a step is so short that another process in between is a thousand
    steps.
    """
    found: dict[str, Any] = {"step": "masks + extend", "contexts": [FIRST, drawn.shape[1] - 1]}
    for name, width, rows in (("beams", BEAMS, len(drawn)), ("alone", 1, len(drawn) // 5)):
        times = [
            took
            for begin in range(0, rows - width + 1, width)
            for took in generation(index, drawn[begin : begin + width], vocabulary)
        ]
        walls, processors = (np.array(side) / width for side in zip(*times, strict=True))
        shared = {"width": width, "steps": len(times), "processor": percentiles(processors)}
        found[name] = percentiles(walls) | shared
    return found


def generation(index: NgramIndex, rows: NDArray[Any], vocabulary: int) -> list[tuple[int, int]]:
    """Nanoseconds of each step, by clock and by processor, for beams that spell their rows."""
    ranges = index.ranges(batch(rows[:, :FIRST], vocabulary))
    parents, times = np.arange(len(rows)), []
    for place in range(FIRST, rows.shape[1]):
        symbols = np.ascontiguousarray(rows[:, place])
        used, began = time.process_time_ns(), time.perf_counter_ns()
        mask = index.masks(ranges)
        ranges = index.extend(ranges, symbols, parents)
        wall = time.perf_counter_ns() - began
        times.append((wall, time.process_time_ns() - used))
        if not mask[parents, symbols].all():
            raise RuntimeError("a mask forbids a symbol that follows in the text")
    return times


def states(index: NgramIndex, drawn: NDArray[Any], vocabulary: int) -> list[dict[str, Any]]:
    """Microseconds a state by length of the context: 15 in a call, and 1,500 for ``extend``."""
    found = []
    for length in CONTEXTS:
        many = index.ranges(batch(drawn[:BATCHED, :length], vocabulary))
        symbols = np.ascontiguousarray(drawn[:BATCHED, length])
        groups = [
            index.ranges(batch(drawn[begin : begin + BEAMS, :length], vocabulary))
            for begin in range(0, min(len(drawn), 450) - BEAMS + 1, BEAMS)
        ]
        found.append(
            {
                "context": length,
                "extend": timed(partial(index.extend, many, symbols), len(symbols)),
                "masks": _over(index.masks, groups),
                "next_symbols": _over(index.next_symbols, groups),
            }
        )
    return found


def _over(call: Any, groups: list[Ranges]) -> dict[str, Any]:
    def run() -> None:
        for ranges in groups:
            call(ranges)

    return timed(run, len(groups) * BEAMS, rounds=3)


def next_checks(index: NgramIndex, drawn: NDArray[Any], vocabulary: int) -> list[str]:
    """Checksums of what follows contexts and how often; empty where a peer would sample."""
    contexts = drawn[:100, :CHECKED_CONTEXT]
    ranges = index.ranges(batch(contexts, vocabulary))
    totals, following = index.totals(ranges), index.next_symbols(ranges)
    bounds, found = following.offsets, []
    for place, total in enumerate(totals.tolist()):
        part = slice(bounds[place], bounds[place + 1])
        pairs = zip(following.symbols[part].tolist(), following.counts[part].tolist(), strict=True)
        found.append(next_digest(dict(pairs)) if total <= EXACT else "")
    return found
