"""Milliseconds a query in process on scifact: words, vectors, and both, encoding included.

``python -m bench.hybrid [--set NAME] [--rounds N] [--out FOLDER]``. A collection is made and
encoded in a temporary folder; then every retriever answers every query in turn, one at a time.
``encoding`` is the query's vector alone, which ``dense`` and ``hybrid`` include.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scripts.machine import ROOT, machine

import mnemic
from bench.corpus import CACHE, batches, documents, folders
from mnemic.eval.datasets import load
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import spec_of
from mnemic.sdk.loading import BATCH_DOCUMENTS
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mnemic.sdk import Collection

RETRIEVERS = ("bm25", "dense", "hybrid")
ENCODER = "minilm"
WARM = 20


def filled(store: Path, place: Path, name: str) -> tuple[mnemic.Database, Collection]:
    """A new collection with the data set's documents and all their vectors."""
    database = mnemic.open(store)
    collection = database.collection(name, create=True, encoder=ENCODER)
    for batch in batches(documents([place], None), BATCH_DOCUMENTS):
        collection.add(batch, encode="later")
    collection.embed()
    collection.compact()
    return database, collection


def answers(collection: Collection) -> dict[str, Callable[[str], object]]:
    """What is timed, by name."""
    encoder = open_encoder(spec_of(ENCODER), Settings.from_environment())

    def search(retriever: str) -> Callable[[str], object]:
        return lambda text: collection.search(text, k=10, retriever=retriever)

    sides = {name: search(name) for name in RETRIEVERS}
    return {"encoding": lambda text: encoder.encode_queries([text]), **sides}


def timed(
    sides: Mapping[str, Callable[[str], object]], queries: Sequence[str], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of every side for every query of every round; who begins changes."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for name in names:
        for text in queries[:WARM]:
            sides[name](text)
    for text in list(queries) * rounds:
        for name in names:
            began = time.perf_counter()
            sides[name](text)
            times[name].append((time.perf_counter() - began) * 1000)
        names.append(names.pop(0))
    return times


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    values = np.percentile(times, [50, 95, 99]).tolist()
    return dict(zip(("p50", "p95", "p99"), (round(value, 2) for value in values), strict=True))


def main(arguments: list[str]) -> None:
    """Measure, write ``hybrid.json``, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="scifact", help="a data set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, help="at most so many; all by default")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    [place] = folders([given.set])
    queries = [query.text for query in load(place, data=None, cache=CACHE).queries][: given.queries]
    with tempfile.TemporaryDirectory() as scratch:
        database, collection = filled(Path(scratch) / "store", place, given.set)
        with database:
            count = len(collection)
            times = timed(answers(collection), queries, given.rounds)
    facts = machine()
    for package in ("faiss-cpu", "onnxruntime"):
        facts["versions"][package] = importlib.metadata.version(package)
    results: dict[str, Any] = {
        "machine": facts,
        "dataset": given.set,
        "documents": count,
        "queries": len(queries),
        "rounds": given.rounds,
        "encoder": ENCODER,
        "latency_ms": {name: percentiles(values) for name, values in times.items()},
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "hybrid.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results["latency_ms"], indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
