"""Postings of version 1 open for ever and answer the same; they are no longer written."""

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


def opened(number: int) -> SparseSegment:
    return SparseSegment.open(GOLDEN, version_1.make(RamDirectory())[number])


def index_of(segment: SparseSegment) -> SparseIndex:
    return SparseIndex([LiveSegment(segment, np.arange(segment.document_count))])


def test_stored_tokens_answer_by_the_formula() -> None:
    live = {number: tuple(row) for number, row in enumerate(version_1.TOKENS)}
    for query in ((b"b",), (b"a", b"\xff\x00"), ("天気".encode(), b"nowhere")):
        found = index_of(opened(0)).search(TermBatch.from_tokens([query]), 9)
        expected = bm25(live, query, BM25())
        scores = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
        assert scores == pytest.approx(expected)


def test_stored_weights_answer_as_they_did() -> None:
    queries = TermBatch.from_tokens([[b"z", b"z", b"x"]])
    found = index_of(opened(1)).search(queries, 9, scorer=Impact())
    assert found.ids.tolist() == [2, 0]
    assert found.scores.tolist() == [4.0, 2.5]


def test_what_was_opened_is_what_a_build_makes_today() -> None:
    built = SparseSegment.build(TermBatch.from_tokens(version_1.TOKENS))
    arrays = opened(0).arrays
    assert {name: array.tobytes() for name, array in arrays.items()} == {
        name: array.tobytes() for name, array in built.arrays.items()
    }


@pytest.mark.parametrize("number", [0, 1])
def test_what_was_opened_is_saved_in_the_version_of_today(number: int) -> None:
    directory = RamDirectory()
    entry = opened(number).save(directory, "again.sparse")
    assert b'"version":2' in directory.read("again.sparse").replace(b" ", b"")
    again = SparseSegment.open(directory, entry)
    assert again.arrays["terms"].tobytes() == opened(number).arrays["terms"].tobytes()
