"""Brute force keeps the retriever contract, and broken retrievers are caught."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.brute_force import BruteForceRetriever
from tests.contracts.proof import assert_caught, checks_of
from tests.contracts.retriever_contract import (
    CORPUS,
    FILTERS,
    MALFORMED,
    Build,
    ExactRetrieverContract,
)

from mnemic.errors import InvalidInput
from mnemic.retrieval.protocols import Retriever
from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence


class TestBruteForce(ExactRetrieverContract):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls) -> Build:
        return lambda documents: BruteForceRetriever(tuple(documents))


# One broken retriever for each way to break the contract.


class Broken(BruteForceRetriever):
    """Brute force whose rankings are spoiled afterwards, or whose questions are before."""

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        asked = [Query(query) if isinstance(query, str) else query for query in queries]
        return self.spoil(super().search(*self.ask(asked, k), filter=filter))

    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        return queries, k

    def spoil(self, rankings: list[Ranking]) -> list[Ranking]:
        return [self.spoil_one(ranking) for ranking in rankings]

    def spoil_one(self, ranking: Ranking) -> Ranking:
        return ranking


class Reverses(Broken):
    def spoil(self, rankings: list[Ranking]) -> list[Ranking]:
        return rankings[::-1]


class AlwaysAnswers(Broken):
    def spoil(self, rankings: list[Ranking]) -> list[Ranking]:
        return rankings or [Ranking(Query(""))]


class LeaksMinusOne(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return Ranking.ordered(ranking.query, [*ranking.hits, Hit(id="-2", score=-1.0)])


class NotANumber(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return Ranking(ranking.query, tuple(replace(hit, score=float("nan")) for hit in ranking))


class Repeats(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return Ranking.ordered(ranking.query, ranking.hits * 2)


class TiesByInsertion(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return Ranking(ranking.query, tuple(sorted(ranking, key=lambda hit: (hit.score, hit.id))))


class Blind(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return Ranking(ranking.query)


class OneTooMany(Broken):
    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        return queries, k + 1


class TakesTheAbsolute(Broken):
    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        return queries, abs(k)


class PrefersIds(Broken):
    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        return [Query(f"{query.text} {query.id}") for query in queries], k


class Remembers(Broken):
    seen: tuple[Query, ...] = ()

    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        earlier = " ".join(query.text for query in self.seen)
        object.__setattr__(self, "seen", tuple(queries))
        return [replace(query, text=f"{query.text} {earlier}") for query in queries], k


class MixesBatch(Broken):
    def spoil(self, rankings: list[Ranking]) -> list[Ranking]:
        return [replace(ranking, hits=rankings[0].hits) for ranking in rankings]


class NoFilter(BruteForceRetriever):
    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return super().search(queries, k)


class EmptyFilterIsNothing(Broken):
    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return super().search(queries, 0 if filter == {} else k, filter=filter)


class PostFilter(BruteForceRetriever):
    """Cuts first and filters afterwards."""

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        cut = super().search(queries, k)
        allowed = super().search(queries, len(self.documents), filter=filter)
        kept = [{hit.id for hit in ranking} for ranking in allowed]
        return [
            replace(ranking, hits=tuple(hit for hit in ranking if hit.id in ids))
            for ranking, ids in zip(cut, kept, strict=True)
        ]


class CutsById(Broken):
    """Breaks ties at the cut by id instead of by insertion order."""

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return [one[: max(k, 0)] for one in super().search(queries, 10**6, filter=filter)]


class RefusesBlanks(Broken):
    def ask(self, queries: list[Query], k: int) -> tuple[list[Query], int]:
        return [query for query in queries if query.text.strip()], k


class InventsForNothing(Broken):
    def spoil_one(self, ranking: Ranking) -> Ranking:
        return ranking if self.documents else Ranking(ranking.query, (Hit(id="a", score=1.0),))


FILTER = {"filter": FILTERS[0][0], "keeps": FILTERS[0][1]}
BROKEN: list[tuple[str, type[BruteForceRetriever], dict[str, Any]]] = [
    ("test_one_ranking_a_query_in_order", Reverses, {}),
    ("test_no_queries_give_no_rankings", AlwaysAnswers, {}),
    ("test_hits_are_documents_with_finite_scores", LeaksMinusOne, {}),
    ("test_hits_are_documents_with_finite_scores", NotANumber, {}),
    ("test_a_document_occurs_once", Repeats, {}),
    ("test_order_is_canonical", TiesByInsertion, {}),
    ("test_what_is_asked_for_is_found", Blind, {}),
    ("test_k_is_a_limit", OneTooMany, {"k": 0}),
    ("test_negative_k_is_refused", TakesTheAbsolute, {}),
    ("test_texts_and_queries_are_equal", PrefersIds, {}),
    ("test_searching_changes_nothing", Remembers, {}),
    ("test_batches_do_not_matter", MixesBatch, {}),
    ("test_only_allowed_documents_come_back", NoFilter, FILTER),
    ("test_no_filter_allows_everything", EmptyFilterIsNothing, {}),
    ("test_malformed_filters_are_refused", NoFilter, {"filter": MALFORMED[0]}),
    ("test_awkward_queries_are_only_queries", RefusesBlanks, {"text": " "}),
    ("test_no_documents_give_no_hits", InventsForNothing, {}),
    ("test_a_cut_keeps_the_best", CutsById, {}),
    ("test_a_filtered_cut_keeps_the_best_allowed", PostFilter, FILTER),
]


@pytest.mark.parametrize(
    ("check", "kind", "arguments"), BROKEN, ids=[f"{kind.__name__}-{c}" for c, kind, _ in BROKEN]
)
def test_a_broken_retriever_is_caught(
    check: str, kind: type[BruteForceRetriever], arguments: dict[str, Any]
) -> None:
    empty = check == "test_no_documents_give_no_hits"
    given = {"empty": kind(())} if empty else {"retriever": kind(CORPUS)}
    assert_caught(TestBruteForce, check, **given, **arguments)


def test_every_check_is_known_to_fail() -> None:
    assert {check for check, _, _ in BROKEN} == checks_of(ExactRetrieverContract)


def test_the_protocol_is_met_at_run_time() -> None:
    assert isinstance(BruteForceRetriever(CORPUS), Retriever)
    with pytest.raises(InvalidInput, match="k is -1"):
        BruteForceRetriever(CORPUS).search(["x"], -1)
