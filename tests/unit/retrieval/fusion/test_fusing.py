from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import RRF, fuse
from mnemic.types import Explanation, Hit, Query, Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUERY = Query("red river")


def ranking(**scores: float) -> Ranking:
    return Ranking.ordered(QUERY, [Hit(id=id, score=score) for id, score in scores.items()])


LEXICAL = ranking(a=9.0, b=5.0, c=1.0)
DENSE = ranking(b=0.8, d=0.6)
BOTH = (LEXICAL, DENSE)


def scores(found: Ranking) -> dict[str, float]:
    return {hit.id: hit.score for hit in found}


def test_rrf_is_that_of_the_paper() -> None:
    found = fuse(BOTH)
    assert scores(found) == {"b": 1 / 61 + 1 / 62, "a": 1 / 61, "d": 1 / 62, "c": 1 / 63}
    assert [hit.id for hit in found] == ["b", "a", "d", "c"]
    assert found.query is QUERY


def test_weighted_min_max() -> None:
    found = fuse(BOTH, fusion="min-max", weights=[0.7, 0.3])
    assert scores(found) == pytest.approx({"a": 0.7, "b": 0.35 + 0.3, "c": 0.0, "d": 0.0})
    assert [hit.id for hit in found] == ["a", "b", "c", "d"]


def test_one_hit_is_worth_everything_in_min_max() -> None:
    assert scores(fuse([LEXICAL, ranking(d=-3.0)], fusion="min-max"))["d"] == 0.5


def test_z_scores_put_the_missing_below_the_found() -> None:
    found = scores(fuse(BOTH, fusion="z-score"))
    deviation = math.sqrt(32 / 3)
    assert found["a"] == pytest.approx((4 / deviation - 1) / 2)
    assert found["b"] == pytest.approx((0 + 1) / 2)
    assert found["d"] == pytest.approx((-4 / deviation - 1) / 2)


def test_log_odds_pool() -> None:
    found = scores(fuse([DENSE], fusion="log-odds"))
    likely = 0.01 + 0.98 / (1 + math.exp(-1.0))
    assert found["b"] == pytest.approx(math.log(likely / (1 - likely)))
    assert found["d"] == pytest.approx(-found["b"])


@pytest.mark.parametrize("fusion", ["rrf", "min-max", "z-score", "log-odds"])
def test_a_part_that_found_nothing_changes_no_order(fusion: str) -> None:
    alone, beside = fuse([LEXICAL], fusion=fusion), fuse([LEXICAL, ranking()], fusion=fusion)
    assert [hit.id for hit in beside] == [hit.id for hit in alone]
    assert fuse([ranking(), ranking()], fusion=fusion).hits == ()


@pytest.mark.parametrize("fusion", ["rrf", "min-max", "z-score", "log-odds"])
def test_weight_0_leaves_a_part_out(fusion: str) -> None:
    assert fuse([LEXICAL, DENSE], fusion=fusion, weights=[2, 0]) == fuse([LEXICAL], fusion=fusion)


@pytest.mark.parametrize("k", [0, 1, 2, 3, 4, 100])
def test_a_cut_is_the_beginning(k: int) -> None:
    assert fuse(BOTH, k=k) == fuse(BOTH)[:k]


def test_equal_documents_are_ordered_by_id() -> None:
    found = fuse([ranking(b=2.0, x=1.0), ranking(a=3.0, y=1.0)], k=3)
    assert [hit.id for hit in found] == ["a", "b", "x"]


def test_hits_keep_what_a_part_knows_of_them() -> None:
    plain = Ranking(QUERY, (Hit(id="a", score=1.0, title="A"),))
    passage = Ranking(QUERY, (Hit(id="a", score=1.0, passage=(3, 8), snippet="river"),))
    assert fuse([plain, ranking(a=2.0)])[0].title == "A"
    assert fuse([plain, passage])[0].passage == (3, 8)
    assert fuse([plain, passage])[0].snippet == "river"


@pytest.mark.parametrize("fusion", ["rrf", "min-max", "z-score", "log-odds"])
def test_explanations_add_up(fusion: str) -> None:
    found = fuse(BOTH, fusion=fusion, weights=[3, 1], labels=["bm25", "dense"], explain=True)
    for hit in found:
        assert hit.explanation is not None
        assert hit.explanation.value == hit.score
        assert sum(part.value for part in hit.explanation.parts) == pytest.approx(hit.score)
        assert hit.explanation.description.startswith(fusion)


def test_explanations_name_the_parts_and_nest_theirs() -> None:
    why = Explanation(9.0, "because")
    explained = Ranking(QUERY, (Hit(id="a", score=9.0, explanation=why),))
    found = fuse([explained, DENSE, ranking()], labels=["bm25", "dense", "x"], explain=True)
    hit = next(hit for hit in found if hit.id == "a")
    assert hit.explanation is not None
    lexical, dense, empty = hit.explanation.parts
    assert lexical.parts == (why,)
    assert lexical.description.startswith("bm25: weight 1 * 0.0163934, 1 / (60 + rank) at rank 1")
    assert (dense.value, "dense: weight 1 * 0, not among its hits") == (0.0, dense.description)
    assert empty.description.endswith("it found nothing")
    assert fuse([explained])[0].explanation is None


@dataclass(frozen=True)
class Broken:
    """A fusion of somebody else's, with a hole in it."""

    name: str = "broken"
    formula: str = "score / 0"
    averages: bool = True

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        return scores * np.nan, 0.0


TWICE = Ranking(QUERY, (Hit(id="a", score=1.0), Hit(id="a", score=1.0)))


@pytest.mark.parametrize(
    ("rankings", "given", "said"),
    [
        ([], {}, "rankings is empty"),
        ([LEXICAL, Ranking(Query("else"))], {}, "different questions"),
        ([LEXICAL, TWICE], {}, "part 2: a document occurs twice"),
        ([ranking(a=math.nan)], {}, "part 1: a score is not finite"),
        ([ranking(a=math.inf)], {"labels": ["bm25"]}, "bm25: a score is not finite"),
        ([LEXICAL], {"weights": [1, 2]}, "2 numbers for 1 parts"),
        ([LEXICAL], {"labels": []}, "labels has 0 names"),
        ([LEXICAL], {"fusion": "max"}, "no fusion named 'max'"),
        ([LEXICAL], {"fusion": Broken()}, "'broken' made a value that is not finite"),
        ([LEXICAL], {"k": -1}, "k is -1"),
        ([LEXICAL], {"k": 1.5}, "k is a float"),
    ],
)
def test_refusals(rankings: list[Ranking], given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        fuse(rankings, **given)


def test_a_value_with_parameters() -> None:
    assert fuse([LEXICAL], fusion=RRF(k=0))[0].score == 1.0
