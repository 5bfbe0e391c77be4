"""Documents become chunks: in order, in bounded steps, and each where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.hash_encoder import DENSE, REFUSED, SPARSE, HashEncoder, HashModels
from tests.unit.retrieval.collections.embedded import opened, some

from mnemic.retrieval.collections import chunks, encoding
from mnemic.retrieval.collections.chunks import Chunk, make_chunk
from mnemic.retrieval.collections.encoding import VectorWork, joined
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.vectors import VectorPiece
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection
    from mnemic.retrieval.encoders.specs import EncoderSpec

SPECS = (DENSE, SPARSE)


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Collection]:
    workspace = opened(tmp_path, HashModels())
    yield workspace.create("papers")
    workspace.close()


def chunk_of(
    papers: Collection,
    start: int = 0,
    *,
    spec: EncoderSpec = DENSE,
    stopped: Callable[[], bool] = lambda: False,
) -> Chunk:
    work = VectorWork(HashEncoder(spec))
    return make_chunk(papers._replica, work, start, stopped=stopped, progress=lambda count: None)


def assert_right(chunk: Chunk, papers: Collection, spec: EncoderSpec = DENSE) -> None:
    """Spans are those of the documents; the vectors are found by their own texts."""
    assert isinstance(chunk.piece, VectorPiece)
    by_ordinal = dict(enumerate(papers.documents()))
    spans, encoder = chunk.piece.spans, HashEncoder(spec)
    for row, ordinal in enumerate(spans.ordinals.tolist()):
        cut = inputs(by_ordinal[ordinal], encoder)
        passages = range(spans.offsets[row], spans.offsets[row + 1])
        found = [(spans.starts[at], spans.ends[at]) for at in passages]
        assert found == [(piece.start, piece.end) for piece in cut]
        if spec is DENSE and cut:
            expected = encoder.encode_documents([piece.text for piece in cut])
            assert isinstance(expected, DenseVectors)
            lengths = np.linalg.norm(expected.values.astype(float), axis=1, keepdims=True)
            unit = expected.values / lengths
            np.testing.assert_allclose(chunk.piece.dense.vectors[passages], unit, atol=1e-6)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
@pytest.mark.parametrize(("texts", "read"), [(128, 256), (1, 256), (3, 5), (128, 1), (4, 4)])
def test_a_chunk_has_every_document(
    papers: Collection,
    monkeypatch: pytest.MonkeyPatch,
    spec: EncoderSpec,
    texts: int,
    read: int,
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", texts)
    monkeypatch.setattr(chunks, "READ", read)
    papers.add(some(11))
    chunk = chunk_of(papers, spec=spec)
    assert (chunk.start, chunk.next_ordinal, chunk.documents) == (0, 11, 11)
    assert_right(chunk, papers, spec)


def test_a_chunk_begins_where_it_is_told(papers: Collection) -> None:
    papers.add(some(9))
    chunk = chunk_of(papers, 6)
    assert isinstance(chunk.piece, VectorPiece)
    assert (chunk.start, chunk.next_ordinal) == (6, 9)
    assert chunk.piece.spans.ordinals.tolist() == [6, 7, 8]
    assert_right(chunk, papers)


def test_nothing_is_left(papers: Collection) -> None:
    assert chunk_of(papers) == Chunk(0, 0, None, 0)
    papers.add(some(4))
    assert chunk_of(papers, 4) == Chunk(4, 4, None, 0)
    papers.delete(["d2", "d3"])
    assert chunk_of(papers, 2) == Chunk(2, 4, None, 0)


@pytest.mark.parametrize("limit", ["stopped", "passages", "seconds"])
def test_a_chunk_ends_early(
    papers: Collection, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", 4)
    if limit == "passages":
        monkeypatch.setattr(encoding, "CHUNK_PASSAGES", 4)
    if limit == "seconds":
        monkeypatch.setattr(chunks, "CHUNK_SECONDS", -1.0)
    papers.add(some(20))
    starts, total = [0], 0
    while starts[-1] < 20:
        chunk = chunk_of(papers, starts[-1], stopped=lambda: limit == "stopped")
        assert isinstance(chunk.piece, VectorPiece)
        assert chunk.piece.spans.ordinals.tolist() == list(range(starts[-1], chunk.next_ordinal))
        starts.append(chunk.next_ordinal)
        total += chunk.documents
    assert total == 20
    assert len(starts) > 4


def test_refused_and_blank_documents_keep_their_place(papers: Collection) -> None:
    bad, blank = Document(id="bad", text=f"a {REFUSED} b"), Document(id="blank", text=" ")
    papers.add([*some(3), bad, blank, *some(3, 3)])
    chunk = chunk_of(papers)
    assert isinstance(chunk.piece, VectorPiece)
    assert (chunk.documents, chunk.next_ordinal) == (8, 8)
    assert chunk.piece.empty == 2
    counts = np.diff(chunk.piece.spans.offsets).tolist()
    assert [place for place, count in enumerate(counts) if not count] == [3, 4]
    best = HashEncoder(DENSE).encode_documents(["Title 5 common word5 and word6"])
    assert isinstance(best, DenseVectors)
    scores = chunk.piece.dense.vectors @ best.values[0]
    assert chunk.piece.spans.owners[int(scores.argmax())] == 7


def test_progress_is_told_for_each_call(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", 4)
    papers.add(some(10))
    told: list[int] = []
    work = VectorWork(HashEncoder(DENSE))
    make_chunk(papers._replica, work, 0, stopped=lambda: False, progress=told.append)
    assert sum(told) == 10
    assert len(told) > 2


def test_vectors_are_joined_in_order() -> None:
    dense = joined([DenseVectors(np.full((n, 2), n, np.float32)) for n in (1, 0, 2)])
    assert isinstance(dense, DenseVectors)
    assert dense.values[:, 0].tolist() == [1, 2, 2]
    texts = [["a b", "c"], [], ["", "d"]]
    encoder = HashEncoder(SPARSE)
    parts = joined([encoder.encode_documents(part) for part in texts])
    whole = encoder.encode_documents([text for part in texts for text in part])
    assert isinstance(parts, SparseVectors)
    assert isinstance(whole, SparseVectors)
    for name in ("offsets", "ids", "weights"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert parts.vocabulary_size == whole.vocabulary_size
