"""The token-level index as a user of the SDK makes and asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.llm.tokenizers import characters
from tests.unit.retrieval.collections.tokenised import stored_in, tokens_of

import mnemic
from mnemic.errors import DimensionMismatch, InvalidInput, NotFound, Unsupported
from mnemic.llm.tokenizer import Tokenizer
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.sdk import Collection

DOCUMENTS = [
    mnemic.Document(id="a", title="Pets", text="The cat sleeps.", metadata={"year": 2020}),
    mnemic.Document(id="b", text="The cat and the dog.", metadata={"year": 2024}),
]


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(cache=tmp_path / "cache", threads=1)
    with mnemic.open(tmp_path / "data", settings=settings) as db:
        papers = db.collection("papers", create=True)
        papers.add(DOCUMENTS)
        yield papers


def test_tokens_are_made_asked_and_dropped(papers: Collection, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    papers.index_tokens(
        characters(tmp_path / "tokenizer"), progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (2, 2)
    view = papers.tokens()
    assert stored_in(view) == {item.id: tokens_of(item, view.tokenizer) for item in DOCUMENTS}
    assert view.index.count(view.tokenizer.encode("he cat")) == 2
    papers.index_tokens(None)
    with pytest.raises(Unsupported):
        papers.tokens()


def test_a_folder_is_found_again_from_elsewhere(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    characters(tmp_path / "here" / "tokenizer")
    monkeypatch.chdir(tmp_path / "here")
    papers.index_tokens("tokenizer")
    monkeypatch.chdir(tmp_path)
    papers.check_tokenizer()
    assert papers.stats().tokens[0].model == str(tmp_path / "here" / "tokenizer")


def test_a_filter_says_which_documents_are_allowed(papers: Collection, tmp_path: Path) -> None:
    papers.index_tokens(characters(tmp_path / "tokenizer"))
    view = papers.tokens(filter={"year": {"$gte": 2022}})
    assert view.allowed is not None
    assert [mask.tolist() for mask in view.allowed] == [[0b10]]


def test_tokens_of_another_model_are_refused(papers: Collection, tmp_path: Path) -> None:
    papers.index_tokens(characters(tmp_path / "tokenizer"))
    other = Tokenizer.open(characters(tmp_path / "other", prefix="one more"))
    with pytest.raises(DimensionMismatch, match="other"):
        papers.tokens(tokenizer=other.fingerprint)


def test_the_default_says_how_to_fetch_it(papers: Collection) -> None:
    with pytest.raises(NotFound) as caught:
        papers.index_tokens()
    assert "mnemic models pull smollm2" in caught.value.hint
    for work in (papers.tokens, papers.check_tokenizer):
        with pytest.raises(Unsupported):
            work()


@pytest.mark.parametrize("tokenizer", ["", 7, ["smollm2"]])
def test_what_names_no_tokenizer_is_refused(papers: Collection, tokenizer: str) -> None:
    with pytest.raises(InvalidInput, match="tokenizer is"):
        papers.index_tokens(tokenizer)


def test_a_search_goes_by_words_all_the_same(papers: Collection, tmp_path: Path) -> None:
    papers.index_tokens(characters(tmp_path / "tokenizer"))
    assert [hit.id for hit in papers.search("dog")] == ["b"]
    assert papers.retriever().name == "bm25"
