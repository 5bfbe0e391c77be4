"""Documents without any weight are stored, found by their words, and hold up no other."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.hash_encoder import SPARSE, HashEncoder
from tests.unit.retrieval.collections.embedded import found, names

from mnemic.retrieval.collections import Workspace
from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.retrieval.encoders.specs import EncoderSpec
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mnemic.retrieval.collections import Collection

# To the encoder, "..." is no word at all.
DOCUMENTS = [
    Document(id="word", text="red river"),
    Document(id="dots", text="..."),
    Document(id="blank", text="  "),
    Document(id="nothing", text=""),
    Document(id="other", text="blue river"),
]


class ZeroEncoder(HashEncoder):
    """As an encoder that says 0 of every text where others leave out: no row is without ids."""

    def encode_documents(self, texts: Sequence[str]) -> SparseVectors:
        vectors = super().encode_documents(texts)
        assert isinstance(vectors, SparseVectors)
        ends = vectors.offsets[1:]
        return replace(
            vectors,
            offsets=vectors.offsets + np.arange(len(vectors.offsets)),
            ids=np.insert(vectors.ids, ends, vectors.vocabulary_size - 1),
            weights=np.insert(vectors.weights, ends, 0.0),
        )


def zeros(spec: Mapping[str, Any]) -> HashEncoder:
    return ZeroEncoder(EncoderSpec.from_json(spec))


def plain(spec: Mapping[str, Any]) -> HashEncoder:
    return HashEncoder(EncoderSpec.from_json(spec))


@pytest.fixture(params=[plain, zeros])
def papers(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Collection]:
    settings = Settings(lock_wait=30.0, encode_wait=0.0, threads=1)
    workspace = Workspace.open(tmp_path, settings=settings, open_encoder=request.param)
    with closing(workspace):
        made = workspace.create("papers", encoders=[request.param(SPARSE.to_json())])
        made.add(DOCUMENTS)
        made.embed()
        yield made


def test_they_are_stored_and_encoded(papers: Collection) -> None:
    [track] = papers.stats().encoders
    assert (track.documents, track.pending, track.empty) == (5, 0, 3)
    assert sorted(document.id for document in papers.documents()) == sorted(
        document.id for document in DOCUMENTS
    )


def test_no_query_finds_them(papers: Collection) -> None:
    assert names(papers, "sparse", query="red blue river") == {"word", "other"}
    for query in ("", "...", "  "):
        assert found(papers, "sparse", query) == []


def test_they_are_merged_replaced_and_deleted(papers: Collection) -> None:
    papers.add(
        [Document(id="dots", text="green river"), Document(id="word", text="...")],
        on_duplicate="replace",
    )
    papers.delete(["blank"])
    papers.embed()
    papers.compact()
    assert names(papers, "sparse", query="red blue green river") == {"dots", "other"}
    [track] = papers.stats().encoders
    assert (track.documents, track.pending, track.empty) == (4, 0, 2)
