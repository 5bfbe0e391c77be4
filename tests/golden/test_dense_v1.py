"""Vectors of version 1 open for ever, answer the same, and are still written alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.golden.dense_v1 import make_dense_v1 as version_1

from mnemic.indexes.dense import DenseIndex, DenseSegment, LiveSegment
from mnemic.indexes.storage import FileDirectory, RamDirectory

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "dense_v1")
QUERY = np.asarray([[0, 3, 0]], np.float32)


def stored(number: int) -> DenseIndex:
    segment = DenseSegment.open(GOLDEN, version_1.make(RamDirectory())[number])
    return DenseIndex([LiveSegment(segment, np.arange(segment.documents))])


def test_stored_directions_answer_as_they_did() -> None:
    found = stored(0).search_passages(QUERY, 9)
    assert found.documents.ids.tolist() == [0, 3, 2]
    np.testing.assert_allclose(found.documents.scores, [0.8, 2 / 3, 0], atol=1e-7)
    assert found.passages.tolist() == [0, 0, 0]
    assert stored(0).stats().documents == version_1.DOCUMENTS


def test_stored_points_answer_as_they_did() -> None:
    found = stored(1).search_passages(QUERY, 9)
    assert found.documents.ids.tolist() == [3, 2, 0]
    assert found.documents.scores.tolist() == [-6, -9, -10]


def test_stored_documents_answer_as_they_did() -> None:
    found = stored(2).search(QUERY, 9)
    assert found.ids.tolist() == [0, 3, 2, 1]
    assert found.scores.tolist() == [12, 6, 0, -1.5]


@pytest.mark.parametrize("name", ["cosine.dense", "l2.dense", "ip.dense"])
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    version_1.make(today)
    assert today.read(name) == GOLDEN.read(name)
