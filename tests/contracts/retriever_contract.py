"""What every retriever must do. Inherit ``RetrieverContract`` and give the fixture ``build``.

``ExactRetrieverContract`` adds what only holds where one score decides alone: a cut keeps the best,
with and without a filter. Approximate, fused and reranked retrievers inherit the first one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.errors import InvalidInput
from mnemic.types import Document, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.retrieval.protocols import Retriever

Build: TypeAlias = "Callable[[Sequence[Document]], Retriever]"


def _document(id: str, text: str, group: str, year: int | None, title: str = "") -> Document:
    metadata = {"group": group} if year is None else {"group": group, "year": year}
    return Document(id=id, text=text, title=title, metadata=metadata)


# Insertion order is not the order of the ids, three documents are equal, one is empty.
CORPUS = (
    _document("z", "a red fox runs along the river", "animals", 2001, "Foxes"),
    _document("m", "boats drift on the river at night", "water", 1999),
    _document("b/1", "the red car is fast", "machines", 2010),
    _document("a", "the red car is fast", "machines", 2020),
    _document("ö 東京", "the red car is fast", "animals", None),
    _document("k", "", "water", 1999, "river"),
    _document("c", "night trains cross the mountains and the river twice: river", "machines", 1987),
    _document("-1", "foxes and owls hunt at night, foxes at dawn", "animals", 2003),
    _document("q", "slow boats, fast boats, red boats", "water", 2020),
    _document("__proto__", "mountains stand by the sea", "water", 2005, "Mountains and rivers"),
)
PLACE = {document.id: place for place, document in enumerate(CORPUS)}
METADATA = {document.id: document.metadata for document in CORPUS}
QUESTIONS = ("red river", "fast boats at night", "foxes", "unheardof", "the red car is fast")
AWKWARD = ("", " \t\n", "\x00", "!?…", "river " * 2_000, "\u202eriver", "red" * 5_000, "🦊")
FILTERS: tuple[tuple[dict[str, Any], Callable[[Any], bool]], ...] = (
    ({"group": "animals"}, lambda data: data["group"] == "animals"),
    ({"year": {"$gte": 2001, "$lt": 2020}}, lambda data: 2001 <= data.get("year", 0) < 2020),
    ({"year": None}, lambda data: "year" not in data),
    ({"$not": {"group": "water"}}, lambda data: data["group"] != "water"),
    ({"group": "nobody"}, lambda data: False),
    ({}, lambda data: True),
)
MALFORMED: tuple[Any, ...] = ({"$bogus": 1}, {"year": {"$near": 3}}, {"$and": "no list"}, ["a"], 3)

some_queries = st.lists(st.sampled_from(QUESTIONS + AWKWARD[:4]), max_size=5)


class RetrieverContract(ABC):
    """Rankings are canonical, belong to their queries, and searching changes nothing."""

    @pytest.fixture(scope="class")
    @classmethod
    @abstractmethod
    def build(cls) -> Build:
        """A function that makes the retriever over documents, inserted in their order."""

    @pytest.fixture(scope="class")
    @classmethod
    def retriever(cls, build: Build) -> Retriever:
        """The retriever under test, over ``CORPUS``."""
        return build(CORPUS)

    @pytest.fixture(scope="class")
    @classmethod
    def empty(cls, build: Build) -> Retriever:
        """The same over no documents."""
        return build([])

    def test_one_ranking_a_query_in_order(self, retriever: Retriever) -> None:
        queries = [Query(text, id=f"q{place}") for place, text in enumerate(QUESTIONS)]
        rankings = retriever.search(queries, 5)
        assert [ranking.query for ranking in rankings] == queries
        assert all(isinstance(ranking, Ranking) for ranking in rankings)

    def test_no_queries_give_no_rankings(self, retriever: Retriever) -> None:
        assert retriever.search([], 5) == []

    def test_hits_are_documents_with_finite_scores(self, retriever: Retriever) -> None:
        for ranking in retriever.search(QUESTIONS, len(CORPUS)):
            assert {hit.id for hit in ranking} <= PLACE.keys()
            assert all(type(hit.score) is float and math.isfinite(hit.score) for hit in ranking)

    def test_a_document_occurs_once(self, retriever: Retriever) -> None:
        for ranking in retriever.search(QUESTIONS, len(CORPUS)):
            assert len({hit.id for hit in ranking}) == len(ranking)

    def test_order_is_canonical(self, retriever: Retriever) -> None:
        for ranking in retriever.search(QUESTIONS, len(CORPUS)):
            assert ranking == Ranking.ordered(ranking.query, ranking.hits)

    def test_what_is_asked_for_is_found(self, retriever: Retriever) -> None:
        for document in CORPUS:
            (ranking,) = retriever.search([f"{document.title} {document.text}"], 5)
            assert document.id in {hit.id for hit in ranking}

    @pytest.mark.parametrize("k", [0, 1, 3, 10**6])
    def test_k_is_a_limit(self, retriever: Retriever, k: int) -> None:
        for ranking in retriever.search(QUESTIONS, k):
            assert len(ranking) <= min(k, len(CORPUS))

    def test_negative_k_is_refused(self, retriever: Retriever) -> None:
        assert "k" in refusal_of(retriever, k=-1)

    def test_texts_and_queries_are_equal(self, retriever: Retriever) -> None:
        as_texts = retriever.search(QUESTIONS, 5)
        as_queries = retriever.search([Query(text, id="x") for text in QUESTIONS], 5)
        assert [ranking.hits for ranking in as_texts] == [ranking.hits for ranking in as_queries]
        assert [ranking.query.text for ranking in as_texts] == list(QUESTIONS)

    def test_searching_changes_nothing(self, retriever: Retriever) -> None:
        name, before = retriever.name, retriever.search(QUESTIONS, 5)
        retriever.search(AWKWARD, 3, filter={"group": "water"})
        retriever.search(QUESTIONS[::-1], 1)
        assert retriever.search(QUESTIONS, 5) == before
        assert retriever.name == name != ""

    @given(queries=some_queries)
    def test_batches_do_not_matter(self, retriever: Retriever, queries: list[str]) -> None:
        alone = [ranking for text in queries for ranking in retriever.search([text], 5)]
        assert retriever.search(queries, 5) == alone

    @pytest.mark.parametrize(("filter", "keeps"), FILTERS)
    def test_only_allowed_documents_come_back(
        self, retriever: Retriever, filter: dict[str, Any], keeps: Callable[[Any], bool]
    ) -> None:
        for ranking in retriever.search(QUESTIONS, len(CORPUS), filter=filter):
            assert all(keeps(METADATA[hit.id]) for hit in ranking)

    def test_no_filter_allows_everything(self, retriever: Retriever) -> None:
        nothing: tuple[dict[str, Any] | None, ...] = (None, {})
        for filter in nothing:
            rankings = retriever.search(QUESTIONS, 5, filter=filter)
            assert rankings == retriever.search(QUESTIONS, 5)

    @pytest.mark.parametrize("filter", MALFORMED, ids=str)
    def test_malformed_filters_are_refused(self, retriever: Retriever, filter: Any) -> None:
        assert refusal_of(retriever, k=5, filter=filter)

    @pytest.mark.parametrize("text", AWKWARD, ids=lambda text: ascii(text[:8]))
    def test_awkward_queries_are_only_queries(self, retriever: Retriever, text: str) -> None:
        rankings = retriever.search(["foxes", text], 5)
        assert [ranking.query.text for ranking in rankings] == ["foxes", text]
        assert rankings[0] == retriever.search(["foxes"], 5)[0]

    def test_no_documents_give_no_hits(self, empty: Retriever) -> None:
        assert [len(ranking) for ranking in empty.search(QUESTIONS, 5)] == [0] * len(QUESTIONS)


class ExactRetrieverContract(RetrieverContract):
    """One score decides alone: ties at the cut break by insertion order."""

    def test_a_cut_keeps_the_best(self, retriever: Retriever) -> None:
        full = retriever.search(QUESTIONS, len(CORPUS))
        for k in range(len(CORPUS) + 1):
            expected = [Ranking.ordered(one.query, best(one)[:k]) for one in full]
            assert retriever.search(QUESTIONS, k) == expected

    @pytest.mark.parametrize(("filter", "keeps"), FILTERS)
    def test_a_filtered_cut_keeps_the_best_allowed(
        self, retriever: Retriever, filter: dict[str, Any], keeps: Callable[[Any], bool]
    ) -> None:
        full = retriever.search(QUESTIONS, len(CORPUS))
        for k in range(5):
            kept = [[hit for hit in best(one) if keeps(METADATA[hit.id])][:k] for one in full]
            expected = [
                Ranking.ordered(one.query, hits) for one, hits in zip(full, kept, strict=True)
            ]
            assert retriever.search(QUESTIONS, k, filter=filter) == expected


def best(ranking: Ranking) -> list[Any]:
    """The hits in the order in which a cut takes them."""
    return sorted(ranking, key=lambda hit: (-hit.score, PLACE[hit.id]))


def refusal_of(retriever: Retriever, *, k: int, filter: Any = None) -> str:
    """The message of the refusal; empty when the search was answered."""
    try:
        retriever.search(QUESTIONS, k, filter=filter)
    except InvalidInput as error:
        return error.message
    return ""
