"""A collection as a language model of n-grams, from the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.retrieval.ngram.corpora import subwords

import mnemic
from mnemic.errors import InvalidInput, Unsupported
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.sdk import Collection

TEXTS = {
    "fr": "Paris is the capital of France",
    "es": "Madrid is the capital of Spain",
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Collection]:
    with mnemic.open(tmp_path / "data") as db:
        yield db.collection("places", create=True, encoder=None)


@pytest.fixture
def places(empty: Collection, tmp_path: Path) -> Collection:
    empty.add([Document(id=name, title=name, text=text) for name, text in TEXTS.items()])
    empty.index_tokens(subwords(tmp_path / "tokenizer", [*TEXTS.values()]))
    return empty


def following(places: Collection, text: str) -> dict[str, int]:
    return {each.text: each.count for each in places.ngrams().distribution(text).tokens}


def test_tokens_are_what_is_asked_unless_told(places: Collection) -> None:
    assert following(places, "the capital of") == {" France": 1, " Spain": 1}
    assert places.ngrams().level == places.ngrams("auto").level == "tokens"
    assert places.ngrams("bytes").level == "bytes"


def test_bytes_are_asked_while_documents_have_no_tokens(places: Collection) -> None:
    places.add([Document(id="it", text="Rome is the capital of Italy.")], encode="later")
    assert places.ngrams("auto").level == "bytes"
    assert places.ngrams("auto").distribution("capital").count == 3
    assert places.ngrams().pending == 1
    places.embed()
    assert places.ngrams("auto").level == "tokens"


def test_without_tokens_there_is_the_command(empty: Collection) -> None:
    with pytest.raises(Unsupported, match="mnemic ngram index"):
        empty.ngrams()
    assert empty.ngrams("auto").level == "bytes"
    with pytest.raises(InvalidInput, match="level='words'"):
        empty.ngrams("words")  # type: ignore[arg-type]


def test_a_snapshot_stays_as_it_is(places: Collection) -> None:
    before = {level: places.ngrams(level) for level in ("tokens", "bytes")}
    places.delete(["fr"])
    for corpus in before.values():
        assert corpus.distribution("capital").count == 2
    assert following(places, "the capital of") == {" Spain": 1}
    assert places.ngrams("bytes").distribution("capital").count == 1


def test_contamination_says_which_document(places: Collection) -> None:
    items = ["I know that Paris is the capital of France", Document(id="d", text="nothing")]
    for level in ("auto", "bytes"):
        report = places.contamination(items, n=4, level=level)  # type: ignore[arg-type]
        first, second = report.items
        assert (first.item.id, second.item.id) == ("1", "d")
        assert first.longest is not None
        assert first.longest.document == "fr"
        assert second.shares[0].found == 0


def test_a_title_and_a_text_are_apart(places: Collection) -> None:
    for level in ("tokens", "bytes"):
        corpus = places.ngrams(level)
        found = corpus.distribution("es")
        assert found.ends >= 1
        assert corpus.spelling.boundary not in {each.id for each in found.tokens}
    text = "esMadrid is"
    longest = places.ngrams("bytes").matches(text).longest
    assert longest is not None
    assert text[longest.start : longest.end] == "Madrid is"


@pytest.mark.parametrize("level", ["tokens", "bytes"])
def test_an_empty_collection_answers(empty: Collection, level: str, tmp_path: Path) -> None:
    empty.index_tokens(subwords(tmp_path / "tokenizer", [*TEXTS.values()]))
    corpus = empty.ngrams(level)  # type: ignore[arg-type]
    for unbounded in (False, True):
        found = corpus.distribution("the capital", unbounded=unbounded)
        assert (found.count, found.tokens, found.end_probability) == (0, (), None)
    assert corpus.probability("a", " b", unbounded=True).probability is None
    assert corpus.matches("Paris").longest is None
    report = corpus.contamination(["Paris is", ""], 1)
    assert (report.overall[0].share, report.items[0].longest) == (0.0, None)
