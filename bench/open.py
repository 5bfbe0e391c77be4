"""Opening a collection in a new process and answering the first query.

``python -m bench.open [--out FOLDER]``, after ``bench.ingest``, whose collection it opens. Each run
is a new process that imports mnemic first; the clock runs from ``mnemic.open`` to the ranking.
``warm`` has the files in the page cache, ``cold`` has dropped them (root only). What ``import
mnemic`` leaves for later is imported while the clock runs; ``warm, modules loaded`` shows the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from scripts.machine import ROOT, machine

STORE = ROOT / "build" / "bench" / "store"
DROP = Path("/proc/sys/vm/drop_caches")
QUERY = "which river flows through the largest city of the country"
CHILD = """
import sys, time, mnemic
store, name, query, eager = sys.argv[1:]
if eager == "eager":
    import mnemic.catalogue, mnemic.retrieval.collections, mnemic.sdk, sqlalchemy.dialects.sqlite
began = time.perf_counter()
database = mnemic.open(store, create=False)
collection = database.collection(name)
opened = time.perf_counter()
ranking = collection.search(query, k=10)
ended = time.perf_counter()
assert len(ranking) == 10, ranking
print((ended - began) * 1000, (opened - began) * 1000)
"""


def first_query(store: Path, *, query: str = QUERY, eager: bool) -> tuple[float, float]:
    """Milliseconds to the ranking and to the open collection, in a new process."""
    command = [sys.executable, "-c", CHILD, str(store), "passages", query]
    command.append("eager" if eager else "lazy")
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    total, opened = map(float, result.stdout.split())
    return total, opened


def figure(store: Path, runs: int, *, eager: bool = False, cold: bool = False) -> dict[str, Any]:
    """Several runs and their summary."""
    times = []
    for _ in range(runs):
        if cold:
            os.sync()
            DROP.write_text("3")
        times.append(first_query(store, eager=eager))
    totals, opened = zip(*times, strict=True)
    return {
        "median_ms": round(median(totals), 1),
        "max_ms": round(max(totals), 1),
        "median_open_ms": round(median(opened), 1),
        "runs_ms": [round(total, 1) for total in totals],
    }


def can_drop() -> bool:
    """Whether this process may empty the page cache."""
    try:
        DROP.write_text("1")
    except OSError:
        return False
    return True


def main(arguments: list[str]) -> None:
    """Measure, write ``open.json``, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--store", type=Path, default=STORE)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    if not given.store.exists():
        parser.error(f"{given.store} does not exist: run python -m bench.ingest first")
    first_query(given.store, eager=False)
    figures = {
        "warm": figure(given.store, given.runs),
        "warm, modules loaded": figure(given.store, given.runs, eager=True),
    }
    if can_drop():
        figures["cold"] = figure(given.store, given.runs, cold=True)
    results = {"machine": machine(), "query": QUERY, "figures": figures}
    results["not_measured"] = [] if "cold" in figures else ["cold: may not drop the page cache"]
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "open.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
