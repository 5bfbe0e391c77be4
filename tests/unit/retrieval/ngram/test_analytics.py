"""Counts, probabilities and what comes next, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts.ngram_oracle import END, count, following, places
from tests.contracts.ngram_oracle import longest as scanned
from tests.unit.retrieval.ngram.corpora import Numbers, batch_of, index_of

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.analytics import (
    Distribution,
    distributions,
    estimates,
    longest_matches,
    merged,
)
from mnemic.retrieval.ngram.backoff import Contexts

DOCUMENTS = ((1, 2, 3, 1, 2, 4), (2, 3, 1), (), (3, 3, 3, 5, 1, 2))
LIVE = dict(enumerate(DOCUMENTS))
INDEX = index_of(batch_of(DOCUMENTS, 6))
CONTEXTS = ((1, 2), (), (0, 1, 2), (4,), (2, 3, 1), (3, 3), (0,))


def contexts() -> Contexts:
    return Contexts.of(batch_of(CONTEXTS, 6))


def told(found: Distribution) -> dict[int, int]:
    pairs = zip(found.symbols.tolist(), found.counts.tolist(), strict=True)
    return {**dict(pairs), **({END: found.ends} if found.ends else {})}


def backed_off(context: Numbers) -> Numbers:
    while not places(LIVE, context):
        context = context[1:]
    return context


@pytest.mark.parametrize("unbounded", [False, True])
def test_distributions_are_exact(unbounded: bool) -> None:
    found = distributions(INDEX, contexts(), unbounded=unbounded)
    for context, each in zip(CONTEXTS, found, strict=True):
        used = backed_off(context) if unbounded else context
        assert told(each) == dict(following(LIVE, places(LIVE, used)))
        assert each.count == count(LIVE, used)
        assert each.context_length == len(used)
        if each.count:
            assert each.probabilities.sum() + each.ends / each.count == pytest.approx(1)


@pytest.mark.parametrize("unbounded", [False, True])
@pytest.mark.parametrize("symbol", range(6))
def test_estimates_are_exact(symbol: int, unbounded: bool) -> None:
    asked = batch_of([(symbol,) * len(CONTEXTS)], 6).symbols
    found = estimates(INDEX, contexts(), asked, unbounded=unbounded)
    for context, each in zip(CONTEXTS, found, strict=True):
        used = backed_off(context) if unbounded else context
        wanted = count(LIVE, (*used, symbol)), count(LIVE, used), len(used)
        assert (each.count, each.context_count, each.context_length) == wanted
        assert each.probability == (wanted[0] / wanted[1] if wanted[1] else None)


def test_a_context_that_does_not_occur_has_no_probability() -> None:
    [found] = estimates(INDEX, Contexts.of(batch_of([(0, 1)], 6)), batch_of([(2,)], 6).symbols)
    assert found.probability is None


def test_the_most_frequent_comes_first_then_the_lower_symbol() -> None:
    [found] = distributions(INDEX, Contexts.of(batch_of([()], 6)))
    pairs = list(zip((-found.counts).tolist(), found.symbols.tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_a_context_can_be_cut_to_its_last_symbols() -> None:
    [found] = distributions(INDEX, Contexts.of(batch_of([(0, 1, 2)], 6)), most=2)
    assert (found.context_length, found.count) == (2, 3)


def test_the_end_of_a_title_is_an_end() -> None:
    plain, closed = (
        distributions(INDEX, Contexts.of(batch_of([(3,)], 6)), boundary=boundary)[0]
        for boundary in (None, 5)
    )
    assert closed.count == plain.count
    assert closed.ends == plain.ends + 1
    assert 5 not in closed.symbols


def test_distributions_of_several_contexts_add_up() -> None:
    [one, other] = distributions(INDEX, Contexts.of(batch_of([(1,), (3,)], 6)))
    both = merged([one, other])
    assert both.count == one.count + other.count
    assert told(both) == {
        symbol: told(one).get(symbol, 0) + told(other).get(symbol, 0)
        for symbol in told(one).keys() | told(other).keys()
    }


def test_longest_matches_come_text_by_text() -> None:
    texts = [(1, 2, 3, 5, 1, 2), (), (0,), (3, 3, 3, 3)]
    found = longest_matches(INDEX, batch_of(texts, 6))
    for text, (lengths, counts) in zip(texts, found, strict=True):
        pairs = list(zip(lengths.tolist(), counts.tolist(), strict=True))
        assert pairs == scanned(LIVE, text)


def test_every_context_needs_its_symbol() -> None:
    with pytest.raises(InvalidInput, match="2 symbols for 7 contexts"):
        estimates(INDEX, contexts(), np.zeros(2, np.uint16))
