"""Section 7 of the design, typed as users type it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mnemic

if TYPE_CHECKING:
    from mnemic.sdk import Collection

ADD = [mnemic.Document(id="n", text="new")]


def ids(ranking: mnemic.Ranking) -> list[str]:
    return [hit.id for hit in ranking]


def test_search_gives_text_score_and_explanation(papers: Collection) -> None:
    ranking = papers.search(
        "single token reranking", k=10, filter={"year": {"$gte": 2020}}, explain=True
    )
    hit = ranking[0]
    assert ids(ranking) == ["a"]
    assert hit.text == "single token reranking of lists"
    assert (hit.title, hit.metadata) == ("FIRST", {"year": 2024})
    assert hit.explanation is not None
    assert hit.explanation.value == pytest.approx(hit.score)
    assert hit.passage is not None
    assert hit.snippet == hit.text[slice(*hit.passage)]


def test_what_is_added_is_found_at_once_and_after_reopening(papers: Collection) -> None:
    assert ids(papers.search("token")) == ["a", "b"]
    assert len(papers) == 3
    assert [document.id for document in papers] == ["a", "b", "c"]
    assert papers.get(["c", "a"])[0].text == "dense retrieval"


def test_search_many_keeps_the_order_and_ids_of_queries(papers: Collection) -> None:
    queries: list[str | mnemic.Query] = [mnemic.Query("dense", id="q1"), "token", "nothing"]
    rankings = papers.search_many(queries, k=100)
    assert [ids(ranking) for ranking in rankings] == [["c"], ["a", "b"], []]
    assert rankings[0].query.id == "q1"
    assert papers.search_many(queries, k=1, text=False)[0][0].text == ""
    assert papers.search_many([], k=5) == []


def test_delete_erase_compact_and_rebuild(papers: Collection) -> None:
    assert papers.delete(["a", "zzz"]) == 1
    assert papers.erase(["b", "zzz"]).missing == ("zzz",)
    assert ids(papers.search("token")) == []
    papers.compact()
    papers.rebuild()
    assert papers.stats().documents == len(papers) == 1
    assert papers.verify() == []


def test_add_refuses_and_upsert_replaces(papers: Collection) -> None:
    with pytest.raises(mnemic.Conflict, match="a"):
        papers.add([mnemic.Document(id="a", text="other"), *ADD])
    assert len(papers) == 3
    report = papers.upsert([mnemic.Document(id="a", text="other"), *ADD])
    assert report.replaced == 1
    assert ids(papers.search("other")) == ["a"]
    assert papers.add(ADD, on_duplicate="skip").skipped == 1


def test_an_empty_collection_is_still_true(database: mnemic.Database) -> None:
    empty = database.collection("empty", create=True)
    assert len(empty) == 0
    assert empty
    assert ids(empty.search("word")) == []


@pytest.mark.parametrize("k", [-1, 1.5, "10", None, True, [1]])
def test_a_bad_k_is_refused(papers: Collection, k: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="k "):
        papers.search("token", k)
    with pytest.raises(mnemic.InvalidInput, match="k "):
        papers.search_many(["token"], k)


@pytest.mark.parametrize(("k", "found"), [(0, 0), (1, 1), (2, 2), (10**6, 2), (2**31, 2)])
def test_k_is_a_limit_and_no_more(papers: Collection, k: int, found: int) -> None:
    assert len(papers.search("token", k)) == found


@pytest.mark.parametrize("query", [None, 1, b"token", ["token"], "\ud800", mnemic.Query(1)])  # type: ignore[arg-type]
def test_a_bad_query_is_refused(papers: Collection, query: Any) -> None:
    with pytest.raises(mnemic.InvalidInput):
        papers.search(query)


@pytest.mark.parametrize("query", ["", " ", "\0", "!?", "the", "🙂", "x" * 100_000])
def test_an_odd_query_finds_nothing_and_does_no_harm(papers: Collection, query: str) -> None:
    assert ids(papers.search(query)) == []


@pytest.mark.parametrize("queries", ["token", None, 1, mnemic.Query("token"), [1], [None]])
def test_bad_queries_are_refused(papers: Collection, queries: Any) -> None:
    with pytest.raises(mnemic.InvalidInput):
        papers.search_many(queries)


@pytest.mark.parametrize("given", [None, 1, "a", b"a", ADD[0], {"id": "a"}, ["a"], [{"id": "a"}]])
def test_only_lists_of_documents_are_added(papers: Collection, given: Any) -> None:
    with pytest.raises(mnemic.InvalidInput):
        papers.add(given)
    with pytest.raises(mnemic.InvalidInput):
        papers.upsert(given)
    assert len(papers) == 3


@pytest.mark.parametrize("given", ["a", None, 1, b"a", {"a": 1}, [1], [None]])
def test_only_lists_of_ids_are_taken(papers: Collection, given: Any) -> None:
    for method in (papers.get, papers.delete, papers.erase):
        with pytest.raises(mnemic.InvalidInput):
            method(given)
    assert len(papers) == 3


def test_missing_ids_are_named(papers: Collection) -> None:
    with pytest.raises(mnemic.NotFound, match="zzz"):
        papers.get(["a", "zzz"])


@pytest.mark.parametrize(
    "call",
    [
        lambda papers: papers.search("x", per_passage=True),
        lambda papers: papers.search("x", retriever="dense", per_passage=True),
    ],
)
def test_what_it_cannot_do_says_so(papers: Collection, call: Any) -> None:
    with pytest.raises(mnemic.Unsupported) as caught:
        call(papers)
    assert caught.value.hint


def test_it_closes_at_the_end_of_a_block_and_can_be_used_again(papers: Collection) -> None:
    with papers as same:
        assert same.stats().tail == 3
    assert papers.stats().tail == 0
    assert ids(papers.search("token")) == ["a", "b"]
