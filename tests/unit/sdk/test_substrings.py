"""Counting and finding exact substrings, as users type it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mnemic
from mnemic.retrieval.ngram import finding
from mnemic.retrieval.ngram.patterns import Pattern

if TYPE_CHECKING:
    from mnemic.sdk import Collection


def test_an_exact_substring_is_counted(papers: Collection) -> None:
    assert papers.count("token") == 2
    assert papers.count("one ") == 2
    assert papers.count("First") == 0
    assert papers.count("FIRST") == 1
    assert papers.count("FIRSTsingle") == 0
    papers.flush()
    papers.delete(["b"])
    assert papers.count("token") == 1


def test_options_say_what_matches(papers: Collection) -> None:
    assert papers.count("first", ignore_case=True) == 1
    assert (papers.count("on"), papers.count("on", whole_word=True)) == (2, 0)
    assert papers.count("one", whole_word=True) == 2
    assert papers.count("rank", begins="word") == 0
    assert papers.count("re", begins="word") == 2
    assert papers.count("a", begins="field") == 1
    assert papers.count("ing", whole_word=True, begins="anywhere", ends="word") == 0
    assert papers.count("retrieval", ends="field", whole_word=True) == 1


def test_many_are_counted_in_their_order(papers: Collection) -> None:
    assert papers.count_many(["token", "zzz", "dense"]) == [2, 0, 1]
    assert papers.count_many(("TOKEN", "dense"), ignore_case=True) == [2, 1]
    assert papers.count_many([]) == []


def test_a_filter_restricts_what_is_counted(papers: Collection) -> None:
    assert papers.count("token", filter={"year": {"$gte": 2020}}) == 1
    assert papers.count_many(["token", "dense"], filter={"year": 2019}) == [1, 0]
    assert papers.find("token", filter={"year": 2019}).occurrences[0].id == "b"


def test_occurrences_point_into_title_and_text(papers: Collection) -> None:
    found = papers.find("token", context=7)
    assert (found.total, found.documents) == (2, 2)
    assert [each.id for each in found.occurrences] == ["a", "b"]
    for each in found.occurrences:
        [document] = papers.get([each.id])
        assert getattr(document, each.field)[each.start : each.end] == each.match == "token"
    assert (found.occurrences[0].before, found.occurrences[0].after) == ("single ", " rerank")
    assert papers.find("FIRST").occurrences[0].field == "title"
    assert papers.find("token", limit=0).occurrences == ()
    assert len(papers.find("token", limit=1).occurrences) == 1


def test_documents_of_a_very_frequent_pattern_are_counted_when_asked_for(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "SORTED", 1)
    assert (papers.find("e").total, papers.find("e").documents) == (13, None)
    assert papers.find("e", exhaustive=True).documents == 3


def test_clauses_are_met_together(papers: Collection) -> None:
    found = papers.find_together([["token", "dense"], ["piece", "retrieval"]])
    assert found.documents == 2
    assert [[place.id for place in each.places] for each in found.meetings] == [
        ["b"] * 2,
        ["c"] * 2,
    ]
    assert papers.find_together([["token"], ["piece"]], window=10).documents == 0
    assert papers.find_together([["TOKEN"], ["Lists"]], ignore_case=True).documents == 1


def test_a_finished_pattern_is_taken_as_it_is(papers: Collection) -> None:
    pattern = Pattern("TOKEN", ignore_case=True)
    assert papers.count(pattern) == papers.find(pattern).total == 2
    with pytest.raises(mnemic.InvalidInput, match="of its own"):
        papers.count(pattern, whole_word=True)


@pytest.mark.parametrize("pattern", ["", None, 1, b"token", ["token"], "\ud800"])
def test_a_bad_pattern_is_refused(papers: Collection, pattern: Any) -> None:
    for method in (papers.count, papers.find):
        with pytest.raises(mnemic.InvalidInput, match="pattern"):
            method(pattern)
    with pytest.raises(mnemic.InvalidInput, match="pattern"):
        papers.count_many([pattern])


@pytest.mark.parametrize(
    "options",
    [
        *({"begins": "line"}, {"ends": 1}, {"ignore_case": "yes"}, {"filter": {"$no": 1}}),
        *({"limit": -1}, {"limit": 1.5}, {"context": -1}, {"context": "3"}),
    ],
)
def test_a_bad_option_is_named(papers: Collection, options: Any) -> None:
    [name] = options
    with pytest.raises(mnemic.InvalidInput, match="no" if name == "filter" else name):
        papers.find("token", **options)


@pytest.mark.parametrize("given", ["token", None, 1, b"token", {"token"}])
def test_only_lists_of_patterns_are_taken(papers: Collection, given: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="patterns"):
        papers.count_many(given)


@pytest.mark.parametrize("clauses", ["token", [], [[]], ["token"], [["token"], "x"], None, [1]])
def test_only_lists_of_clauses_are_taken(papers: Collection, clauses: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="clauses"):
        papers.find_together(clauses)


@pytest.mark.parametrize("window", [0, -1, 1.5, "9"])
def test_a_bad_window_is_refused(papers: Collection, window: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="window"):
        papers.find_together([["token"], ["piece"]], window=window)


def test_a_reader_counts_and_a_stranger_does_not(database: mnemic.Database) -> None:
    own = mnemic.open(database.path, actor="alice").collection("own", create=True)
    own.add([mnemic.Document(id="a", text="token")])
    own.close()
    database.grant("own", "bob", "reader")
    assert mnemic.open(database.path, actor="bob").collection("own").count("token") == 1
    with pytest.raises(mnemic.Forbidden):
        mnemic.open(database.path, actor="eve").collection("own")
