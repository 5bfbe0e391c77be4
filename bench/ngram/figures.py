"""Figures looked up in the runs of a results file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Run = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """All runs of one bench.

    Attributes:
        runs: As the children left them.
        main: Digest of the text at which everything was measured.
    """

    runs: Sequence[Run]
    main: str

    def run(self, system: str, mode: str = "", *, threads: int = 1) -> Run:
        """A run over the main text; empty when there is none."""
        for run in self.runs:
            task = run["task"]
            place = (task["system"], task["mode"], task["threads"], task["facts"]["digest"])
            if place == (system, mode, threads, self.main):
                return run
        return {}

    def sizes(self, system: str, mode: str = "") -> list[Run]:
        """The one-thread runs of a system by size of the text."""
        found = [
            run
            for run in self.runs
            if (run["task"]["system"], run["task"]["mode"]) == (system, mode)
            and run["task"]["threads"] == 1
        ]
        return sorted(found, key=lambda run: int(run["task"]["facts"]["bytes"]))


def count_us(
    run: Run, length: int, way: str, deleted: int = 0, *, clock: str = "us"
) -> float | None:
    """Microseconds a pattern; by processor time with the clock ``cpu_us``."""
    for row in run.get("count", []):
        if (row["length"], row["way"], row["deleted"]) == (length, way, deleted):
            return float(row[clock])
    return None


def built_seconds(run: Run) -> float | None:
    """Seconds until the index is on disk."""
    if "build" not in run or ("failed" in run and "disk_bytes" not in run):
        return None
    return float(run["build"]["seconds"]) + float(run.get("save_seconds", 0.0))


def size(run: Run) -> int:
    """Bytes of the text that a run indexed."""
    return int(run["task"]["facts"]["bytes"])


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient, where both are known."""
    return None if above is None or not below else above / below
