"""Figures looked up in the runs of a results file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Run = dict[str, Any]
MERGED = "one segment"


@dataclass(frozen=True, slots=True)
class Figures:
    """All runs of one bench.

    Attributes:
        runs: As the children left them.
        main: Digest of the main corpus.
        small: Digest of the other real one, or nothing.
    """

    runs: Sequence[Run]
    main: str
    small: str

    def run(self, what: str, system: str = "", mode: str = "", *, threads: int = 1) -> Run:
        """A run over the main corpus, or over vectors; empty when there is none."""
        return self.at(self.main, what, system, mode, threads=threads)

    def at(
        self, digest: str, what: str, system: str = "", mode: str = "", *, threads: int = 1
    ) -> Run:
        """The same over another corpus."""
        wanted = (what, system, mode, threads)
        for run in self.runs:
            task = run["task"]
            found = (task["what"], task["system"], task["mode"], task["threads"])
            if found == wanted and (what == "learned" or task["facts"]["digest"] == digest):
                return run
        return {}

    def sizes(self, system: str, mode: str = "") -> list[Run]:
        """One-thread searches of a system by number of documents, the other corpus left out."""
        found = [
            run
            for run in self.runs
            if (run["task"]["what"], run["task"]["system"], run["task"]["mode"])
            == ("search", system, mode)
            and run["task"]["threads"] == 1
            and run["task"]["facts"]["digest"] != self.small
        ]
        return sorted(found, key=documents)


def search_row(run: Run, k: int) -> dict[str, Any]:
    """A search in its fastest way, ours over one segment; empty when there is none."""
    rows = [row for row in run.get("search", []) if row["k"] == k]
    if run and run["task"]["system"] == "ours" and run["task"]["what"] == "search":
        rows = [row for row in rows if row["way"] == MERGED]
    return min(rows, key=lambda row: float(row["us"]), default={})


def took(run: Run, k: int, *, clock: str = "us") -> float | None:
    """Microseconds a question."""
    found = search_row(run, k).get(clock)
    return None if found is None else float(found)


def documents(run: Run) -> int:
    """How many the corpus has."""
    return int(run["task"]["facts"]["documents"])


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient, where both are known."""
    return None if above is None or not below else above / below
