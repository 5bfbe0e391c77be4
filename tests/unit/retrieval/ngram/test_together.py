"""Several patterns in one document, or near each other."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.text_scan import indexed, place_of, reader

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.retrieval.ngram.patterns import Pattern
from mnemic.retrieval.ngram.together import find_together
from mnemic.types import Document

DOCUMENTS = [
    Document(id="a", title="cat", text="the dog and the cat"),
    Document(id="b", text="dog \u00e9\u00e9\u00e9\u00e9 cat dog"),
    Document(id="c", title="dog", text="cats"),
    Document(id="d", text="a Dog, a bird"),
]
INDEX = indexed(DOCUMENTS, cuts=[1, 3])
READ = reader(DOCUMENTS)


def met(clauses: list[list[str | Pattern]], window: int | None) -> list[list[tuple[int, ...]]]:
    found = find_together(INDEX, clauses, READ, window=window)
    return [[place_of(place) for place in meeting.places] for meeting in found.meetings]


def test_without_a_window_clauses_share_a_document() -> None:
    found = find_together(INDEX, [["dog"], ["cat"]], READ)
    assert (found.driver, found.total, found.documents) == (0, 4, 3)
    assert [meeting.places[0].id for meeting in found.meetings] == ["a", "b", "b", "c"]
    assert all([place.match for place in each.places] == ["dog", "cat"] for each in found.meetings)


def test_a_window_does_not_leave_its_field() -> None:
    assert met([["dog"], ["cat"]], 15) == [
        [(0, 1, 4, 7), (0, 1, 16, 19)],
        [(3, 1, 0, 3), (3, 1, 9, 12)],
        [(3, 1, 13, 16), (3, 1, 9, 12)],
    ]


@pytest.mark.parametrize(("window", "starts"), [(6, []), (7, [13]), (11, [13]), (12, [0, 13])])
def test_a_window_is_counted_in_characters(window: int, starts: list[int]) -> None:
    assert [meeting[0][2] for meeting in met([["dog"], ["cat"]], window)] == starts


def test_a_clause_is_met_by_any_of_its_patterns() -> None:
    dog = Pattern("DOG", ignore_case=True, ends="word")
    found = find_together(INDEX, [[dog], ["cats", "bird", Pattern("d,")]], READ, window=20)
    assert [[place.match for place in each.places] for each in found.meetings] == [["Dog", "bird"]]
    assert found.driver == 1


def test_documents_that_are_gone_and_those_beyond_the_limit_are_counted() -> None:
    gone = reader(DOCUMENTS, gone={0})
    found = find_together(INDEX, [["dog"], ["cat"]], gone, limit=2)
    assert (found.total, found.documents) == (4, 3)
    assert [meeting.places[0].id for meeting in found.meetings] == ["b"]
    assert find_together(INDEX, [["dog"]], READ, limit=0).meetings == ()


def test_what_does_not_fit_into_memory_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="more than 3 places"):
        find_together(INDEX, [["o"]], READ, most=3)


@pytest.mark.parametrize(
    "clauses", [[], "dog", ["dog"], [["dog"], []], [["dog", ""]], [[b"dog"]], None]
)
def test_clauses_are_sequences_of_patterns(clauses: Any) -> None:
    with pytest.raises(InvalidInput, match=r"clauses|pattern"):
        find_together(INDEX, clauses, READ)


@pytest.mark.parametrize("name", ["window", "limit", "context"])
def test_numbers_are_checked(name: str) -> None:
    for value in (-1, 1.5) if name != "window" else (0, -1, 1.5):
        options: dict[str, Any] = {name: value}
        with pytest.raises(InvalidInput, match=name):
            find_together(INDEX, [["dog"]], READ, **options)
