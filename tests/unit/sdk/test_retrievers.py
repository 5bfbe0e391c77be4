from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

import mnemic
from mnemic.sdk import retrievers

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.sdk import Collection


@pytest.mark.parametrize("name", [None, "default", "bm25"])
def test_names_that_work(papers: Collection, name: str | None) -> None:
    assert papers.retriever(name).name == "bm25"
    assert papers.search("dense", retriever=name)[0].id == "c"


@pytest.mark.parametrize("name", ["ngram", "rrf(bm25,ngram)"])
def test_ngrams_need_no_model(papers: Collection, name: str) -> None:
    assert papers.retriever(name).name == name
    assert papers.search("dense", retriever=name)[0].id == "c"


def test_a_model_that_writes_ngrams_must_be_there(papers: Collection) -> None:
    with pytest.raises(mnemic.NotFound) as caught:
        papers.retriever("ngram:smollm2")
    assert "mnemic models pull smollm2" in caught.value.hint


@pytest.mark.parametrize("name", ["ngram:", "ngrams", "Ngram"])
def test_other_names_of_ngrams_are_refused(papers: Collection, name: str) -> None:
    with pytest.raises(mnemic.InvalidInput):
        papers.retriever(name)


@pytest.mark.parametrize("name", ["dense", "hybrid", "sparse"])
def test_names_that_need_vectors_say_how_to_get_them(papers: Collection, name: str) -> None:
    with pytest.raises(mnemic.Unsupported, match=r"no (dense|sparse) vectors") as caught:
        papers.search("dense", retriever=name)
    assert "mnemic models pull" in caught.value.hint
    assert "mnemic reindex" in caught.value.hint


@pytest.mark.parametrize("name", ["bm52", "", "BM25", 1, b"bm25", ["bm25"], object(), type])
def test_other_names_and_values_are_refused(papers: Collection, name: Any) -> None:
    with pytest.raises(mnemic.InvalidInput) as caught:
        papers.search("dense", retriever=name)
    assert "bm25" in caught.value.hint


@pytest.mark.parametrize("name", ["rrf(bm25)", "min-max(bm25@0.3,rrf(bm25,bm25)@0.7)"])
def test_a_fusion_can_be_written(papers: Collection, name: str) -> None:
    assert papers.retriever(name).name == name
    assert papers.search("dense", retriever=name)[0].id == "c"


@pytest.mark.parametrize("name", ["rrf(bm52)", "rrf(", "bm25,dense", "sum(bm25)"])
def test_a_wrong_fusion_is_refused(papers: Collection, name: str) -> None:
    with pytest.raises(mnemic.InvalidInput) as caught:
        papers.retriever(name)
    assert "rrf" in caught.value.hint


@pytest.mark.parametrize("name", [None, "default", "hybrid", "bm25", "rrf(bm25,dense)"])
def test_passages_need_vectors(papers: Collection, name: str | None) -> None:
    with pytest.raises(mnemic.Unsupported, match="needs vectors"):
        papers.retriever(name, per_passage=True)


def test_a_collection_without_vectors_has_no_encoder_to_check(papers: Collection) -> None:
    with pytest.raises(mnemic.Unsupported, match="no dense vectors"):
        papers.check_encoder("dense")


def test_a_spec_is_bound_and_a_retriever_is_taken_as_it_is(papers: Collection) -> None:
    spec = mnemic.retrieval.bm25(k1=2.0, b=0.1)
    bound = papers.retriever(spec)
    assert papers.retriever(bound) is bound
    score = papers.search("token", retriever=spec)[0].score
    assert score == papers.search("token", retriever=bound)[0].score
    assert score != papers.search("token")[0].score


def test_the_default_is_explained_once(
    papers: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    retrievers._note_default.cache_clear()
    with caplog.at_level(logging.INFO, logger="mnemic.sdk"):
        papers.search("dense")
        papers.search("dense", retriever="default")
    [record] = caplog.records
    assert "searched by words alone (BM25)" in record.message
    assert "mnemic models pull minilm" in record.message


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (None, "bm25"),
        ("ngram", "ngram"),
        ("rrf(bm25,ngram)", "rrf(bm25,ngram)"),
        (mnemic.retrieval.ngram(), "ngram"),
        (mnemic.retrieval.bm25(), "bm25"),
    ],
)
def test_what_has_no_passages_is_named(papers: Collection, wanted: Any, named: str) -> None:
    with pytest.raises(mnemic.Unsupported) as caught:
        papers.retriever(wanted, per_passage=True)
    assert f"{named} ranks whole documents" in caught.value.message


def test_an_encoder_writes_no_ngrams(papers: Collection, tmp_path: Path) -> None:
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"architectures": ["BertModel"]}')
    for name in ("minilm", "splade-tiny", str(tmp_path / "bert")):
        with pytest.raises(mnemic.Unsupported, match="no language model") as caught:
            papers.retriever(f"ngram:{name}")
        assert "ngram:smollm2" in (caught.value.hint or "")
