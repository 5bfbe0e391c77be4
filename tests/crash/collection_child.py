"""A writer that works until it is killed, and says on stdout what was acknowledged.

Run as: python collection_child.py FOLDER SEED [POINT HITS]. Each acknowledged operation is one
line ``add NAME``, ``delete NAME``, written only after the call has returned; ``adding NAME`` and
``deleting NAME`` come before the call.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, housekeeping, merging
from mnemic.retrieval.collections import writer as writing
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable


def kill_at(point: str, hits: int) -> None:
    left = hits

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.install(point, count_down)


def acknowledge(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def work(folder: Path, seed: int) -> None:
    source = random.Random(seed)
    writing.FLUSH_DOCUMENTS = 20
    merging.FAN_IN = 2
    housekeeping.BUSY_EXCESS = 1
    workspace = Workspace.open(folder, settings=Settings(lock_wait=10.0))
    if "papers" not in workspace.names():
        workspace.create("papers")
    papers = workspace.collection("papers")
    mine: list[str] = [document.id for document in papers.documents()]
    acknowledge("ready")
    for step in range(1_000):
        choice = source.random()
        if choice < 0.7 or not mine:
            batch = [f"{seed}-{step}-{i}" for i in range(source.randint(1, 9))]
            for name in batch:
                acknowledge(f"adding {name}")
            papers.add([Document(id=name, text=f"common word{name}") for name in batch])
            mine.extend(batch)
            for name in batch:
                acknowledge(f"add {name}")
        elif choice < 0.76:
            name = source.choice(mine)
            papers.upsert([Document(id=name, text=f"common word{name} again{step}")])
        elif choice < 0.9:
            name = mine.pop(source.randrange(len(mine)))
            acknowledge(f"deleting {name}")
            (papers.erase if choice > 0.88 else papers.delete)([name])
            acknowledge(f"delete {name}")
        else:
            work: list[Callable[[], object]] = [
                papers.flush,
                papers.flush,
                papers.settle,
                papers.compact,
                papers.rebuild,
            ]
            source.choice(work)()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        kill_at(sys.argv[3], int(sys.argv[4]))
    work(Path(sys.argv[1]), int(sys.argv[2]))
