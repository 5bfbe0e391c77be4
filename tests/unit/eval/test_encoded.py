"""What is measured in memory is what a collection with the same limit answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.retrieval.encoders.small_models import made

import mnemic
from mnemic.eval.encoded import EncodedDocuments
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.retrieval.encoders.specs import EncoderSpec
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [
    Document(id=f"d{n}", text=" ".join(f"w{(n * step) % 60}" for step in range(1, 2 + n)))
    for n in range(12)
]
QUERIES = ["w1 w2", "w7", "w3 w9 w27"]


@pytest.mark.parametrize("top_k", [1, 3, 16, None])
def test_a_collection_with_the_limit_answers_the_same(tmp_path: Path, top_k: int | None) -> None:
    folder = str(made(tmp_path / "small", head="splade"))
    settings = Settings(threads=1, cache=tmp_path / "cache")
    whole = open_encoder(EncoderSpec(folder, "sparse"), settings)
    asked = whole.encode_queries(QUERIES)
    assert isinstance(asked, SparseVectors)
    expected = EncodedDocuments.encode(DOCUMENTS, whole).search(top_k).rankings(asked, 5)
    with mnemic.open(tmp_path / "data", settings=settings) as db:
        spec = EncoderSpec(folder, "sparse", top_k=top_k)
        papers = db.collection("papers", create=True, encoder=spec)
        papers.add(DOCUMENTS)
        papers.embed()
        found = papers.search_many(QUERIES, 5, retriever="sparse")
    assert any(expected)
    for ranking, scores in zip(found, expected, strict=True):
        assert {hit.id: hit.score for hit in ranking} == pytest.approx(scores)
