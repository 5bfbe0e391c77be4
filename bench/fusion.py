"""Which fusion is the default: chosen on tuning queries, reported on all others.

``python -m bench.fusion [--out FILE] [--store FOLDER]`` encodes each test collection with minilm
and splade-tiny (kept in the store between runs), asks bm25, dense and sparse once for every query,
and fuses their rankings in every way of ``CANDIDATES``. The way with the best mean nDCG@10 on the
tuning queries (``eval/splits.json``) is the choice; the table of all ways on the other queries,
with paired tests against BM25, is the report. LoCoMo is asked within each question's conversation.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scripts.machine import ROOT, machine

import mnemic
from bench.corpus import folders
from mnemic.eval.datasets.beir import open_folder
from mnemic.eval.measures import Evaluation, evaluate, parse
from mnemic.eval.significance import compare, holm
from mnemic.eval.splits import is_tuning
from mnemic.retrieval import fuse
from mnemic.retrieval.hybrid import DEPTH
from mnemic.settings import Settings
from mnemic.types import Qrels, Ranking, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.eval.datasets.beir import Dataset
    from mnemic.sdk import Collection
    from mnemic.types import Query

PARTS = ("bm25", "dense", "sparse")
DEEPEST = 1_000
MEASURES = ("nDCG@10", "R@100")
FUSIONS = ("rrf", "min-max", "z-score", "log-odds")
# All of a set's tuning queries would let the largest set take most of the time.
MOST_TUNING = 600
# (folder, split, field that a question is asked within)
TUNING = (("scifact", "train", ""), ("squad2-dev", "test", ""), ("locomo", "test", "conversation"))
REPORTING = (
    ("scifact", "test", ""),
    ("cranfield", "test", ""),
    ("cisi", "test", ""),
    ("vaswani", "test", ""),
    ("squad2-dev", "test", ""),
    ("locomo", "test", "conversation"),
    ("hotpotqa100", "test", ""),
)
# From the list of training data on minilm's model card: what may have been seen of each set.
SEEN = {
    "scifact": "titles and abstracts of S2ORC, from which SciFact takes its documents",
    "squad2-dev": "SQuAD 2.0 (its training questions; these are of the other articles)",
    "hotpotqa100": "questions on the same Wikipedia (PAQ, Natural Questions, TriviaQA)",
}


@dataclass(frozen=True)
class Way:
    """One way to rank: parts, fusion, weights and depth."""

    parts: tuple[str, ...]
    fusion: str = "rrf"
    weights: tuple[float, ...] | None = None
    depth: int = DEPTH

    @property
    def name(self) -> str:
        if len(self.parts) == 1:
            return self.parts[0]
        names = list(self.parts)
        if self.weights is not None:
            names = [f"{part}@{weight:g}" for part, weight in zip(names, self.weights, strict=True)]
        return f"{self.fusion}({','.join(names)})" + (
            "" if self.depth == DEPTH else f"/{self.depth}"
        )

    def rank(self, found: Mapping[str, Ranking]) -> Ranking:
        rankings = [found[part][: self.depth] for part in self.parts]
        if len(rankings) == 1:
            return rankings[0]
        return fuse(rankings, fusion=self.fusion, weights=self.weights, k=100)


SINGLE = tuple(Way((part,)) for part in PARTS)
PAIRS = (("bm25", "dense"), ("bm25", "sparse"), ("dense", "sparse"))
FUSED = tuple(Way(parts, fusion) for parts in (*PAIRS, PARTS) for fusion in FUSIONS)
WEIGHTED = tuple(
    Way(parts, fusion, weights)
    for fusion in ("min-max", "z-score")
    for parts, weights in [
        *((("bm25", "dense"), (w, round(1 - w, 1))) for w in (0.3, 0.4, 0.6, 0.7)),
        (PARTS, (0.5, 0.25, 0.25)),
        (PARTS, (0.25, 0.5, 0.25)),
        (PARTS, (0.25, 0.25, 0.5)),
    ]
)
DEPTHS = tuple(
    Way(parts, fusion, None, depth)
    for parts in (*PAIRS[:2], PARTS)
    for fusion in ("rrf", "min-max", "z-score")
    for depth in (20, 50, 200, DEEPEST)
)
# What mnemic.retrieval.defaults has, from the tuning queries.
DEFAULTS = (
    Way(PAIRS[0], "z-score", None, DEEPEST),
    Way(PAIRS[1], "z-score"),
    Way(PARTS, "z-score"),
)
CANDIDATES = (*SINGLE, *FUSED, *WEIGHTED, *DEPTHS)


def filled(store: Path, folder: Path, settings: Settings) -> Collection:
    """The collection of a data set with both encoders; made and encoded when it is missing."""
    encoders = ["minilm", "splade-tiny"]
    database = mnemic.open(store, settings=settings)
    collection = database.collection(folder.name, create=True, encoder=encoders)
    if not len(collection):
        dataset = open_folder(folder, split="test")
        collection.add(list(dataset.documents()), encode="later")
    collection.embed(
        lambda done, total: print(f"\r{folder.name} {done}/{total}", end="", flush=True)
    )
    print()
    return collection


def asked(dataset: Dataset, *, tuning: bool) -> list[Query]:
    """The tuning queries of a split, evenly thinned, or all the others."""
    queries = [
        query
        for query in dataset.queries
        if is_tuning(dataset.name, dataset.split, query.id) == tuning
    ]
    step = -(-len(queries) // MOST_TUNING) if tuning else 1
    return queries[::step]


def answers(
    collection: Collection, queries: Sequence[Query], within: str
) -> list[dict[str, Ranking]]:
    """For each query the ranking of each part."""
    found: list[dict[str, Ranking]] = [{} for _ in queries]
    keyed = sorted(range(len(queries)), key=lambda i: str(queries[i].metadata.get(within, "")))
    for key, group in groupby(keyed, key=lambda i: queries[i].metadata.get(within)):
        places = list(group)
        filter = {within: key} if within else None
        for part in PARTS:
            some = [queries[place] for place in places]
            rankings = collection.search_many(
                some, DEEPEST, retriever=part, filter=filter, text=False
            )
            for place, ranking in zip(places, rankings, strict=True):
                found[place][part] = ranking
    return found


def measured(
    ways: Sequence[Way], queries: Sequence[Query], found: Sequence[dict[str, Ranking]], qrels: Qrels
) -> dict[str, Evaluation]:
    """Every way's values on some queries."""
    ids = {query.id for query in queries}
    judged = Qrels({name: grades for name, grades in qrels.judgements.items() if name in ids})
    result = {}
    for way in ways:
        rankings = {
            query.id: {hit.id: hit.score for hit in way.rank(parts)[:100]}
            for query, parts in zip(queries, found, strict=True)
        }
        run = Run(way.name, rankings)
        result[way.name] = evaluate(run, judged, [parse(name) for name in MEASURES])
    return result


