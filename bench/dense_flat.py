"""Exact dense search beside raw FAISS on the same vectors, in one run, turn by turn.

``python -m bench.dense_flat [--rows N] [--seconds S] [--out FOLDER]``. Ours is a segment that was
saved and mapped again, as collections use it, scores every hit again in float64, and is exact;
``faiss`` is ``IndexFlatIP`` or ``IndexFlatL2`` with its own copy of the vectors. The physical limit
of a single query is memory: it reads every vector once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from scripts.machine import ROOT, machine

from mnemic.indexes.dense import DenseBatch, DenseIndex, DenseSegment, LiveSegment, Metric
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

METRICS: tuple[Metric, ...] = ("cosine", "l2")
BATCHES = (1, 32, 1000)
DEPTHS = (10, 100)
LEAST_ROUNDS = 3


def directions(count: int, dims: int, seed: int) -> NDArray[np.float32]:
    """Random vectors of length 1."""
    vectors = np.random.default_rng(seed).standard_normal((count, dims), np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def mapped(vectors: NDArray[np.float32], metric: Metric, folder: Path) -> DenseIndex:
    """Our index over a file."""
    directory = FileDirectory(folder)
    entry = DenseSegment.build(DenseBatch(vectors, metric)).save(directory, f"{metric}.dense")
    return DenseIndex([LiveSegment(DenseSegment.open(directory, entry), np.arange(len(vectors)))])


def raw(vectors: NDArray[np.float32], metric: Metric) -> Any:
    """FAISS's own flat index."""
    import faiss

    dims = vectors.shape[1]
    index = faiss.IndexFlatL2(dims) if metric == "l2" else faiss.IndexFlatIP(dims)
    index.add(vectors)
    return index


def copy_bandwidth(threads: int) -> float:
    """Bytes read and written a second by plain copies of 256 MiB a thread; the best of seven."""
    blocks = [(np.ones(2**25), np.empty(2**25)) for _ in range(threads)]
    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(7):
            began = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), blocks))
            seconds.append(time.perf_counter() - began)
    return threads * 2 * 2**28 / min(seconds)


def turns(
    sides: Mapping[str, Callable[[NDArray[np.float32]], object]],
    batches: Iterator[NDArray[np.float32]],
    seconds: float,
) -> dict[str, list[float]]:
    """Seconds of each side for each batch; who begins changes every time."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    names, ended = list(sides), time.perf_counter() + seconds
    for queries in batches:
        for name in names:
            began = time.perf_counter()
            sides[name](queries)
            times[name].append(time.perf_counter() - began)
        names.reverse()
        if time.perf_counter() > ended and len(times[names[0]]) >= LEAST_ROUNDS:
            break
    return times


def cell(
    ours: DenseIndex, flat: Any, queries: NDArray[np.float32], *, batch: int, k: int, seconds: float
) -> dict[str, Any]:
    """One row of the results: a size of batch and a depth."""
    first = queries[: min(batch, 100)]
    found, (_, rows) = ours.search(first, k), flat.search(first, k)
    agreement = float(np.mean(found.ids == rows.reshape(-1)))
    starts = cycle(range(0, len(queries), batch))
    parts = (queries[place : place + batch] for place in starts)
    sides = {"ours": lambda part: ours.search(part, k), "faiss": lambda part: flat.search(part, k)}
    times = turns(sides, parts, seconds)
    middle = {name: median(values) for name, values in times.items()}
    # Of the two times of a round, which share what else the machine did.
    ratio = median(np.divide(times["faiss"], times["ours"]).tolist())
    return {
        "batch": batch,
        "k": k,
        "rounds": len(times["ours"]),
        "ours_queries_per_second": round(batch / middle["ours"], 1),
        "faiss_queries_per_second": round(batch / middle["faiss"], 1),
        "ratio": round(ratio, 3),
        "same_ids": round(agreement, 5),
    }


def measure(rows: int, dims: int, count: int, seconds: float) -> dict[str, Any]:
    """Every metric, batch and depth, and the memory's limit."""
    import faiss

    threads = faiss.omp_get_max_threads()
    vectors, queries = directions(rows, dims, 1), directions(count, dims, 2)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for metric in METRICS:
            ours, flat = mapped(vectors, metric, Path(folder)), raw(vectors, metric)
            for batch in BATCHES:
                for k in DEPTHS:
                    row = cell(ours, flat, queries, batch=batch, k=k, seconds=seconds)
                    results.append({"metric": metric, **row})
                    print(results[-1], flush=True)
    copied = copy_bandwidth(threads)
    for row in results:
        if row["batch"] == 1:
            scanned = row["ours_queries_per_second"] * vectors.nbytes
            row["scanned_gb_per_second"] = round(scanned / 1e9, 2)
            row["share_of_copy_bandwidth"] = round(scanned / copied, 3)
    return {
        "rows": rows,
        "dims": dims,
        "queries": count,
        "threads": threads,
        "copy_gb_per_second": round(copied / 1e9, 2),
        "median_ratio": round(median(row["ratio"] for row in results), 3),
        "results": results,
    }


def main(arguments: list[str]) -> None:
    """Measure, write ``dense_flat.json``, and print the figures."""
    import faiss

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dims", type=int, default=384)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each row of the results")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    facts = machine()
    facts["versions"]["faiss"] = faiss.__version__
    environment = {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}
    results = measure(given.rows, given.dims, given.queries, given.seconds)
    written = {"machine": facts, "environment": environment, **results}
    given.out.mkdir(parents=True, exist_ok=True)
    target = given.out / "dense_flat.json"
    target.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
