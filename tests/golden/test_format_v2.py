"""Format 2 with its vectors opens for ever, and writing it today gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.golden.format_v2 import make_format_v2 as format_v2

from mnemic.indexes.storage import FileDirectory, Manifest, ManifestStore, RamDirectory
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors import Track

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "format_v2")


def stored_names() -> list[str]:
    return [name for name in GOLDEN.names() if not name.endswith(".py")]


def stored() -> Manifest:
    manifest = ManifestStore(GOLDEN).load()
    assert manifest is not None
    return manifest


def track(role: str) -> Track:
    return Track.open(GOLDEN, stored().tracks[role], (), threads=1)


def test_stored_manifest_opens_and_says_what_was_written() -> None:
    assert stored() == format_v2.make(RamDirectory())
    assert b'"version": 2' in GOLDEN.read("MANIFEST.json")
    assert stored().tracks["dense-next"].spec == format_v2.NEXT_SPEC


def test_stored_dense_vectors_are_found() -> None:
    dense = track("dense")
    assert (dense.documents, dense.passages, dense.next_ordinal) == (4, 4, 6)
    found = dense.search.best(DenseVectors(np.array([[0.6, 0.8, 0.0]], np.float32)), 9)
    assert found.ordinals.tolist() == [0, 5, 3]
    assert found.scores == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    assert found.spans.tolist() == [[0, 9], [0, 4], [0, 0]]


def test_stored_passages_are_found() -> None:
    asked = DenseVectors(np.array([[0.0, -1.0, 0.0]], np.float32))
    found = track("dense").search.best(asked, 9, per_passage=True)
    assert found.ordinals.tolist() == [0, 3, 0, 5]
    assert found.spans[0].tolist() == [7, 20]
    assert found.scores == pytest.approx([1.0, 0.0, -0.8, -0.8], abs=1e-6)


def test_stored_weights_are_found() -> None:
    ids, weights = np.array([7, 70_000]), np.array([2.0, 1.0], np.float32)
    asked = SparseVectors(np.array([0, 2]), ids, weights, vocabulary_size=100_000)
    found = track("sparse").search.best(asked, 9)
    assert found.ordinals.tolist() == [3, 0]
    assert found.scores.tolist() == [2 * 1.25 + 2.0, 0.5]
    assert found.spans.tolist() == [[0, 3], [0, 9]]


def test_a_stored_track_under_way_opens() -> None:
    growing = track("dense-next")
    assert (growing.documents, growing.next_ordinal) == (1, 1)
    [piece] = growing.vectors
    assert piece.dense.vectors.tolist() == [[1.0, -2.0]]
    assert piece.dense.metric == "ip"


def test_writing_today_makes_the_same_files() -> None:
    today = RamDirectory()
    format_v2.make(today)
    assert today.names() == stored_names()


@pytest.mark.parametrize("name", stored_names())
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    format_v2.make(today)
    assert today.read(name) == GOLDEN.read(name)