def values(
    sets: Sequence[tuple[str, str, str]],
    ways: Sequence[Way],
    store: Path,
    settings: Settings,
    *,
    tuning: bool,
) -> dict[str, dict[str, Evaluation]]:
    """Every way on the tuning or the reporting queries of every set."""
    result = {}
    for name, split, within in sets:
        [folder] = folders([name])
        dataset = open_folder(folder, split=split)
        queries = asked(dataset, tuning=tuning)
        found = answers(filled(store, folder, settings), queries, within)
        result[name] = measured(ways, queries, found, dataset.qrels)
        print(name, len(queries), flush=True)
    return result


def table(found: Mapping[str, Mapping[str, Evaluation]]) -> dict[str, dict[str, dict[str, float]]]:
    """Means by way and set."""
    names = next(iter(found.values()))
    return {
        name: {place: evaluations[name].means for place, evaluations in found.items()}
        for name in names
    }


def mean_ndcg(row: Mapping[str, Mapping[str, float]]) -> float:
    """The mean over the sets."""
    return float(np.mean([means["nDCG@10"] for means in row.values()]))


def tests(found: Mapping[str, Mapping[str, Evaluation]]) -> list[dict[str, Any]]:
    """Every way against BM25 on nDCG@10; Holm's correction is over the ways of one set."""
    rows: list[dict[str, Any]] = []
    for name, evaluations in found.items():
        base = _ndcg(evaluations["bm25"])
        others = [_ndcg(item) for way, item in evaluations.items() if way != "bm25"]
        pairs = [compare([base, other])[0] for other in others]
        corrected = holm([pair.p_randomisation for pair in pairs])
        rows += [
            {
                "dataset": name,
                "way": pair.second,
                "difference": pair.difference,
                "relative": pair.difference / pair.first_mean,
                "p_holm": p,
                "queries": pair.queries,
            }
            for pair, p in zip(pairs, corrected, strict=True)
        ]
    return rows


def _ndcg(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, values={"nDCG@10": evaluation.values["nDCG@10"]})


def main(arguments: list[str]) -> None:
    """Choose, report, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "fusion.json")
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "bench" / "fusion")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    tuned = table(values(TUNING, CANDIDATES, given.store, settings, tuning=True))
    order = sorted(tuned, key=lambda name: -mean_ndcg(tuned[name]))
    for name in order[:20]:
        print(f"{mean_ndcg(tuned[name]):.4f}", name, tuned[name])
    reported = values(
        REPORTING, (*SINGLE, *FUSED, DEFAULTS[0]), given.store, settings, tuning=False
    )
    written = {
        "machine": machine(),
        "measures": MEASURES,
        "seen": SEEN,
        "defaults": [way.name for way in DEFAULTS],
        "tuning": {name: {"mean": mean_ndcg(tuned[name]), **tuned[name]} for name in order},
        "reporting": table(reported),
        "tests": tests(reported),
    }
    given.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    for name, row in table(reported).items():
        print(
            f"{mean_ndcg(row):.4f}", name, {key: round(v["nDCG@10"], 4) for key, v in row.items()}
        )


if __name__ == "__main__":
    main(sys.argv[1:])
