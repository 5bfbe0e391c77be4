"""What was asked for, what was measured, and whether that is enough; nothing here is typed."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from bench.ngram.figures import Figures, Run, built_seconds, count_us, ratio, size
from bench.ngram.samples import DELETED

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 16
MODES = ("fast", "compact")
RIVALS = ("fm-index", "infini-gram")
SIZES = {"compact": 0.85, "fast": 1.6}
BUILDS = {"fm-index": 6.0, "infini-gram": 5.0}


def targets(figures: Figures) -> list[dict[str, Any]]:
    """A row for each: what, the bound, the figure, and ``met`` (null when not measured)."""
    rows = []
    for mode in MODES:
        ours = figures.run("ours", mode)
        rows += [*_build(figures, ours, mode), *_count(figures, ours, mode), *_rest(ours, mode)]
    rows += [*_decoding(figures.run("ours-tokens", "fast")), *_growth(figures)]
    return rows


def row(
    what: str,
    mode: str,
    bound: tuple[str, float],
    found: float | None,
    unit: str,
    *,
    processor: float | None = None,
) -> dict[str, Any]:
    """One target; the comparison is made with the figure as it is shown.

    Args:
        what: The quantity.
        mode: Of our index.
        bound: ``>=`` or ``<=``, and what was asked for.
        found: By the clock.
        unit: Of both.
        processor: The same by processor time, which other work on the machine bears on less.
    """
    sense, limit = bound
    shown = None if found is None else round(found, 3)
    met = None if shown is None else (shown >= limit if sense == ">=" else shown <= limit)
    facts = {"what": what, "mode": mode, "sense": sense, "bound": limit}
    beside = {} if processor is None else {"processor": round(processor, 3)}
    return {**facts, "measured": shown, "unit": unit, "met": met, **beside}


def _build(figures: Figures, ours: Run, mode: str) -> Iterator[dict[str, Any]]:
    took, used = built_seconds(ours), ours.get("build", {}).get("cpu_seconds")
    for name, bound in BUILDS.items():
        rival = figures.run(name)
        found = ratio(built_seconds(rival), took)
        processor = ratio(rival.get("build", {}).get("cpu_seconds"), used)
        what = f"build, times as fast as {name}"
        yield row(what, mode, (">=", bound), found, "x", processor=processor)
    alone = figures.run("pydivsufsort").get("build", {})
    found, processor = ratio(took, alone.get("seconds")), ratio(used, alone.get("cpu_seconds"))
    what = "build, times pydivsufsort's suffix array alone"
    yield row(what, mode, ("<=", 1.5), found, "x", processor=processor)
    unit, build = "bytes a byte", ours.get("build", {})
    yield row(
        "build, peak memory of the process", mode, ("<=", 8.0), build.get("peak_per_byte"), unit
    )
    peak = build.get("peak_bytes", 0) - ours.get("python_bytes", 0)
    found = ratio(peak, size(ours)) if peak > 0 else None
    yield row("the same without Python and its modules", mode, ("<=", 8.0), found, unit)


def _count(figures: Figures, ours: Run, mode: str) -> Iterator[dict[str, Any]]:
    for deleted in DELETED:
        for name in RIVALS:
            found, processor = (
                ratio(
                    count_us(figures.run(name), LENGTH, "one by one", clock=clock),
                    count_us(ours, LENGTH, "batch", deleted, clock=clock),
                )
                for clock in ("us", "cpu_us")
            )
            what = f"count, batch, {deleted} % deleted, times as fast as {name}"
            yield row(what, mode, (">=", 30.0), found, "x", processor=processor)
    alone, processor = (
        count_us(ours, LENGTH, "one by one", clock=clock) for clock in ("us", "cpu_us")
    )
    what = "count, one by one from Python"
    yield row(what, mode, ("<=", 6.0), alone, "us", processor=processor)


def _rest(ours: Run, mode: str) -> Iterator[dict[str, Any]]:
    per_byte = ours.get("disk_per_byte")
    yield row("size on disk", mode, ("<=", SIZES[mode]), per_byte, "bytes a byte")
    found = ours.get("locate", {})
    processor = found.get("cpu_us")
    what, unit = "locate, batched", "us an occurrence"
    yield row(what, mode, ("<=", 1.0), found.get("us"), unit, processor=processor)


def _decoding(tokens: Run) -> Iterator[dict[str, Any]]:
    steps = tokens.get("steps", {}).get("0", {}).get("decoding", {})
    beams, alone = steps.get("beams", {}), steps.get("alone", {})
    for what, part, name, bound in (
        ("15 beams, mean a beam", beams, "mean", 10.0),
        ("15 beams, p99 a beam", beams, "p99", 300.0),
        ("one beam a call, p99", alone, "p99", 300.0),
    ):
        processor = part.get("processor", {}).get(name)
        found = part.get(name)
        what = f"decoding step, {what}"
        yield row(what, "tokens", ("<=", bound), found, "us", processor=processor)


def _growth(figures: Figures) -> Iterator[dict[str, Any]]:
    for mode in MODES:
        runs = figures.sizes("ours", mode)
        for way in ("batch", "one by one"):
            found, processor = _over_log(runs, way, "us"), _over_log(runs, way, "cpu_us")
            what = f"growth of a count, {way}, over that of the text's log"
            yield row(what, mode, ("<=", 1.0), found, "x", processor=processor)


def _over_log(runs: list[Run], way: str, clock: str) -> float | None:
    """How much faster than the log the time grew from the smallest text to the largest."""
    times = [(size(run), count_us(run, LENGTH, way, clock=clock)) for run in runs]
    known = [(n, took) for n, took in times if took is not None]
    if len(known) < 2:
        return None
    (small, first), (large, last) = known[0], known[-1]
    return (last / first) / (log(large) / log(small))
