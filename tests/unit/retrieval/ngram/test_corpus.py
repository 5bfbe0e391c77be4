"""A corpus that is asked in text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.ngram.corpora import of_bytes, of_tokens

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.ngram.corpus import Corpus

DOCUMENTS = (
    "The capital of France is Paris.",
    "Paris is the capital of France",
    "the capital of Spain",
    "I asked for the capital",
    "naïve 漢字 ✓ text",
)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder: Path = tmp_path_factory.mktemp("subwords")
    return of_tokens(folder, *DOCUMENTS)


@pytest.fixture(scope="module")
def letters() -> Corpus:
    return of_bytes(*DOCUMENTS)


def listed(corpus: Corpus, text: str, **options: Any) -> dict[str, int]:
    return {each.text: each.count for each in corpus.distribution(text, **options).tokens}


def test_a_text_is_found_at_the_start_and_inside(tokens: Corpus) -> None:
    found = tokens.distribution("the capital of")
    assert (found.count, found.ends, found.distinct) == (2, 0, 2)
    assert listed(tokens, "the capital of") == {" France": 1, " Spain": 1}
    assert listed(tokens, " the capital of") == {" France": 1}
    assert listed(tokens, "The capital of") == {" France": 1}


def test_the_end_of_a_document_is_an_outcome(tokens: Corpus) -> None:
    found = tokens.distribution("the capital")
    assert (found.count, found.ends, found.end_probability) == (3, 1, 1 / 3)
    assert sum(each.probability for each in found.tokens) == pytest.approx(2 / 3)


def test_what_does_not_occur_has_no_distribution(tokens: Corpus) -> None:
    found = tokens.distribution(" Spain capital of")
    assert (found.count, found.tokens, found.end_probability) == (0, (), None)


def test_the_unbounded_model_goes_by_the_longest_suffix(tokens: Corpus) -> None:
    found = tokens.distribution(" Spain capital of", unbounded=True)
    assert (found.context_text, len(found.context), found.given) == (" capital of", 2, 3)
    assert listed(tokens, " Spain capital of", unbounded=True) == {" France": 2, " Spain": 1}


def test_what_occurs_in_full_is_gone_by_in_full(tokens: Corpus) -> None:
    for text in ("the capital of", "The capital of France", "capital"):
        plain, unbounded = (tokens.distribution(text, unbounded=each) for each in (False, True))
        assert plain == unbounded


def test_a_context_can_be_bounded(tokens: Corpus) -> None:
    for unbounded in (False, True):
        found = tokens.distribution(" Spain capital of", max_context=1, unbounded=unbounded)
        assert (found.context_text, found.count) == (" of", 3)
    nothing, empty = tokens.distribution("the capital of", max_context=0), tokens.distribution("")
    assert replace(nothing, text="", given=0) == empty


def test_the_empty_text_stands_everywhere(letters: Corpus) -> None:
    found = letters.distribution("", 1)
    assert found.count == sum(len(each.encode()) + 1 for each in DOCUMENTS)
    assert found.ends == len(DOCUMENTS)
    assert found.tokens[0].text == " "


def test_k_bounds_the_list_alone(tokens: Corpus) -> None:
    few, many = (tokens.distribution("the capital of", k) for k in (0, 10**6))
    assert (few.tokens, few.distinct, few.count) == ((), many.distinct, many.count)
    assert len(many.tokens) == many.distinct


def test_probabilities_multiply(tokens: Corpus) -> None:
    found = tokens.probability("the capital", " of France")
    assert [(each.count, each.context_count) for each in found.steps] == [(2, 3), (1, 2)]
    assert found.probability == pytest.approx(1 / 3)
    assert tokens.probability("the capital", "").probability == 1


def test_a_probability_can_be_undefined(tokens: Corpus) -> None:
    found = tokens.probability(" Spain capital", " of France")
    assert found.probability is None
    assert {each.probability for each in found.steps} == {None}


def test_every_token_of_a_text_has_an_unbounded_probability(tokens: Corpus) -> None:
    found = tokens.probability("", " Spain capital of France is", unbounded=True)
    assert len(found.steps) == 5
    for place, step in enumerate(found.steps):
        before = "".join(each.text for each in found.steps[:place])
        same = tokens.distribution(before, 10**6, unbounded=True)
        assert step.context_count == same.count
        assert step.count == {each.id: each.count for each in same.tokens}.get(step.id, 0)


def test_matches_are_the_longest_from_every_token(tokens: Corpus) -> None:
    found = tokens.matches(" for the capital of France")
    text = " for the capital of France"
    parts = [text[each.start : each.end] for each in found.matches]
    assert parts[1:] == [" the capital of France", " capital of France", " of France", " France"]
    assert [each.count for each in found.matches[1:]] == [1, 2, 2, 2]
    assert found.longest is not None
    assert found.longest.length == 4


def test_matches_of_bytes_are_whole_characters(letters: Corpus) -> None:
    found = letters.matches("漣字 ✗é")
    parts = [found.text[each.start : each.end] for each in found.matches]
    assert parts == ["", "字 ", " ", "", ""]
    counts = [each.count for each in found.matches]
    assert counts[1] == 1
    assert counts[2] == sum(each.count(" ") for each in DOCUMENTS)


def test_nothing_matches_nothing(letters: Corpus) -> None:
    assert letters.matches("").longest is None
    assert letters.matches("@@").longest is None


def test_the_byte_level_answers_the_same_questions(letters: Corpus) -> None:
    assert listed(letters, "capital of ") == {"F": 2, "S": 1}
    found = letters.distribution("Madrid capital of ", unbounded=True)
    assert found.context_text == " capital of "
    assert letters.probability("capital of ", "France").probability == pytest.approx(2 / 3)


def test_answers_are_json(tokens: Corpus, letters: Corpus) -> None:
    for corpus in (tokens, letters):
        for found in (
            corpus.distribution("漢 capital of", unbounded=True),
            corpus.probability("of", " France", unbounded=True),
            corpus.matches(DOCUMENTS[-1]),
        ):
            assert json.loads(json.dumps(found.to_json(), allow_nan=False))


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"text": 3}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"text": "a", "k": -1}, "k is -1"),
        ({"text": "a", "k": True}, "k is a bool"),
        ({"text": "a", "max_context": -1}, "max_context"),
        ({"text": "a", "max_context": 1.5}, "max_context"),
    ],
)
def test_what_cannot_be_asked_is_named(tokens: Corpus, asked: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        tokens.distribution(**asked)
