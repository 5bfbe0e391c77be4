"""The longest suffix that occurs, for many contexts at once, against a scan."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts.ngram_oracle import count
from tests.unit.retrieval.ngram.corpora import Numbers, batch_of, index_of

from mnemic.retrieval.ngram import backoff
from mnemic.retrieval.ngram.backoff import Contexts, longest_suffixes, occurrences

DOCUMENTS = ((1, 2, 3, 1, 2, 4), (2, 3, 1), (), (3, 3, 3, 3, 3))
LIVE = dict(enumerate(DOCUMENTS))
INDEX = index_of(batch_of(DOCUMENTS, 6))
CONTEXTS = (
    (1, 2, 3, 1, 2, 4),
    (5, 2, 3, 1),
    (5,),
    (),
    (4, 1, 2),
    (3, 3, 3, 3, 3, 3, 3),
    (1, 2, 3, 1, 5),
)


def longest(context: Numbers, most: int | None) -> int:
    bound = len(context) if most is None else min(len(context), most)
    sizes = [n for n in range(1, bound + 1) if count(LIVE, context[len(context) - n :])]
    return max(sizes, default=0)


@pytest.mark.parametrize("most", [None, 0, 1, 2, 3, 5, 100])
def test_the_longest_suffix_is_that_of_a_scan(most: int | None) -> None:
    contexts = Contexts.of(batch_of(CONTEXTS, 6))
    found = longest_suffixes(INDEX, contexts, most=most)
    assert found.tolist() == [longest(each, most) for each in CONTEXTS]


def test_no_contexts_have_no_suffixes() -> None:
    assert longest_suffixes(INDEX, Contexts.of(batch_of([], 6))).tolist() == []


def test_few_calls_serve_many_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    asked = type(INDEX).count_many

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return asked(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(INDEX), "count_many", counted)
    longest_suffixes(INDEX, Contexts.of(batch_of(CONTEXTS * 100, 6)))
    assert 0 < calls <= 6


def test_long_patterns_go_into_several_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = Contexts.of(batch_of([each for each in CONTEXTS if each], 6))
    whole = occurrences(INDEX, contexts)
    monkeypatch.setattr(backoff, "LARGEST_CALL", 4)
    calls = list(contexts.calls())
    assert len(calls) > 2
    assert np.concatenate(calls).tolist() == list(range(len(contexts)))
    assert occurrences(INDEX, contexts).tolist() == whole.tolist()


def test_prefixes_are_all_that_stands_before_each_symbol() -> None:
    texts = [(1, 2, 3), (4, 5), (0,)]
    contexts = Contexts.of_prefixes(batch_of(texts, 6), np.array([1, 0, 1]))
    rows = contexts.patterns()
    parts = [
        rows.symbols[a:b].tolist() for a, b in zip(rows.offsets, rows.offsets[1:], strict=False)
    ]
    assert parts == [[1], [1, 2], [], [4]]
