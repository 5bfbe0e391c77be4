"""The words of the field: frozen, comparable, and rankings in one order only."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic import types
from mnemic.types import Compare, Document, Hit, Query, Ranking, TopK

VALUES = [
    value
    for _, value in inspect.getmembers(types, inspect.isclass)
    if value.__module__ == "mnemic.types" and dataclasses.is_dataclass(value)
]
# Far apart, and so near that rounding decides.
scores = st.floats(-1e6, 1e6) | st.integers(-9, 9).map(lambda step: 1 + step * 3e-7)
some_hits = st.lists(
    st.builds(Hit, id=st.text(max_size=3), score=scores), unique_by=lambda hit: hit.id
)


@pytest.mark.parametrize("value", VALUES)
def test_every_type_is_frozen_slotted_and_documented(value: type) -> None:
    parameters = value.__dataclass_params__  # type: ignore[attr-defined]
    assert parameters.frozen
    assert "__slots__" in vars(value)
    assert value.__doc__
    assert not value.__doc__.startswith(f"{value.__name__}(")


def test_assignment_is_refused() -> None:
    with pytest.raises(FrozenInstanceError):
        Document(id="a").text = "b"  # type: ignore[misc]


def test_two_documents_do_not_share_metadata() -> None:
    assert Document(id="a").metadata is not Document(id="a").metadata


@given(hits=some_hits)
def test_order_is_by_rounded_score_then_id(hits: list[Hit]) -> None:
    ranking = Ranking.ordered(Query("q"), hits)
    keys = [(-round(hit.score, 6), hit.id) for hit in ranking]
    assert keys == sorted(keys)
    assert {hit.id for hit in ranking} == {hit.id for hit in hits}


@given(hits=some_hits)
def test_order_does_not_depend_on_the_input(hits: list[Hit]) -> None:
    assert Ranking.ordered(Query("q"), hits) == Ranking.ordered(Query("q"), hits[::-1])


@given(hits=some_hits)
def test_hits_that_come_in_order_are_ordered_alike(hits: list[Hit]) -> None:
    expected = tuple(sorted(hits, key=lambda hit: (-round(hit.score, 6), hit.id)))
    descending = sorted(hits, key=lambda hit: -hit.score)
    assert Ranking.ordered(Query("q"), descending).hits == expected


def test_scores_that_round_alike_are_ordered_by_id() -> None:
    hits = [Hit(id="b", score=1.000_000_4), Hit(id="a", score=1.000_000_1)]
    assert [hit.id for hit in Ranking.ordered(Query("q"), hits)] == ["a", "b"]


def test_a_ranking_is_a_sequence_of_hits() -> None:
    hits = tuple(Hit(id=name, score=1.0) for name in "abc")
    ranking = Ranking(Query("q"), hits)
    assert (len(ranking), ranking[0], ranking[-1], list(ranking)) == (3, hits[0], hits[2], [*hits])
    assert ranking[:2] == Ranking(Query("q"), hits[:2])
    assert hits[1] in ranking
    assert not Ranking(Query("q"))


def test_rows_of_a_batch_are_ragged() -> None:
    top = TopK(np.array([3.0, 2.0, 9.0]), np.array([7, 4, 1]), np.array([0, 2, 2, 3]))
    rows = [top.row(query) for query in range(len(top))]
    assert [ids.tolist() for _, ids in rows] == [[7, 4], [], [1]]
    assert [scores.tolist() for scores, _ in rows] == [[3.0, 2.0], [], [9.0]]


def test_filters_are_hashable_values() -> None:
    one, other = (Compare(("year",), "in", (1, 2)) for _ in range(2))
    assert one == other
    assert len({one, other, types.Not(one)}) == 2
