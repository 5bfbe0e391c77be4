"""Learned sparse search: ours, SciPy's product, and seismic, which is not exact."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ngram.footprint import Footprint
from bench.sparse.corpora import spread
from bench.sparse.oracle import CHECKED, largest
from bench.sparse.ours import checks, indexed
from bench.sparse.peers import PACKAGES
from bench.sparse.timing import paced
from bench.sparse.vectors import Vectors

if TYPE_CHECKING:
    from bench.ngram.child import Record
    from bench.sparse.child import Task
    from bench.sparse.vectors import Weighted

DEPTH = 10
PRODUCT_BATCH = 32


def measure_learned(task: Task, record: Record) -> None:
    """Build and search."""
    vectors = Vectors.open(Path(task.place))
    if task.system in PACKAGES:
        record["version"] = version(PACKAGES[task.system][0])
    asked = asked_of(vectors, task.questions)
    if task.system == "ours":
        _ours(task, record, vectors, asked)
    elif task.system == "scipy":
        _scipy(record, vectors, asked)
    else:
        from bench.sparse.peers.seismic import measure_seismic

        measure_seismic(task, record, vectors, asked)


def asked_of(vectors: Vectors, count: int) -> Weighted:
    """Evenly spread questions."""
    offsets, ids, weights = vectors.questions
    parts = [slice(offsets[row], offsets[row + 1]) for row in spread(len(offsets) - 1, count)]
    ends = np.cumsum([0, *(part.stop - part.start for part in parts)], dtype=np.int64)
    ids, weights = (np.concatenate([of[part] for part in parts]) for of in (ids, weights))
    return ends, ids, weights


def _ours(task: Task, record: Record, vectors: Vectors, asked: Weighted) -> None:
    from mnemic.indexes.sparse import Impact, SparseSegment, TermBatch
    from mnemic.indexes.storage import FileDirectory

    names = [f"{term:05d}".encode() for term in range(int(vectors.documents[1].max()) + 1)]
    known = len(names)
    names += [f"{term:05d}".encode() for term in range(known, int(asked[1].max()) + 1)]
    footprint = Footprint()
    with footprint:
        segment = SparseSegment.build(TermBatch(names, *vectors.documents))
    record["build"] = footprint.figures(vectors.facts["postings"])
    segment.save(FileDirectory(task.work), "whole")
    record["disk_bytes"] = (Path(task.work) / "whole").stat().st_size
    index, batch = indexed([segment], threads=task.threads), TermBatch(names, *asked)
    search = partial(index.search, batch, DEPTH, scorer=Impact())
    record["checks"] = checks(index, batch, [DEPTH], scorer=Impact())
    record["search"] = [{"k": DEPTH, "way": "batch", **paced(search, len(batch))}]


def _scipy(record: Record, vectors: Vectors, asked: Weighted) -> None:
    """Two products; both are followed by ``argpartition``, and the faster is the peer."""
    from scipy import sparse

    documents, questions = matrices(vectors, asked)
    lists = sparse.csr_matrix(documents.T)
    exact, double = lists.astype(np.float64), questions.astype(np.float64)
    record["checks"] = {
        str(DEPTH): [
            largest((double[row] @ exact).toarray()[0], DEPTH)
            for row in spread(questions.shape[0], CHECKED)
        ]
    }
    del exact
    record["disk_bytes"] = sum(part.nbytes for part in (lists.data, lists.indices, lists.indptr))
    rows = []
    # A pass of the dense product takes seconds for few questions; what counts is a question's time.
    for way, call, count in (
        ("questions x lists, sparse", partial(by_lists, questions, lists), questions.shape[0]),
        ("documents x question, dense", partial(by_rows, documents, questions[:50]), 50),
    ):
        took = paced(call, min(count, questions.shape[0]))
        rows.append({"k": DEPTH, "way": way, **took})
        record["search"] = rows


def matrices(vectors: Vectors, asked: Weighted) -> tuple[Any, Any]:
    """Documents and questions as ``csr_matrix`` of float32."""
    from scipy import sparse

    offsets, ids, weights = vectors.documents
    width = int(max(ids.max(), asked[1].max())) + 1
    shape = (len(offsets) - 1, width)
    documents = sparse.csr_matrix((weights, ids.astype(np.int32), offsets), shape)
    ends, terms, values = asked
    shape = (len(ends) - 1, width)
    return documents, sparse.csr_matrix((values, terms.astype(np.int32), ends), shape)


def by_lists(questions: Any, lists: Any) -> None:
    """Some questions at a time against the transposed documents."""
    for begin in range(0, questions.shape[0], PRODUCT_BATCH):
        found = questions[begin : begin + PRODUCT_BATCH] @ lists
        for a, b in zip(found.indptr[:-1], found.indptr[1:], strict=True):
            best_places(found.data[a:b])


def by_rows(documents: Any, questions: Any) -> None:
    """One question at a time as a dense vector."""
    for row in range(questions.shape[0]):
        best_places(documents @ questions[row].toarray()[0])


def best_places(scores: Any) -> Any:
    """The places of the largest, best first."""
    depth = min(DEPTH, len(scores))
    places = np.argpartition(scores, len(scores) - depth)[len(scores) - depth :]
    return places[np.argsort(-scores[places])]
