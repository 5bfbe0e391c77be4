"""Our times in units of what the memory allows."""

from __future__ import annotations

from typing import Any

from bench.ngram.figures import Figures, count_us

LENGTHS = (4, 8, 16, 32, 64)
MODES = ("fast", "compact")


def against_limits(figures: Figures) -> list[dict[str, Any]]:
    """Random loads that a symbol of a pattern, or an occurrence, costs as much as.

    A step of one query must wait for the one before: at best one load that waits. Steps of many
    queries need not wait for each other: at best the load of each cache line that they touch.
    """
    limits = figures.run("limits").get("random", [])
    if not limits:
        return []
    waits, free = limits[-1]["dependent_ns"], limits[-1]["independent_ns"]
    rows = []
    for mode in MODES:
        ours = figures.run("ours", mode)
        for way, unit, name in (("one by one", waits, "waits"), ("batch", free, "free")):
            for length in LENGTHS:
                took = count_us(ours, length, way)
                if took is not None:
                    nanoseconds = took * 1000 / length
                    rows.append(
                        _row(f"count, {length} bytes, {way}", mode, nanoseconds, unit, name)
                    )
        if "locate" in ours:
            nanoseconds = ours["locate"]["us"] * 1000
            rows.append(_row("locate, batch, an occurrence", mode, nanoseconds, free, "free"))
    return rows


def _row(what: str, mode: str, nanoseconds: float, unit: float, limit: str) -> dict[str, Any]:
    found = {"what": what, "mode": mode, "ns": round(nanoseconds, 1), "limit": limit}
    return {**found, "limit_ns": unit, "loads": round(nanoseconds / unit, 2)}
