"""A reranker that counts shared words keeps the contract, and broken ones are caught."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.proof import assert_caught, checks_of
from tests.contracts.reranker_contract import PointwiseRerankerContract

from mnemic.errors import InvalidInput
from mnemic.rerank.protocols import Reranked, Reranker, Usage
from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Overlap:
    """The share of the query's words that a passage has."""

    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        if top_k is not None and top_k < 0:
            raise InvalidInput(f"top_k is {top_k}", hint="ask for 0 or more")
        asked = query if isinstance(query, Query) else Query(query)
        hits = [replace(hit, score=self.score(asked.text, hit)) for hit in passages]
        trace = tuple({"id": hit.id, "status": "parsed"} for hit in hits)
        ordered = Ranking.ordered(asked, hits).hits[:top_k]
        return self.spoil(Reranked(asked, ordered, Usage(calls=len(hits)), trace))

    def score(self, query: str, hit: Hit) -> float:
        words = set(query.lower().split())
        return len(words & set(hit.text.lower().split())) / (1 + len(words))

    def spoil(self, ranked: Reranked) -> Reranked:
        return ranked


class TestOverlap(PointwiseRerankerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def reranker(cls) -> Reranker:
        return Overlap()


# One broken reranker for each way to break the contract.


class Invents(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, hits=(*ranked.hits, Hit(id="invented", score=-9.0)))


class DropsEmpty(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, hits=tuple(hit for hit in ranked if hit.text))


class LosesText(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, hits=tuple(Hit(id=hit.id, score=hit.score) for hit in ranked))


class WorstFirst(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, hits=ranked.hits[::-1])


class IgnoresTopK(Overlap):
    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        return super().rank(query, passages)


class CutsBefore(Overlap):
    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        return super().rank(query, list(passages)[:top_k], top_k=top_k)


class CallsForNothing(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, usage=Usage(calls=1))


class ForgetsQuery(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return replace(ranked, query=Query(ranked.query.text))


class TakesQueryOfRanking(Overlap):
    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        asked = passages.query if isinstance(passages, Ranking) else query
        return super().rank(asked, passages, top_k=top_k)


class CountsUp(Overlap):
    calls = 0

    def score(self, query: str, hit: Hit) -> float:
        type(self).calls += 1
        return float(self.calls)


class IgnoresQuery(Overlap):
    def score(self, query: str, hit: Hit) -> float:
        return float(len(hit.text))


class NeedsWords(Overlap):
    def spoil(self, ranked: Reranked) -> Reranked:
        return ranked if ranked.query.text.strip() else replace(ranked, hits=())


class ByPlace(Overlap):
    def rank(
        self, query: str | Query, passages: Sequence[Hit] | Ranking, *, top_k: int | None = None
    ) -> Reranked:
        ranked = super().rank(query, passages)
        place = {hit.id: float(len(passages) - at) for at, hit in enumerate(passages)}
        hits = [replace(hit, score=hit.score + place[hit.id]) for hit in ranked]
        return replace(ranked, hits=Ranking.ordered(ranked.query, hits).hits[:top_k])


BROKEN: list[tuple[str, Overlap, dict[str, Any]]] = [
    ("test_a_permutation_of_what_was_given", Invents(), {}),
    ("test_a_permutation_of_what_was_given", DropsEmpty(), {}),
    ("test_hits_keep_everything_but_their_score", LosesText(), {}),
    ("test_order_is_canonical", WorstFirst(), {}),
    ("test_top_k_is_the_beginning", IgnoresTopK(), {}),
    ("test_top_k_is_the_beginning", CutsBefore(), {}),
    ("test_negative_top_k_is_refused", IgnoresTopK(), {}),
    ("test_nothing_in_nothing_out", CallsForNothing(), {}),
    ("test_the_query_is_kept", ForgetsQuery(), {}),
    ("test_texts_queries_lists_and_rankings_are_equal", TakesQueryOfRanking(), {}),
    ("test_ranking_again_gives_the_same", CountsUp(), {}),
    ("test_the_query_matters", IgnoresQuery(), {}),
    ("test_the_account_adds_up", CallsForNothing(), {}),
    ("test_awkward_queries_are_only_queries", NeedsWords(), {"text": " "}),
    ("test_the_order_of_the_input_does_not_matter", ByPlace(), {}),
    ("test_a_score_does_not_depend_on_the_others", ByPlace(), {}),
]


@pytest.mark.parametrize(
    ("check", "reranker", "arguments"),
    BROKEN,
    ids=[f"{type(reranker).__name__}-{check}" for check, reranker, _ in BROKEN],
)
def test_a_broken_reranker_is_caught(
    check: str, reranker: Overlap, arguments: dict[str, Any]
) -> None:
    assert_caught(TestOverlap, check, reranker=reranker, **arguments)


def test_every_check_is_known_to_fail() -> None:
    assert {check for check, _, _ in BROKEN} == checks_of(PointwiseRerankerContract)


def test_the_protocol_is_met_at_run_time() -> None:
    assert isinstance(Overlap(), Reranker)
