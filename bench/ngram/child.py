"""One system measured in a process of its own: ``python -m bench.ngram.child TASK.json``.

Every figure is written to the result file as soon as it is known, so that a run that is cut off
leaves what it had.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.ngram.samples import LENGTHS

FULL = 1000  # queries of a run that is no rehearsal


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure.

    Attributes:
        system: A peer's package, ``ours``, ``ours-tokens``, ``infini-gram-tokens``, ``limits``
            or ``gigabyte``.
        mode: ``fast`` or ``compact``, for ours.
        text: A prepared text's folder.
        work: An empty folder for the index.
        threads: Cores that the process may use.
        queries: Patterns of each length.
        lengths: Of patterns.
        growth: Whether only what the growth plot shows is measured.
    """

    system: str
    text: str
    work: str
    mode: str = ""
    threads: int = 1
    queries: int = 2000
    lengths: tuple[int, ...] = LENGTHS
    growth: bool = False

    @property
    def name(self) -> str:
        """One for each run."""
        parts = [self.system, self.mode, Path(self.text).name, f"{self.threads}t"]
        return "-".join(part for part in parts if part)


@dataclass(slots=True)
class Record:
    """The figures so far, in a file."""

    path: Path
    figures: dict[str, Any] = field(default_factory=dict)

    def __setitem__(self, name: str, value: Any) -> None:
        self.figures[name] = value
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.figures), encoding="utf-8")
        part.replace(self.path)


def measure(task: Task, record: Record) -> None:
    """Run the task's measurement in this process."""
    # The last cores: the first take the interrupts.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-task.threads :])
    if task.system == "limits":
        from bench.ngram.limits import MIB, measure_limits

        measure_limits(record, MIB if task.queries >= FULL else MIB[:1])
    elif task.system in ("ours", "ours-tokens"):
        from bench.ngram.ours import measure_ours

        measure_ours(task, record)
    elif task.system == "infini-gram-tokens":
        from bench.ngram.token_peer import measure_token_peer

        measure_token_peer(task, record)
    else:
        from bench.ngram.beside import measure_peer

        measure_peer(task, record)
    record["complete"] = True


def main(arguments: list[str]) -> None:
    """Read the task and measure."""
    written = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    written["lengths"] = tuple(written["lengths"])
    measure(Task(**written), Record(Path(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
