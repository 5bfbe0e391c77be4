"""A fifth of the documents deleted and added again, against an index made afresh."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.sparse.corpora import SEED, Corpus, Rows
from bench.sparse.ours import asked, built, indexed, rows_of
from bench.sparse.timing import paced
from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment
from mnemic.indexes.storage.bitmaps import from_bool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.ngram.child import Record
    from bench.sparse.child import Task

SHARE = 0.2
FLUSHES = 4


def measure_churn(task: Task, record: Record) -> None:
    """Times with tombstones and after merging, as often as those of the fresh index."""
    corpus = Corpus.open(Path(task.place))
    [fresh] = built(corpus, size=len(corpus))
    deleted = np.sort(
        np.random.default_rng(SEED).permutation(len(corpus))[: int(SHARE * len(corpus))]
    )
    live = np.ones(len(corpus), bool)
    live[deleted] = False
    added = [
        SparseSegment.build(asked(chosen(corpus.documents, part), corpus.vocabulary))
        for part in np.array_split(deleted, FLUSHES)
    ]
    indexes = {
        "fresh": indexed([fresh], threads=1),
        "churned": churned(fresh, live, added),
        "merged": indexed(
            [SparseSegment.merge([(fresh, from_bool(live)), *((part, None) for part in added)])],
            threads=1,
        ),
    }
    batch = asked(corpus.questions.spread(task.questions), corpus.vocabulary)
    rows: list[dict[str, Any]] = []
    for k in task.depths:
        scores = {name: rows_of(index.search(batch, k)) for name, index in indexes.items()}
        for name, index in indexes.items():
            took = paced(partial(index.search, batch, k), len(batch))
            rows.append({"k": k, "index": name, "equal": scores[name] == scores["fresh"], **took})
            record["churn"] = rows


def churned(
    segment: SparseSegment, live: NDArray[np.bool_], added: list[SparseSegment]
) -> SparseIndex:
    """The first segment with its tombstones, and what was added since."""
    segments, first = [], segment.document_count
    segments.append(LiveSegment(segment, np.arange(first, dtype=np.int64), from_bool(live)))
    for part in added:
        last = first + part.document_count
        segments.append(LiveSegment(part, np.arange(first, last, dtype=np.int64)))
        first = last
    return SparseIndex(segments, threads=1)


def chosen(rows: Rows, wanted: NDArray[np.int64]) -> Rows:
    """Some rows, in the order given."""
    lengths = (rows.offsets[1:] - rows.offsets[:-1])[wanted]
    ends = np.cumsum(lengths)
    places = np.arange(int(ends[-1])) + np.repeat(rows.offsets[wanted] - (ends - lengths), lengths)
    return Rows(np.concatenate([[0], ends]).astype(np.int64), rows.terms[places])
