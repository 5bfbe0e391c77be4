from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.bigram_model import BigramModel
from tests.contracts.small_llama import make_llama, small_llama

import mnemic
from mnemic.retrieval import ngram
from mnemic.retrieval.ngram.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.sdk import Collection

DOCUMENTS = (
    mnemic.Document(id="a", title="Foxes", text="The red fox crosses the river", metadata={"n": 1}),
    mnemic.Document(id="b", text="Fox red, river crosses: the red car", metadata={"n": 2}),
    mnemic.Document(id="c", title="The Who", text="a band of London", metadata={"n": 3}),
    mnemic.Document(id="d", text="rivers and more rivers, rivers of ice", metadata={"n": 4}),
)


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Collection]:
    with mnemic.open(tmp_path / "data") as database:
        collection = database.collection("papers", create=True)
        collection.add(DOCUMENTS)
        yield collection


def ids(papers: Collection, question: str, **options: Any) -> list[str]:
    return [hit.id for hit in papers.search(question, **{"retriever": "ngram", **options})]


def test_words_in_the_order_of_the_question_count_more(papers: Collection) -> None:
    assert ids(papers, "red fox") == ["a", "b"]
    assert ids(papers, "fox red") == ["b", "a"]


def test_inflections_are_the_same_word(papers: Collection) -> None:
    assert ids(papers, "RIVER")[0] == "d"
    assert set(ids(papers, "foxes")) == {"a", "b"}


def test_a_question_of_stop_words_finds_itself(papers: Collection) -> None:
    assert ids(papers, "the who") == ["c"]
    assert ids(papers, "the") == []


def test_a_word_that_is_everywhere_is_found(papers: Collection) -> None:
    papers.delete(["a", "b", "c", "d"])
    papers.add([mnemic.Document(id=f"x{n}", text="river " * n) for n in range(3)])
    assert set(ids(papers, "river")) == {"x1", "x2"}


def test_a_filter_reaches_words_that_are_too_frequent(papers: Collection) -> None:
    papers.add([mnemic.Document(id=f"x{n}", text="river " * 3) for n in range(40)])
    few = ngram(max_hits=5, documents=2)
    assert ids(papers, "river", filter={"n": 4}, retriever=few) == ["d"]


def test_a_name_or_a_value_can_be_given(papers: Collection) -> None:
    assert papers.retriever("ngram").name == papers.retriever(ngram()).name == "ngram"
    written = papers.retriever(f"ngram:{small_llama()}")
    assert written.name == f"ngram:{small_llama()}"


def test_a_model_needs_the_token_level_index(papers: Collection) -> None:
    with pytest.raises(mnemic.Unsupported) as caught:
        papers.search("fox", retriever=f"ngram:{small_llama()}")
    assert "mnemic ngram index" in caught.value.hint


def test_a_model_must_have_the_tokenizer_of_the_index(papers: Collection, tmp_path: Path) -> None:
    other = make_llama(tmp_path / "other")
    papers.index_tokens(str(other))
    tokenizer = (other / "tokenizer.json").read_text()
    changed = make_llama(tmp_path / "changed")
    (changed / "tokenizer.json").write_text(tokenizer.replace("<end>", "<stop>"))
    (changed / "tokenizer_config.json").write_text('{"eos_token": "<stop>"}')
    assert papers.search("fox", retriever=ngram(model=str(other), writing=SHORT))
    with pytest.raises(mnemic.DimensionMismatch):
        papers.search("fox", retriever=ngram(model=str(changed), writing=SHORT))


def test_a_model_that_cannot_tell_its_tokenizer_is_refused(papers: Collection) -> None:
    with pytest.raises(mnemic.Unsupported, match="BigramModel"):
        papers.search("fox", retriever=ngram(model=BigramModel()))


def test_what_the_model_writes_counts_and_is_explained(papers: Collection) -> None:
    papers.index_tokens(str(small_llama()))
    spec = ngram(model=str(small_llama()), writing=SHORT)
    told = [
        part.description
        for hit in papers.search("fox river", retriever=spec, explain=True)
        for part in (hit.explanation.parts if hit.explanation else ())
    ]
    assert any(text.startswith("generated n-gram '") and "log-prob" in text for text in told)


def test_explanations_name_fields_and_characters(papers: Collection) -> None:
    ranking = papers.search("red foxes", retriever="ngram", explain=True)
    assert ranking[0].explanation
    told = [part.description for part in ranking[0].explanation.parts]
    assert any("word 'foxes' 2 times: title 0-5, text 8-11" in text for text in told)
    assert any("n-gram 'red fox': text 4-11" in text for text in told)


def test_a_part_of_a_long_document_is_explained_in_its_own_characters(papers: Collection) -> None:
    papers.add([mnemic.Document(id="long", title="T", text="é " * 60_000 + "heron")])
    (hit,) = papers.search("heron", retriever="ngram", explain=True)
    assert hit.explanation
    assert "text 120000-120005" in hit.explanation.parts[0].description


@pytest.mark.parametrize("name", Parameters.__dataclass_fields__)
@pytest.mark.parametrize("value", [-1, "1", float("nan"), True, None])
def test_wrong_parameters_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match=name):
        ngram(**{name: value})


def test_unknown_parameters_and_models_are_refused() -> None:
    with pytest.raises(mnemic.InvalidInput, match="phrases"):
        ngram(phrases=1)
    with pytest.raises(mnemic.InvalidInput, match="model"):
        ngram(model=3)  # type: ignore[arg-type]


SHORT = mnemic.retrieval.Writing(
    body=mnemic.retrieval.Prompt("{question}:"),
    beams=4,
    tokens=6,
    question_tokens=16,
    shortening=0.9,
)
