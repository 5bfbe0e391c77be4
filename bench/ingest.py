"""Passages a second into a durable collection, and whether memory stays bounded.

``python -m bench.ingest [--limit N] [--out FOLDER]``. A child process fills the collection through
the SDK in the batches of ``mnemic add``, closes it, and then makes the merges that closing has left
to the next writer (counted apart: ``settled_seconds``), while this one samples the child's memory
once a second. The physical limit is measured after it on the same disk: the same batches as bare
rows of a SQLite table, each batch committed with ``synchronous=FULL``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.machine import machine

from bench.corpus import COLLECTION, ROOT, SETS, STORE, batches, documents, folders
from bench.memory import Sampler
from bench.plots import ingest_plot
from mnemic.sdk.loading import BATCH_DOCUMENTS

BATCH = BATCH_DOCUMENTS


def fill(store: Path, places: list[Path], limit: int | None) -> None:
    """The child: add everything, close, make the merges that are left; how long each took."""
    import mnemic

    began = time.perf_counter()
    count = size = 0
    with mnemic.open(store) as database:
        collection = database.collection(COLLECTION, create=True, encoder=None)
        for batch in batches(documents(places, limit), BATCH):
            collection.add(batch, on_duplicate="replace")
            count += len(batch)
            size += sum(len(item.text.encode()) + len(item.title.encode()) for item in batch)
            print(json.dumps([time.perf_counter() - began, count]), flush=True)
        acknowledged = time.perf_counter() - began
    closed = time.perf_counter() - began
    with mnemic.open(store) as database:
        collection = database.collection(COLLECTION)
        left = collection.stats().segments
        collection.settle()
        segments = collection.stats().segments
    settled = time.perf_counter() - began - closed
    end = {"seconds": acknowledged, "closed": closed, "settled": settled, "text_bytes": size}
    print(json.dumps({**end, "segments": [left, segments]}), flush=True)


def measure(store: Path, names: list[str], limit: int | None) -> dict[str, Any]:
    """Run the child under observation; the ``ingest`` results without the limit."""
    shutil.rmtree(store, ignore_errors=True)
    command = [sys.executable, "-m", "bench.ingest", "--fill", str(store), "--sets", *names]
    command += [] if limit is None else ["--limit", str(limit)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        with Sampler(child.pid) as memory:
            lines = [json.loads(line) for line in child.stdout]
    if child.returncode:
        raise RuntimeError(f"the child failed with {child.returncode}")
    *progress, end = lines
    count = progress[-1][1]
    return {
        "corpus": " + ".join(names),
        "passages": count,
        "batch": BATCH,
        "seconds": round(end["closed"], 2),
        "passages_per_second": round(count / end["closed"], 1),
        "acknowledged_seconds": round(end["seconds"], 2),
        "settled_seconds": round(end["settled"], 2),
        "segments_closed": end["segments"][0],
        "segments_settled": end["segments"][1],
        "peak_rss_mib": memory.peak_mib(),
        "second_half_growth_mib": memory.second_half_growth_mib(),
        "text_bytes": end["text_bytes"],
        "disk_bytes": (disk := bytes_below(store)),
        "disk_per_text_byte": round(disk / end["text_bytes"], 3),
        "progress": [[round(seconds, 2), done] for seconds, done in progress],
        "memory": memory.curve(),
    }


def limit_per_second(folder: Path, places: list[Path], limit: int | None) -> float:
    """Rows a second of bare SQLite: the same texts, the same batches, each commit on the disk."""
    path = folder / "limit.sqlite"
    path.unlink(missing_ok=True)
    seconds, count = 0.0, 0
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE rows (key INTEGER PRIMARY KEY, id TEXT, title BLOB, text BLOB)"
    )
    for batch in batches(documents(places, limit), BATCH):
        rows = [(item.id, item.title.encode(), item.text.encode()) for item in batch]
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows (id, title, text) VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        seconds += time.perf_counter() - began
        count += len(rows)
    connection.close()
    for file in folder.glob("limit.sqlite*"):
        file.unlink()
    return round(count / seconds, 1)


def bytes_below(folder: Path) -> int:
    """Size of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> None:
    """Measure, write ``ingest.json`` and its plot, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, help="passages; all by default")
    parser.add_argument("--sets", nargs="+", default=list(SETS), help="data sets")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    parser.add_argument("--store", type=Path, default=STORE)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    places = folders(given.sets)
    if given.fill:
        fill(given.fill, places, given.limit)
        return
    given.store.parent.mkdir(parents=True, exist_ok=True)
    results = {"machine": machine(), **measure(given.store, given.sets, given.limit)}
    results["limit_per_second"] = limit_per_second(given.store.parent, places, given.limit)
    results["ratio_to_limit"] = round(
        results["passages_per_second"] / results["limit_per_second"], 4
    )
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "ingest.json").write_text(json.dumps(results) + "\n", encoding="utf-8")
    ingest_plot(results, given.out)
    shown = {key: value for key, value in results.items() if not isinstance(value, list | dict)}
    print(json.dumps(shown, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
