from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.ngram.aggregation import Evidence, Occurrences, aggregate

Key: TypeAlias = tuple[float, tuple[int, ...]]
Place: TypeAlias = tuple[int, int, int, int]
Row: TypeAlias = tuple[int, int, float, int, int]

DOCUMENTS = 3
keys = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 2.0, 2.0, 5.0]),
        st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=6,
)
places = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 12), st.integers(1, 5)),
    max_size=25,
    unique=True,
)


def slowly(given: list[Key], found: list[Place], *, repetition: float, had: int) -> list[Row]:
    """One n-gram and one position after the other, as the description says."""
    rows: list[Row] = []
    taken: set[tuple[int, int]] = set()
    seen = [set(range(had)) for _ in range(DOCUMENTS)]
    order = sorted(range(len(given)), key=lambda key: (-given[key][0], -len(given[key][1]), key))
    for key in order:
        score, words = given[key]
        mine = sorted((d, start, start + size) for k, d, start, size in found if k == key)
        free = [
            (document, start, end)
            for document, start, end in mine
            if score > 0 and taken.isdisjoint((document, at) for at in range(start, end))
        ]
        taken |= {(document, at) for document, start, end in free for at in range(start, end)}
        for document in sorted({document for document, _, _ in free}):
            start, end = next((s, e) for d, s, e in free if d == document)
            share = len(set(words) - seen[document]) / len(set(words))
            value = score * (1 - repetition + repetition * share)
            rows.append((key, document, value, start, end))
            seen[document] |= set(words)
    return rows


def quickly(given: list[Key], found: list[Place], *, repetition: float, had: int) -> Evidence:
    columns = np.array(found, np.int64).reshape(-1, 4)
    return aggregate(
        np.array([score for score, _ in given]),
        [words for _, words in given],
        Occurrences(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 2] + columns[:, 3]),
        documents=DOCUMENTS,
        repetition=repetition,
        had=had,
    )


@given(keys, places, st.sampled_from([0.0, 0.8, 1.0]), st.integers(0, 3))
def test_evidence_is_what_the_description_says(
    given: list[Key], found: list[Place], repetition: float, had: int
) -> None:
    known = [place for place in found if place[0] < len(given)]
    expected = slowly(given, known, repetition=repetition, had=had)
    evidence = quickly(given, known, repetition=repetition, had=had)
    columns = (evidence.keys, evidence.documents, evidence.values, evidence.starts, evidence.ends)
    got = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [(*row[:2], *row[3:]) for row in got] == [(*row[:2], *row[3:]) for row in expected]
    assert [row[2] for row in got] == pytest.approx([row[2] for row in expected])


def test_the_longer_of_equal_ngrams_takes_the_place() -> None:
    given: list[Key] = [(1.0, (0,)), (1.0, (0, 1))]
    evidence = quickly(given, [(0, 0, 4, 2), (1, 0, 4, 5)], repetition=0.8, had=0)
    assert evidence.keys.tolist() == [1]


def test_the_best_ngram_alone_can_have_a_weight() -> None:
    given: list[Key] = [(3.0, (0,)), (1.0, (1,))]
    evidence = quickly(given, [(0, 1, 0, 2), (1, 1, 2, 2), (1, 2, 0, 2)], repetition=0.8, had=0)
    assert evidence.totals(DOCUMENTS, single_key=0.0).tolist() == [0, 4, 1]
    assert evidence.totals(DOCUMENTS, single_key=0.5).tolist() == [0, 3.5, 1]


def test_no_ngrams_are_no_evidence() -> None:
    evidence = aggregate(
        np.zeros(0), [], Occurrences.joined([]), documents=2, repetition=0.8, had=0
    )
    assert evidence.totals(2, single_key=0.0).tolist() == [0, 0]
