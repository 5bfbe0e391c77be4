"""Postings of version 1 open for ever, answer the same, and are still written alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.contracts.sparse_oracle import bm25
from tests.golden.sparse_v1 import make_sparse_v1 as version_1

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory, RamDirectory

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "sparse_v1")


def stored(number: int) -> SparseIndex:
    segment = SparseSegment.open(GOLDEN, version_1.make(RamDirectory())[number])
    return SparseIndex([LiveSegment(segment, np.arange(segment.document_count))])


def test_stored_tokens_answer_by_the_formula() -> None:
    live = {number: tuple(row) for number, row in enumerate(version_1.TOKENS)}
    for query in ((b"b",), (b"a", b"\xff\x00"), ("天気".encode(), b"nowhere")):
        found = stored(0).search(TermBatch.from_tokens([query]), 9)
        expected = bm25(live, query, BM25())
        scores = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
        assert scores == pytest.approx(expected)


def test_stored_weights_answer_as_they_did() -> None:
    found = stored(1).search(TermBatch.from_tokens([[b"z", b"z", b"x"]]), 9, scorer=Impact())
    assert found.ids.tolist() == [2, 0]
    assert found.scores.tolist() == [4.0, 2.5]


@pytest.mark.parametrize("name", ["tokens.sparse", "weights.sparse"])
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    version_1.make(today)
    assert today.read(name) == GOLDEN.read(name)
