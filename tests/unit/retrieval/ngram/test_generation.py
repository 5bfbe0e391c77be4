"""A model whose every probability is known writes under the constraint of a small index."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.bigram_model import END, LETTERS, SIZE, BigramModel
from tests.contracts.small_llama import small_llama

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.llm.causal import TransformersModel
from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.ngram.constraint import Occurring
from mnemic.retrieval.ngram.generation import Writing, write
from mnemic.retrieval.ngram.prompts import Prompt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.llm.protocols import LanguageModel

TITLES = ("red fox", "", "boats")
TEXTS = ("a red fox runs", "the red car", "red boats drift")
PLAIN = Writing(body=Prompt("{question}"), beams=50, tokens=3, smoothing=0.5)


def tokens_of(text: str, model: LanguageModel) -> list[int]:
    return [int(token) for token in model.encode(text)]


def index_of(model: LanguageModel, boundary: int) -> NgramIndex:
    documents = [
        [*tokens_of(title, model), boundary, *tokens_of(text, model)]
        if title
        else tokens_of(text, model)
        for title, text in zip(TITLES, TEXTS, strict=True)
    ]
    batch = SymbolBatch.of_tokens([np.array(row) for row in documents], boundary + 1)
    return NgramIndex([LiveNgrams(NgramSegment.build(batch), np.arange(len(documents)))])


def bigram() -> tuple[BigramModel, NgramIndex]:
    model = BigramModel()
    return model, index_of(model, SIZE)


def occurring(*, size: int) -> set[str]:
    whole = [*TITLES, *TEXTS]
    return {text[at : at + size] for text in whole for at in range(len(text) - size + 1)}


def after(constraint: Occurring, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The mask after these tokens, given one by one."""
    masks = [
        constraint(tokens[None, :step], np.zeros(1, np.int64)) for step in range(1, len(tokens) + 1)
    ]
    last: NDArray[np.bool_] = masks[-1][0]
    return last


def test_every_partial_ngram_is_kept_with_its_probability() -> None:
    model, index = bigram()
    constraint = Occurring(index, SIZE, END)
    prompt = model.encode("q")
    generations = model.generate(prompt, max_tokens=3, beams=1_000, constraint=constraint)
    partial = constraint.written(generations)
    texts = {model.decode(np.array(row)) for row in partial.tokens}
    assert texts == {text for size in (1, 2, 3) for text in occurring(size=size)}
    assert partial.log_probabilities is None
    counts = index.totals(partial.ranges)
    for row, count in zip(partial.tokens, counts, strict=True):
        assert index.count(np.array(row)) == count


def test_a_network_tells_the_probability_of_every_partial_ngram() -> None:
    model = TransformersModel.open(small_llama(), dtype="float32")
    index = index_of(model, model.vocabulary_size)
    constraint = Occurring(index, model.vocabulary_size, model.end_of_sequence)
    prefix = model.prefix(model.encode("red"))
    generations = model.generate(prefix, max_tokens=4, beams=5, constraint=constraint)
    partial = constraint.written(generations)
    rows = [np.array(row, np.int64) for row in partial.tokens]
    assert partial.log_probabilities is not None
    expected = model.log_likelihood([prefix] * len(rows), rows)
    assert partial.log_probabilities == pytest.approx(expected, abs=1e-3)
    assert len({len(row) for row in rows}) == 4


def test_titles_begin_documents_and_may_end_where_they_do() -> None:
    model, index = bigram()
    constraint = Occurring(index, SIZE, END, titles=True)
    first = constraint(np.zeros((1, 0), np.int64), np.zeros(0, np.int64))
    assert {LETTERS[token] for token in np.flatnonzero(first[0])} == {"r", "t", "b"}
    assert np.flatnonzero(after(constraint, model.encode("boats"))).tolist() == [END]


def test_texts_never_end_themselves() -> None:
    model, index = bigram()
    constraint = Occurring(index, SIZE, END)
    constraint(np.zeros((1, 0), np.int64), np.zeros(0, np.int64))
    assert not after(constraint, model.encode("runs")).any()


def test_a_rare_ngram_is_complete() -> None:
    model, index = bigram()
    constraint = Occurring(index, SIZE, END, stop_at=2)
    constraint(np.zeros((1, 0), np.int64), np.zeros(0, np.int64))
    masks = constraint(model.encode("rc")[:, None], np.zeros(2, np.int64))
    assert [index.count(model.encode(letter)) for letter in "rc"] == [7, 1]
    assert masks.any(axis=1).tolist() == [True, False]


@pytest.mark.parametrize("scoring", ["log-odds", "model"])
def test_what_is_written_occurs_once_each_with_words(scoring: Any) -> None:
    model, index = bigram()
    writing = Writing(
        body=PLAIN.body, title=PLAIN.body, beams=50, tokens=4, scoring=scoring, shortening=0.9
    )
    analyzer = Analyzer()
    written = write(model, index, "fox", writing=writing, analyzer=analyzer, known=[])
    texts = written.texts
    assert len(texts.texts) == len(set(texts.texts)) == len(texts.words) == len(texts.scores) > 3
    assert all(texts.words)
    assert (texts.scores > 0).all()
    assert (index.totals(written.ranges) == texts.counts).all()
    whole = "\n".join([*TITLES, *TEXTS])
    assert all(text in whole and text == text.strip() for text in texts.texts)


def test_a_question_that_is_too_long_is_cut() -> None:
    model = TransformersModel.open(small_llama())
    index = index_of(model, model.vocabulary_size)
    writing = Writing(body=Prompt("{question}"), beams=2, tokens=2, question_tokens=8)
    found = write(model, index, "red " * 99, writing=writing, analyzer=Analyzer(), known=[])
    short = write(model, index, "red red ", writing=writing, analyzer=Analyzer(), known=[])
    assert found.texts.texts == short.texts.texts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *product(["beams", "tokens", "question_tokens"], [0, 1.5, True, "3"]),
        ("stop_at", -1),
        ("shortening", 1.0),
        ("weight", -0.1),
        ("weight", float("nan")),
        ("scoring", "lm"),
        ("body", "{question}"),
        ("title", 1),
    ],
)
def test_wrong_settings_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match="prompt" if name in ("body", "title") else name):
        Writing(**{name: value})


@pytest.mark.parametrize("template", ["", "no place", "{question} {question}", "\ud800{question}"])
def test_a_prompt_has_one_place_for_the_question(template: str) -> None:
    with pytest.raises(InvalidInput, match="template"):
        Prompt(template)


def test_a_question_is_put_in_as_it_is() -> None:
    assert Prompt("Q: {question}").filled("{0} {question}") == "Q: {0} {question}"
