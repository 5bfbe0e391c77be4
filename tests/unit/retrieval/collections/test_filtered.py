"""With a filter, substrings are as in a collection of the documents that it lets through."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.retrieval.collections.plain import opened

from mnemic.errors import InvalidInput
from mnemic.indexes.storage.bitmaps import from_bool
from mnemic.retrieval.collections import filtered
from mnemic.retrieval.ngram.patterns import Pattern
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace
    from mnemic.retrieval.ngram.excerpts import Occurrence

WORDS = ["ab", "Ab", "aba", "ß ab", "x"]
DOCUMENTS = [
    Document(id=f"d{n}", title=title, text=f"{one} {other}{two}", metadata={"n": n, "odd": n % 2})
    for n, (title, one, other, two) in enumerate(product(["", "ab x"], WORDS, WORDS, ["", " ab"]))
]
PATTERNS = [
    *map(Pattern, ["ab", "b", "x", "ab x", "zz", "ß"]),
    Pattern("AB", ignore_case=True),
    Pattern("SS", ignore_case=True),
    Pattern("ab", begins="word", ends="word"),
    Pattern("aba", begins="field"),
    Pattern("b", ends="field"),
]
FILTERS: list[Any] = [{"odd": 1}, {"n": {"$lt": 30}}, {"n": 7}, {"n": {"$gt": 999}}, {"odd": 2}]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = opened(tmp_path)
    yield workspace
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace) -> Collection:
    """Two segments with deleted documents, and a tail."""
    papers = workspace.create("papers")
    for start in (0, 40):
        papers.add(DOCUMENTS[start : start + 40])
        papers.flush()
    papers.add(DOCUMENTS[80:])
    papers.delete(["d3", "d41", "d50"])
    return papers


@pytest.fixture(params=FILTERS, ids=str)
def kept(request: pytest.FixtureRequest, papers: Collection, workspace: Workspace) -> Any:
    """A filter, and a collection of what it lets through."""
    view, allowed = papers.view(request.param)
    assert allowed is not None
    inside = {
        name
        for piece, bitmap in zip(view.pieces, allowed, strict=True)
        for name in piece.keys.ids(np.flatnonzero(np.unpackbits(bitmap, bitorder="little")))
    }
    only = workspace.create("only")
    only.add([document for document in papers.documents() if document.id in inside])
    return request.param, only


def place(each: Occurrence) -> tuple[object, ...]:
    return each.id, each.field, each.start, each.end, each.before, each.match, each.after


def test_counts_are_those_of_what_a_filter_lets_through(papers: Collection, kept: Any) -> None:
    chosen, only = kept
    expected = only.substrings.count(PATTERNS)
    assert papers.substrings.count(PATTERNS, filter=chosen) == expected


@pytest.mark.parametrize("limit", [0, 3, 1000])
def test_places_are_those_of_what_a_filter_lets_through(
    papers: Collection, kept: Any, limit: int
) -> None:
    chosen, only = kept
    for pattern in PATTERNS:
        found = papers.substrings.find(pattern, limit=limit, filter=chosen)
        expected = only.substrings.find(pattern, limit=limit)
        assert (found.total, found.documents) == (expected.total, expected.documents)
        assert list(map(place, found.occurrences)) == list(map(place, expected.occurrences))


@pytest.mark.parametrize("window", [None, 4, 9])
def test_meetings_are_those_of_what_a_filter_lets_through(
    papers: Collection, kept: Any, window: int | None
) -> None:
    chosen, only = kept
    second: list[list[str | Pattern]] = [["ß", "aba"], [PATTERNS[6]]]
    for clauses in product([["x"], ["ab", "zz"]], second):
        found = papers.substrings.find_together(clauses, window=window, limit=99, filter=chosen)
        expected = only.substrings.find_together(clauses, window=window, limit=99)
        assert found.documents == expected.documents
        if found.driver == expected.driver:
            assert found.total == expected.total


def test_arguments_are_checked_where_a_filter_lets_nothing_through(papers: Collection) -> None:
    asked, nothing = papers.substrings, {"n": -1}
    for pattern in ("", None):
        with pytest.raises(InvalidInput, match="pattern"):
            asked.count([pattern], filter=nothing)  # type: ignore[list-item]
        with pytest.raises(InvalidInput, match="pattern"):
            asked.find_together([["ab"], [pattern]], filter=nothing)  # type: ignore[list-item]
    with pytest.raises(InvalidInput, match="limit"):
        asked.find("ab", limit=-1, filter=nothing)
    with pytest.raises(InvalidInput, match="window"):
        asked.find_together([["ab"], ["x"]], window=0, filter=nothing)
    with pytest.raises(InvalidInput, match="clauses"):
        asked.find_together([], filter=nothing)


def test_bitmaps_that_do_not_fit_are_refused(papers: Collection) -> None:
    index = papers.view(None)[0].ngrams
    with pytest.raises(InvalidInput):
        filtered.count_in(index, ["ab"], [from_bool(np.ones(3, np.bool_))])
