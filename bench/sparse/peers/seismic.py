"""``pyseismic-lsr``: approximate search over clustered lists, tuned to a recall."""

from __future__ import annotations

import os
from functools import partial
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import seismic

from bench.ngram.footprint import Footprint
from bench.sparse.learned import DEPTH, best_places, matrices
from bench.sparse.timing import once, paced
from bench.sparse.vectors import Vectors

if TYPE_CHECKING:
    from bench.ngram.child import Record
    from bench.sparse.child import Task
    from bench.sparse.vectors import Weighted

RECALL = 0.99
SUFFIX = ".index.seismic"
BUILDS: tuple[dict[str, Any], ...] = (
    {"n_postings": 1000, "max_fraction": 10.0, "centroid_fraction": 0.02, "summary_energy": 0.6},
    {"n_postings": 4000, "max_fraction": 10.0, "centroid_fraction": 0.005, "summary_energy": 0.6},
)
CUTS = (4, 6, 8, 10, 15, 20)
FACTORS = (1.0, 0.9, 0.8, 0.7)


def measure_seismic(task: Task, record: Record, vectors: Vectors, asked: Weighted) -> None:
    """Every build and setting; the fastest that reaches the recall is measured again."""
    exact, arguments = exact_best(vectors, asked), questions_of(asked)
    tried: list[dict[str, Any]] = []
    for number, settings in enumerate(BUILDS):
        path = f"{task.work}/{number}"
        built = built_elsewhere(task.place, settings, path)
        index = seismic.SeismicIndex.load(f"{path}{SUFFIX}")
        for cut, factor in product(CUTS, FACTORS):
            tried.append(built | tuned(index, arguments, exact, cut, factor))
            record["tried"] = tried
        if enough := [row for row in tried if row["recall"] >= RECALL]:
            break
    if not enough:
        return
    record["chosen"] = chosen = min(enough, key=lambda row: float(row["us"]))
    record["disk_bytes"] = chosen["disk_bytes"]
    search = partial(ask, index, arguments, chosen["query_cut"], chosen["heap_factor"])
    way = f"recall {recall(search(), exact):.4f}"
    record["search"] = [{"k": DEPTH, "way": way, **paced(search, len(exact))}]


def built_elsewhere(place: str, settings: dict[str, Any], path: str) -> dict[str, Any]:
    """Save an index that another process makes on all cores; what it took, and its size.

    A process keeps as many threads as it had at first, and searching has one.
    """
    with get_context("spawn").Pool(1) as pool:
        seconds = pool.apply(_build, (place, settings, path))
    size = Path(f"{path}{SUFFIX}").stat().st_size
    return {"build": settings, "seconds": seconds, "disk_bytes": size}


def _build(place: str, settings: dict[str, Any], path: str) -> float:
    cores = os.cpu_count() or 1
    os.environ["RAYON_NUM_THREADS"] = str(cores)
    os.sched_setaffinity(0, range(cores))
    dataset, footprint = stored(Vectors.open(Path(place))), Footprint()
    with footprint:
        index = seismic.SeismicIndex.build_from_dataset(dataset, **settings, num_threads=cores)
    index.save(path)
    return float(footprint.figures(1)["seconds"])


def stored(vectors: Vectors) -> Any:
    """All documents under their numbers."""
    offsets, ids, weights = vectors.documents
    dataset = seismic.SeismicDataset()
    names = [str(number) for number in range(len(vectors))]
    dataset.add_documents_by_id(names, ids.astype(np.int64), weights, offsets)
    return dataset


def questions_of(asked: Weighted) -> tuple[Any, Any, Any]:
    """Names, terms as strings, weights."""
    kind = seismic.get_seismic_string()
    ends, ids, weights = asked
    parts = [slice(a, b) for a, b in pairwise(ends)]
    names = np.array([str(row) for row in range(len(parts))], kind)
    terms = [np.array([str(term) for term in ids[part]], kind) for part in parts]
    return names, terms, [np.ascontiguousarray(weights[part]) for part in parts]


def exact_best(vectors: Vectors, asked: Weighted) -> list[set[str]]:
    """The best documents of each question, by product."""
    documents, questions = matrices(vectors, asked)
    lists = documents.T.tocsr()
    found = []
    for row in range(questions.shape[0]):
        scores = questions[row] @ lists
        places = best_places(scores.data)
        found.append({str(number) for number in scores.indices[places]})
    return found


def ask(index: Any, arguments: tuple[Any, Any, Any], cut: int, factor: float) -> Any:
    """All questions on one thread."""
    return index.batch_search(*arguments, k=DEPTH, query_cut=cut, heap_factor=factor, num_threads=1)


def tuned(
    index: Any, arguments: tuple[Any, Any, Any], exact: list[set[str]], cut: int, factor: float
) -> dict[str, Any]:
    """Recall and time of one setting, on all questions."""
    search = partial(ask, index, arguments, cut, factor)
    found = recall(search(), exact)
    took = round(once(search)[0] * 1e6 / len(exact), 1)
    return {"query_cut": cut, "heap_factor": factor, "recall": round(found, 4), "us": took}


def recall(found: Any, exact: list[set[str]]) -> float:
    """The share of the exact best that were found; answers come in any order, with names."""
    hits = sum(hit[2] in exact[int(hit[0])] for row in found for hit in row)
    return hits / max(1, sum(map(len, exact)))
