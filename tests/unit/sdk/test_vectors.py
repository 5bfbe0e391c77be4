"""A user's collection with a real encoder: made, searched, reindexed, and without its model."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from tests.models import pulled

import mnemic
from mnemic.sdk import retrievers
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [
    mnemic.Document(id="bread", text="Knead the dough and put the loaf into a hot oven."),
    mnemic.Document(id="law", text="The court dismissed the appeal of the defendant."),
    mnemic.Document(id="stars", text="Astronomers measured how far the galaxy is from us."),
]
QUESTION = "baking at home"


def made(path: Path, settings: Settings, **options: object) -> None:
    """A collection of three documents with vectors."""
    with mnemic.open(path, settings=settings) as database:
        papers = database.collection("papers", create=True, **options)  # type: ignore[arg-type]
        papers.add(DOCUMENTS)
        papers.embed()


def test_the_default_encoder_is_used_where_it_is(tmp_path: Path) -> None:
    settings = pulled(["minilm"])
    made(tmp_path, settings)
    with mnemic.open(tmp_path, settings=settings) as database:
        papers = database.collection("papers")
        assert [item.model for item in papers.stats().encoders] == ["minilm"]
        assert papers.search(QUESTION, 1)[0].id == "bread"
        assert len(papers.search(QUESTION, retriever="bm25")) == 0
        assert papers.search(QUESTION, per_passage=True)[0].passage == (0, len(DOCUMENTS[0].text))
        explained = papers.search(QUESTION, 1, retriever="dense", explain=True)[0]
        assert explained.explanation is not None
        assert explained.explanation.value == explained.score


def test_nothing_is_encoded_where_no_model_is(tmp_path: Path) -> None:
    made(tmp_path / "data", Settings(cache=tmp_path / "none"))
    with mnemic.open(tmp_path / "data", settings=Settings(cache=tmp_path / "none")) as database:
        assert database.collection("papers").stats().encoders == ()


def test_a_model_that_is_gone_leaves_words_and_one_note(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made(tmp_path / "data", pulled(["minilm"]))
    retrievers._note_missing.cache_clear()
    with mnemic.open(tmp_path / "data", settings=Settings(cache=tmp_path / "none")) as database:
        papers = database.collection("papers")
        with caplog.at_level(logging.WARNING, "mnemic.sdk"):
            for _ in range(3):
                assert papers.search("court appeal")[0].id == "law"
        notes = [one.getMessage() for one in caplog.records if one.name == "mnemic.sdk"]
        assert sum("is searched without its dense vectors" in note for note in notes) == 1
        assert not any("has no vectors" in note for note in notes)
        with pytest.raises(mnemic.NotFound) as caught:
            papers.search("court appeal", retriever="dense")
        assert "mnemic models pull minilm" in str(caught.value.hint)
    retrievers._note_missing.cache_clear()


def test_another_encoder_is_a_conflict_until_it_is_reindexed(tmp_path: Path) -> None:
    settings = pulled(["minilm", "splade-tiny"])
    made(tmp_path, settings, encoder="minilm")
    with mnemic.open(tmp_path, settings=settings) as database:
        with pytest.raises(mnemic.Conflict, match=r"minilm.*splade-tiny"):
            database.collection("papers", encoder="splade-tiny")
        papers = database.collection("papers", encoder="minilm")
        papers.reindex(encoder="splade-tiny")
        database.collection("papers", encoder="splade-tiny")
        assert papers.search("galaxy distance", 1, retriever="sparse")[0].id == "stars"
        with pytest.raises(mnemic.Unsupported, match="no dense vectors"):
            papers.search(QUESTION, retriever="dense")
        papers.reindex(encoder=None)
        assert papers.stats().encoders == ()


def test_what_another_process_changed_is_compared(tmp_path: Path) -> None:
    settings = pulled(["minilm", "splade-tiny"])
    made(tmp_path, settings, encoder="splade-tiny")
    with (
        mnemic.open(tmp_path, settings=settings) as here,
        mnemic.open(tmp_path, settings=settings) as there,
    ):
        assert [one.model for one in here.collection("papers").stats().encoders] == ["splade-tiny"]
        with there.collection("papers") as papers:
            papers.reindex(encoder="minilm")
        assert here.collection("papers", encoder="minilm").name == "papers"
        for encoder in (None, "splade-tiny"):
            with pytest.raises(mnemic.Conflict, match=r"has the encoders \['minilm'\]"):
                here.collection("papers", encoder=encoder)


@pytest.mark.parametrize("encoder", ["default", ["default"], "minilm"])
def test_a_default_that_is_not_here_removes_no_vectors(tmp_path: Path, encoder: object) -> None:
    made(tmp_path / "data", pulled(["wordllama"]), encoder="wordllama")
    with mnemic.open(tmp_path / "data", settings=Settings(cache=tmp_path / "none")) as database:
        papers = database.collection("papers", encoder="default")
        with pytest.raises(mnemic.NotFound) as caught:
            papers.reindex(encoder=encoder)  # type: ignore[arg-type]
        assert "mnemic models pull minilm" in str(caught.value.hint)
        assert [(item.model, item.documents) for item in papers.stats().encoders] == [
            ("wordllama", 3)
        ]


@pytest.mark.parametrize("retriever", [None, "default", "hybrid", "sparse"])
def test_passages_are_those_of_the_vectors_that_are_there(
    tmp_path: Path, retriever: str | None
) -> None:
    settings = pulled(["splade-tiny"])
    made(tmp_path, settings, encoder="splade-tiny")
    with mnemic.open(tmp_path, settings=settings) as database:
        papers = database.collection("papers")
        [hit] = papers.search("galaxy", 1, retriever=retriever, per_passage=True)
        assert (hit.id, hit.passage) == ("stars", (0, len(DOCUMENTS[2].text)))
        with pytest.raises(mnemic.Unsupported, match="no dense vectors"):
            papers.search("galaxy", retriever="dense", per_passage=True)


@pytest.mark.parametrize("encoder", [7, {"model": "minilm"}, ["minilm", 3], object()])
def test_encoders_of_another_form_are_refused(tmp_path: Path, encoder: object) -> None:
    settings = pulled(["minilm"])
    with mnemic.open(tmp_path, settings=settings) as database, pytest.raises(mnemic.InvalidInput):
        database.collection("papers", create=True, encoder=encoder)  # type: ignore[arg-type]


def test_two_encoders_of_one_kind_are_refused(tmp_path: Path) -> None:
    settings = pulled(["minilm", "wordllama"])
    with mnemic.open(tmp_path, settings=settings) as database:
        with pytest.raises(mnemic.InvalidInput, match="two encoders of one kind"):
            database.collection("papers", create=True, encoder=["minilm", "wordllama"])
        assert database.collections() == []
