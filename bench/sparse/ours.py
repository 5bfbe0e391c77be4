"""The engine itself: build, merge, size on disk, and search."""

from __future__ import annotations

import itertools
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ngram.footprint import Footprint, status
from bench.sparse.corpora import Corpus, Rows, spread
from bench.sparse.figures import MERGED
from bench.sparse.oracle import CHECKED
from bench.sparse.timing import paced, singles
from mnemic.indexes.sparse import BM25, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.ngram.child import Record
    from bench.sparse.child import Task
    from mnemic.indexes.sparse import Impact
    from mnemic.types import TopK

DEFAULT = BM25()
DICTIONARY = ("terms", "term_offsets", "list_offsets", "lengths")
PART = 50_000
TOUCHED = 25


def measure_ours(task: Task, record: Record) -> None:
    """Everything, figure by figure."""
    corpus, folder = Corpus.open(Path(task.place)), FileDirectory(task.work)
    footprint = Footprint()
    with footprint:
        parts = built(corpus, size=PART if task.full else len(corpus) // corpus.facts["copies"])
        began = time.perf_counter()
        whole = SparseSegment.merge([(part, None) for part in parts])
        record["merge_seconds"] = round(time.perf_counter() - began, 3)
    record["build"] = footprint.figures(corpus.facts["postings"])
    entry = whole.save(folder, "whole")
    record["disk_bytes"] = (Path(task.work) / "whole").stat().st_size
    record["arrays"] = {name: array.nbytes for name, array in whole.arrays.items()}
    del whole
    began = time.perf_counter()
    index = indexed([SparseSegment.open(folder, entry)], threads=task.threads)
    record["open_ms"] = round((time.perf_counter() - began) * 1000, 3)
    questions = corpus.questions.spread(task.questions)
    batch = asked(questions, corpus.vocabulary)
    record["checks"] = checks(index, batch, task.depths)
    record["search"] = rows = searching(index, batch, task.depths, way=MERGED)
    if task.full and task.threads == 1:
        apart = indexed(parts, threads=1)
        way = f"{len(parts)} segments"
        record["search"] = rows + searching(apart, batch, task.depths, way=way)
        record["singles"] = one_by_one(index, questions, corpus.vocabulary, task.depths)
        record["touched_bytes"] = touched(corpus, questions)
    record["resident_bytes"] = status("VmRSS")


def built(corpus: Corpus, *, size: int) -> list[SparseSegment]:
    """A segment for every ``size`` documents."""
    parts = []
    for begin in range(0, len(corpus), size):
        rows = corpus.documents.part(begin, min(begin + size, len(corpus)))
        parts.append(SparseSegment.build(asked(rows, corpus.vocabulary)))
    return parts


def asked(rows: Rows, vocabulary: list[bytes]) -> TermBatch:
    """Rows as the engine takes them."""
    return TermBatch(vocabulary, np.ascontiguousarray(rows.offsets), rows.terms)


def indexed(segments: Sequence[SparseSegment], *, threads: int) -> SparseIndex:
    """Whole segments, their documents numbered one after the other."""
    live, first = [], 0
    for segment in segments:
        last = first + segment.document_count
        live.append(LiveSegment(segment, np.arange(first, last, dtype=np.int64)))
        first = last
    return SparseIndex(live, threads=threads)


def checks(
    index: SparseIndex, batch: TermBatch, depths: Sequence[int], *, scorer: BM25 | Impact = DEFAULT
) -> dict[str, Any]:
    """The scores of the checked questions."""
    found = {str(k): rows_of(index.search(batch, k, scorer=scorer)) for k in depths}
    return {k: [rows[row] for row in spread(len(batch), CHECKED)] for k, rows in found.items()}


def rows_of(found: TopK) -> list[list[float]]:
    """The scores of each question."""
    ends = found.offsets.tolist()
    return [found.scores[a:b].tolist() for a, b in itertools.pairwise(ends)]


def searching(
    index: SparseIndex, batch: TermBatch, depths: Sequence[int], *, way: str
) -> list[dict[str, Any]]:
    """All questions in one call."""
    return [
        {"k": k, "way": way, **paced(partial(index.search, batch, k), len(batch))} for k in depths
    ]


def one_by_one(
    index: SparseIndex, questions: Rows, vocabulary: list[bytes], depths: Sequence[int]
) -> list[dict[str, Any]]:
    """A call for each question."""
    batches = [
        TermBatch.from_tokens([[vocabulary[term] for term in row]]) for row in questions.lists()
    ]
    return [
        {"k": k, **singles(partial(index.search, batch, k) for batch in batches)} for k in depths
    ]


def touched(corpus: Corpus, questions: Rows) -> dict[str, float]:
    """Compressed bytes of all postings of a question's terms, in the mean of some questions.

    Each is measured on an index of that question's terms alone, in which one more term stands for
    all others, so that documents keep their lengths; the bytes of that term are taken off again.
    """
    documents, sizes = corpus.documents, []
    number = np.zeros(len(corpus.vocabulary), np.uint32)
    rest = _list_bytes(documents.offsets, number[documents.terms], 1)
    for row in questions.spread(TOUCHED).lists():
        wanted = sorted(set(row))
        number[wanted] = range(1, len(wanted) + 1)
        terms = number[documents.terms]
        number[wanted] = 0
        sizes.append(_list_bytes(documents.offsets, terms, len(wanted) + 1) - rest)
    return {"mean": round(float(np.mean(sizes)), 1), "max": float(max(sizes))}


def _list_bytes(offsets: Any, terms: Any, vocabulary: int) -> int:
    names = [str(number).encode() for number in range(vocabulary)]
    arrays = SparseSegment.build(TermBatch(names, offsets, terms)).arrays
    return sum(array.nbytes for name, array in arrays.items() if name not in DICTIONARY)
