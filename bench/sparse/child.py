"""One system measured in a process of its own: ``python -m bench.sparse.child TASK FIGURES``.

Every figure is written to the result file as soon as it is known, so that a run that is cut off
leaves what it had.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.ngram.child import Record

DEPTHS = (10, 100)


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure.

    Attributes:
        what: ``search``, ``churn``, ``ingest``, ``learned``, ``limits`` or ``oracle``.
        system: ``ours``, ``collection`` or a peer; empty where there is none.
        place: A prepared folder: a corpus, or vectors for ``learned``.
        work: An empty folder.
        mode: Of a peer, where it has several.
        threads: Cores that the process may use.
        questions: How many are asked.
        depths: Hits of each.
        full: Whether this is more than one point of the growth plot.
    """

    what: str
    system: str
    place: str
    work: str
    mode: str = ""
    threads: int = 1
    questions: int = 1000
    depths: tuple[int, ...] = DEPTHS
    full: bool = False

    @property
    def name(self) -> str:
        """One for each run."""
        parts = [self.what, self.system, self.mode, Path(self.place).name, f"{self.threads}t"]
        return "-".join(part for part in parts if part)


def measure(task: Task, record: Record) -> None:
    """Run the task's measurement in this process."""
    # The last cores: the first take the interrupts.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-task.threads :])
    if task.what == "limits":
        from bench.ngram.limits import copying

        record["copy_gb_per_second"] = copying(1)
    elif task.what == "oracle":
        from bench.sparse.oracle import measure_oracle

        measure_oracle(task, record)
    elif task.what == "ingest":
        from bench.sparse.ingest import measure_ingest

        measure_ingest(task, record)
    elif task.what == "learned":
        from bench.sparse.learned import measure_learned

        measure_learned(task, record)
    else:
        _measure_bm25(task, record)
    record["complete"] = True


def _measure_bm25(task: Task, record: Record) -> None:
    if task.what == "churn":
        from bench.sparse.churn import measure_churn

        measure_churn(task, record)
    elif task.system == "ours":
        from bench.sparse.ours import measure_ours

        measure_ours(task, record)
    else:
        from bench.sparse.beside import measure_peer

        measure_peer(task, record)


def main(arguments: list[str]) -> None:
    """Read the task and measure."""
    written = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    written["depths"] = tuple(written["depths"])
    measure(Task(**written), Record(Path(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
