"""Postings of version 2 open for ever, answer the same, and are still written alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.contracts.sparse_oracle import bm25, impact, weighted_batch
from tests.golden.sparse_v2 import make_sparse_v2 as version_2

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory, RamDirectory, open_arrays

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "sparse_v2")
NAMES = ("tokens.sparse", "weights.sparse", "lengthy.sparse")
QUERIES = (
    (b"all", b"half", b"tail"),
    (b"a long beginning 07", b"a long beginning 07and then an ending", b"half"),
    (b"term 00", b"nowhere", b"term 19"),
)


def stored(name: str) -> SparseIndex:
    segment = SparseSegment.open(GOLDEN, version_2.make(RamDirectory())[name])
    return SparseIndex([LiveSegment(segment, np.arange(segment.document_count))])


def scores(index: SparseIndex, queries: TermBatch, scorer: BM25 | Impact) -> dict[int, float]:
    found = index.search(queries, 999, scorer=scorer)
    return dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))


@pytest.mark.parametrize("query", QUERIES)
def test_stored_tokens_answer_by_the_formula(query: tuple[bytes, ...]) -> None:
    live = {number: tuple(row) for number, row in enumerate(version_2.TOKENS)}
    found = scores(stored("tokens.sparse"), TermBatch.from_tokens([query]), BM25())
    assert found == pytest.approx(bm25(live, query, BM25()), rel=1e-12)


def test_stored_weights_answer_by_the_formula() -> None:
    query = ((b"all", 0.5), (b"half", 2.0), (b"tail", 1.0), (b"term 03", 4.0))
    found = scores(stored("weights.sparse"), weighted_batch([query]), Impact())
    assert found == impact(dict(enumerate(version_2.VECTORS)), query)


def test_stored_lengths_of_more_than_two_bytes_answer_by_the_formula() -> None:
    live = {number: tuple(row) for number, row in enumerate(version_2.LENGTHY)}
    found = scores(stored("lengthy.sparse"), TermBatch.from_tokens([[b"a", b"b"]]), BM25())
    assert found == pytest.approx(bm25(live, (b"a", b"b"), BM25()), rel=1e-12)


@pytest.mark.parametrize(("name", "dtype"), [*zip(NAMES, ["u2", "u2", "u4"], strict=True)])
def test_stored_lengths_take_as_few_bytes_as_they_need(name: str, dtype: str) -> None:
    entry = version_2.make(RamDirectory())[name]
    file = open_arrays(GOLDEN, entry, kind="sparse")
    assert file.settings == {"version": 2}
    assert file.arrays["lengths"].dtype == np.dtype(dtype)


@pytest.mark.parametrize("name", NAMES)
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    version_2.make(today)
    assert today.read(name) == GOLDEN.read(name)
