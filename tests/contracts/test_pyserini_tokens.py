"""Anserini ranks what the export wrote as our own sparse search does, up to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.anserini_runtime import real_runtime
from tests.contracts.retriever_contract import CORPUS, QUESTIONS
from tests.models import pulled

import mnemic
from mnemic.retrieval.anserini import (
    build_index,
    encode_documents,
    pyserini,
    weigher,
    write_vectors,
)
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import spec_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.anserini, pytest.mark.slow]


def test_scores_are_ours_times_the_scales(tmp_path: Path) -> None:
    settings = pulled(["splade-tiny"])
    encoder = open_encoder(spec_of("splade-tiny"), settings)
    with mnemic.open(tmp_path / "data", settings=settings) as database:
        papers = database.collection("papers", create=True, encoder="splade-tiny")
        papers.add(CORPUS)
        papers.embed()
        ours = papers.search_many(QUESTIONS, 5, retriever="sparse")
    write_vectors(tmp_path / "json", encode_documents(CORPUS, encoder))
    build_index(tmp_path / "json", tmp_path / "index", impact=True, runtime=real_runtime())
    lucene = pyserini(
        tmp_path / "index", impact=True, weigh=weigher(encoder), runtime=real_runtime()
    )
    for mine, theirs in zip(ours, lucene.search(QUESTIONS, 50), strict=True):
        assert len(mine) == min(5, len(theirs))
        scores = {hit.id: hit.score for hit in theirs}
        for hit in mine:
            assert scores[hit.id] == pytest.approx(hit.score * 10_000, rel=0.02, abs=200)
