"""How good is retrieval by n-grams, beside BM25, with and without a language model?

``python -m bench.ngram_quality [--out FILE] [--store FOLDER]`` calls ``mnemic eval run`` on
squad2-dev with ``bm25`` and ``ngram``, and asks a sample of its questions with these and with
``ngram:smollm2``. The sample: of the questions that are for reporting (``eval/splits.json``), in
the order of their ids, the 200 that Python's ``random.Random(2026)`` draws. Answers are kept in the
store as they come, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scripts.machine import ROOT, machine

import mnemic
from bench.corpus import folders
from mnemic.eval.datasets.beir import open_folder
from mnemic.eval.measures import evaluate, parse
from mnemic.eval.significance import compare
from mnemic.eval.splits import is_tuning
from mnemic.types import Qrels, Run

if TYPE_CHECKING:
    from mnemic.eval.datasets.beir import Dataset
    from mnemic.eval.measures import Evaluation
    from mnemic.sdk import Collection
    from mnemic.types import Query

SET, SPLIT, MODEL = "squad2-dev", "test", "smollm2"
MODEL_FREE = ("bm25", "ngram")
RETRIEVERS = (*MODEL_FREE, f"ngram:{MODEL}")
MEASURES = ("nDCG@10", "R@100")
SAMPLE, SEED, DEPTH = 200, 2026, 100


def sample(dataset: Dataset) -> list[Query]:
    """The fixed questions."""
    reporting = [
        query for query in dataset.queries if not is_tuning(dataset.name, dataset.split, query.id)
    ]
    reporting.sort(key=lambda query: query.id)
    return random.Random(SEED).sample(reporting, SAMPLE)


def filled(store: Path, dataset: Dataset) -> Collection:
    """The data set's documents with their tokens, made where they are missing."""
    collection = mnemic.open(store).collection(dataset.name, create=True)
    if not len(collection):
        collection.add(list(dataset.documents()), encode="later")
        collection.flush()
    collection.index_tokens(MODEL)
    return collection


def answered(
    collection: Collection, retriever: str, queries: list[Query], kept: Path
) -> dict[str, dict[str, Any]]:
    """The hits of each question and its milliseconds, asked one at a time."""
    found: dict[str, dict[str, Any]] = {}
    if kept.exists():
        found = dict(map(json.loads, kept.read_text(encoding="utf-8").splitlines()))
    used = collection.retriever(retriever)
    # A question of the first kind loads what is loaded once.
    if len(found) < len(queries):
        used.search(["warm"], 1)
    with kept.open("a", encoding="utf-8") as file:
        for query in queries:
            if query.id in found:
                continue
            start = time.perf_counter()
            [ranking] = used.search([query], DEPTH)
            took = (time.perf_counter() - start) * 1e3
            found[query.id] = {"ms": took, "hits": {hit.id: hit.score for hit in ranking}}
            file.write(json.dumps([query.id, found[query.id]]) + "\n")
            file.flush()
    return found


def measured(name: str, answers: dict[str, dict[str, Any]], qrels: Qrels) -> Evaluation:
    """The values of one retriever's answers."""
    run = Run(name, {query: answer["hits"] for query, answer in answers.items()})
    return evaluate(run, qrels, [parse(measure) for measure in MEASURES])


def whole(kept: Path) -> list[dict[str, Any]]:
    """``mnemic eval run`` on all questions."""
    if not kept.exists():
        kept.write_text(json.dumps(evaluated()), encoding="utf-8")
    results: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return results


def evaluated() -> list[dict[str, Any]]:
    """The ``results`` of one ``mnemic eval run``."""
    command = [sys.executable, "-m", "mnemic.api.cli", "eval", "run", "--json", "--dataset"]
    command += [str(folders([SET])[0])]
    for retriever in MODEL_FREE:
        command += ["--retriever", retriever]
    for measure in MEASURES:
        command += ["--measure", measure]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    results: list[dict[str, Any]] = json.loads(found.stdout)["results"]
    return results


def main(arguments: list[str]) -> None:
    """Evaluate, write the results file, and print one line a result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "ngram.json")
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "bench" / "ngram-quality")
    given = parser.parse_args(arguments)
    dataset = open_folder(folders([SET])[0], split=SPLIT)
    queries, collection = sample(dataset), filled(given.store, dataset)
    ids = {query.id for query in queries}
    qrels = Qrels({name: own for name, own in dataset.qrels.judgements.items() if name in ids})
    rows, evaluations = [], []
    for name in RETRIEVERS:
        kept = given.store / f"{name.replace(':', '-')}.jsonl"
        answers = answered(collection, name, queries, kept)
        evaluation = measured(name, answers, qrels)
        evaluations.append(evaluation)
        times = [answers[query.id]["ms"] for query in queries]
        middle = float(np.median(times))
        rows.append({"retriever": name, "measures": evaluation.means, "median_ms": middle})
        print(rows[-1], flush=True)
    pairs = [pair for other in evaluations[1:] for pair in compare([evaluations[0], other])]
    written: dict[str, Any] = {
        "machine": machine(),
        "dataset": SET,
        "sample": {"questions": len(queries), "seed": SEED, "results": rows},
        "tests": [
            {"retriever": pair.second, "measure": pair.measure, "p": pair.p_randomisation}
            for pair in pairs
        ],
        "whole": whole(given.store / "whole.json"),
    }
    given.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    for result in written["whole"]:
        print(result["retriever"], result["queries"], result["measures"])


if __name__ == "__main__":
    main(sys.argv[1:])
