"""Explanations of learned-sparse scores name the tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.hash_encoder import SPARSE, HashModels
from tests.models import pulled
from tests.unit.retrieval.collections.embedded import opened, some

import mnemic
from mnemic.retrieval.vectors.retriever import sparse
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.types import Ranking


def terms(ranking: Ranking) -> list[str]:
    why = ranking[0].explanation
    assert why is not None
    return [part.description for part in why.parts]


def test_terms_are_shown_as_their_tokens(tmp_path: Path) -> None:
    with mnemic.open(tmp_path, settings=pulled(["splade-tiny"])) as database:
        papers = database.collection("papers", create=True, encoder="splade-tiny")
        papers.add([Document(id="a", text="Vitamin C cures scurvy.")])
        found = terms(papers.search("vitamin", 1, retriever="sparse", explain=True))
    assert "term 'vitamin'" in found
    assert not [name for name in found if re.fullmatch(r"term '\d{4,}'", name)]


def test_an_encoder_without_names_shows_ids(tmp_path: Path) -> None:
    models = HashModels()
    workspace = opened(tmp_path, models)
    papers = workspace.create("papers", encoders=[models.open(SPARSE)])
    papers.add(some(2))
    papers.embed()
    found = terms(sparse().bind(papers).search_explained("common", 1))
    assert found
    assert all(re.fullmatch(r"term '\d+'", name) for name in found)
    workspace.close()
