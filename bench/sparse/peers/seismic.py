"""``pyseismic-lsr``: approximate search over clustered lists, tuned to a recall."""

from __future__ import annotations

from functools import partial
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import seismic

from bench.ngram.footprint import Footprint
from bench.sparse.learned import DEPTH, best_places, matrices
from bench.sparse.timing import paced

if TYPE_CHECKING:
    from bench.ngram.child import Record
    from bench.sparse.child import Task
    from bench.sparse.vectors import Vectors, Weighted

RECALL = 0.99
TUNED = 200
BUILDS: tuple[dict[str, Any], ...] = (
    {"n_postings": 3500, "centroid_fraction": 0.1, "summary_energy": 0.4},
    {"n_postings": 8000, "centroid_fraction": 0.1, "summary_energy": 0.6},
)
CUTS = (8, 12, 20, 40)
FACTORS = (1.0, 0.9, 0.8, 0.7, 0.6)


def measure_seismic(task: Task, record: Record, vectors: Vectors, asked: Weighted) -> None:
    """Every build and setting; the fastest that reaches the recall is measured again."""
    dataset, exact = stored(vectors), exact_best(vectors, asked)
    arguments = questions_of(asked)
    tried: list[dict[str, Any]] = []
    indexes = []
    for settings in BUILDS:
        footprint = Footprint()
        with footprint:
            index = seismic.SeismicIndex.build_from_dataset(
                dataset, **settings, num_threads=task.threads
            )
        indexes.append(index)
        built = {"build": settings, "seconds": footprint.figures(1)["seconds"]}
        path = f"{task.work}/{len(indexes)}"
        index.save(path)
        built["disk_bytes"] = sum(file.stat().st_size for file in _files(path))
        for cut, factor in product(CUTS, FACTORS):
            tried.append(built | tuned(index, arguments, exact, cut, factor))
            record["tried"] = tried
        if any(row["recall"] >= RECALL for row in tried):
            break
    enough = [row for row in tried if row["recall"] >= RECALL]
    if not enough:
        return
    chosen = min(enough, key=lambda row: float(row["us"]))
    index = indexes[BUILDS.index(chosen["build"])]
    search = partial(ask, index, arguments, chosen["query_cut"], chosen["heap_factor"])
    record["disk_bytes"], record["chosen"] = chosen["disk_bytes"], chosen
    way = f"recall {recall(search(), exact):.4f}"
    record["search"] = [{"k": DEPTH, "way": way, **paced(search, len(exact))}]


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
    """Recall and time of one setting, on some of the questions."""
    names, terms, weights = arguments
    few = (names[:TUNED], terms[:TUNED], weights[:TUNED])
    search = partial(ask, index, few, cut, factor)
    found = recall(search(), exact[:TUNED])
    took = paced(search, len(few[1]))["us"]
    return {"query_cut": cut, "heap_factor": factor, "recall": round(found, 4), "us": took}


def recall(found: Any, exact: list[set[str]]) -> float:
    """The share of the exact best that were found."""
    hits = sum(len(best & {hit[2] for hit in row}) for row, best in zip(found, exact, strict=True))
    return hits / max(1, sum(map(len, exact)))


def _files(path: str) -> list[Any]:
    from pathlib import Path

    return list(Path(path).parent.glob(f"{Path(path).name}*"))
