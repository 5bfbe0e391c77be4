"""Brute force in NumPy, in double: the scores that every exact system must find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.sparse.corpora import Corpus, Rows
from bench.sparse.inverted import Inverted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.ngram.child import Record
    from bench.sparse.child import Task

K1, B = 0.9, 0.4
CHECKED = 50


def measure_oracle(task: Task, record: Record) -> None:
    """The best scores of the checked questions; nothing is timed."""
    corpus = Corpus.open(Path(task.place))
    lists, questions = Inverted.open(corpus.folder), corpus.questions.spread(task.questions)
    factor = lengths_factor(corpus.documents)
    depth = max(task.depths)
    rows = [best(lists, row, factor, depth) for row in questions.spread(CHECKED).lists()]
    record["checks"] = {str(k): [row[:k] for row in rows] for k in task.depths}


def lengths_factor(documents: Rows) -> NDArray[np.float64]:
    """float64 [documents], what a document's length adds below the fraction."""
    lengths = np.diff(documents.offsets).astype(np.float64)
    shares: NDArray[np.float64] = lengths / lengths.mean()
    return K1 * (1 - B + B * shares)


def best(
    lists: Inverted, question: list[int], factor: NDArray[np.float64], depth: int
) -> list[float]:
    """The best positive scores of BM25 in Lucene's form, the best first."""
    scores, total = np.zeros(len(factor)), len(factor)
    for term in question:
        part = slice(lists.offsets[term], lists.offsets[term + 1])
        documents, having = lists.documents[part], part.stop - part.start
        counts = lists.frequencies[part].astype(np.float64)
        weight = np.log(1 + (total - having + 0.5) / (having + 0.5))
        scores[documents] += weight * counts / (counts + factor[documents])
    return largest(scores, depth)


def largest(scores: NDArray[Any], depth: int) -> list[float]:
    """The largest positive of many numbers, falling."""
    depth = min(depth, len(scores))
    found = np.sort(np.partition(scores, len(scores) - depth)[len(scores) - depth :])[::-1]
    return [float(score) for score in found if score > 0]
