"""Hostile texts and policies: typed errors or the policy's terms, and an analyzer that goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled
from tests.fuzz import analysis_soup

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse.words import WordTable
from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec
from mnemic.retrieval.analysis.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = AnalyzerSpec(code=True)
ANALYZER, POLICY = Analyzer(SPEC, threads=2), Policy(SPEC)
# All of str, lone surrogates too, and what is no str.
ITEMS = st.text(st.characters(), max_size=12) | st.binary(max_size=3) | st.none() | st.integers()


def is_text(item: Any) -> bool:
    if not isinstance(item, str):
        return False
    return not any("\ud800" <= character <= "\udfff" for character in item)


def terms(analyzer: Analyzer, texts: list[Any]) -> list[list[str]]:
    batch = analyzer.analyze_batch(texts)
    names = [name.decode() for name in batch.vocabulary]
    return [
        [names[number] for number in batch.terms[start:end].tolist()]
        for start, end in pairwise(batch.offsets.tolist())
    ]


@settings(max_examples=scaled(500, 20_000))
@given(st.lists(ITEMS, max_size=5))
def test_anything_is_analysed_or_refused_by_its_place(items: list[Any]) -> None:
    bad = [place for place, item in enumerate(items) if not is_text(item)]
    if not bad:
        assert terms(ANALYZER, items) == [POLICY.terms(item) for item in items]
        return
    places = "|".join(map(str, bad))
    with pytest.raises(InvalidInput, match=rf"text to analyze: .* texts\[({places})\]") as caught:
        ANALYZER.analyze_batch(items)
    assert caught.value.hint


ANSWERS = st.lists(
    st.text(max_size=4) | st.lists(st.text(max_size=4), max_size=3).map(tuple) | st.none(),
    max_size=4,
)


@settings(max_examples=scaled(300, 10_000))
@given(st.lists(st.text("ab\u00e9 ", max_size=4), max_size=4), ANSWERS)
def test_any_answers_of_a_policy_are_taken_or_refused(texts: list[str], answers: Any) -> None:
    words = WordTable([], code=False, lower=True, longest=8, threads=1)
    try:
        batch = words.read(texts, lambda _: answers)
    except (InvalidInput, UnicodeEncodeError):
        return
    assert len(batch) == len(texts)
    assert batch.terms.size == 0 or int(batch.terms.max()) < len(batch.vocabulary)


def test_many_threads_learn_the_same_words() -> None:
    analyzer = Analyzer(threads=2)
    texts = [f"running {n % 97} caf\u00e9{n % 89} \u65e5\u672c{n} the w{n}" for n in range(2_000)]
    parts = [texts[start : start + 200] for start in range(0, 2_000, 100)]
    expected = [[Policy(AnalyzerSpec()).terms(text) for text in part] for part in parts[:3]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: terms(analyzer, part), [*parts, *parts]))
    assert found[: len(parts)] == found[len(parts) :]
    assert found[:3] == expected


def test_a_list_that_changes_while_it_is_read_harms_nothing() -> None:
    texts = [f"word{number} " * 50 for number in range(2_000)]

    def resolve(words: list[str]) -> list[str | tuple[str, ...]]:
        texts.clear()
        return list(words)

    words = WordTable([], code=False, lower=True, longest=64, threads=2)
    batch = words.read(texts, resolve)
    assert len(batch.vocabulary) == len(batch) == 2_000


@pytest.mark.parametrize("attempt", [analysis_soup.compare, analysis_soup.answer])
def test_random_texts(attempt: Callable[[Random], None]) -> None:
    for number in range(scaled(100, 5_000)):
        attempt(Random(number))


def test_the_terms_of_another_policy_are_told_from_it() -> None:
    wrong = Analyzer(AnalyzerSpec(cjk_bigrams=False))
    with pytest.raises(AssertionError, match="cjk_bigrams=False"):
        analysis_soup.same_terms(wrong, Policy(AnalyzerSpec()), ["a", "\u65e5\u672c\u8a9e"])
