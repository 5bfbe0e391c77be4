"""Fusion of arbitrary rankings: the order of parts is nothing, who leads everywhere leads."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.fusion import FUSIONS, RRF, Fusion, LogOdds, fuse
from mnemic.types import Hit, Query, Ranking

QUERY = Query("q")
IDS = st.sampled_from("abcdefgh")
SCORES = (
    st.sampled_from([0.0, -0.0, 1.0, 0.5, 5e-324, 1.7e308, -1.7e308])
    | st.floats(-50, 50)
    | st.floats(allow_nan=False, allow_infinity=False)
)
METHODS = st.sampled_from(
    [*FUSIONS.values(), RRF(k=0), RRF(k=7.5), LogOdds(slope=30.0, floor=1e-9)]
)
WEIGHTS = st.floats(1e-3, 1e3)


def ranking(scores: dict[str, float]) -> Ranking:
    return Ranking.ordered(QUERY, [Hit(id=id, score=score) for id, score in scores.items()])


RANKINGS = st.dictionaries(IDS, SCORES, max_size=8).map(ranking)
PARTS = st.lists(RANKINGS, min_size=1, max_size=4)


@given(PARTS, METHODS, st.data())
def test_the_order_of_the_parts_does_not_matter(
    parts: list[Ranking], method: Fusion, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(parts))
    assert fuse(parts, fusion=method).hits == fuse(shuffled, fusion=method).hits


@given(PARTS, METHODS, st.data())
def test_weights_go_with_their_parts(
    parts: list[Ranking], method: Fusion, data: st.DataObject
) -> None:
    weights = [data.draw(WEIGHTS) for _ in parts]
    order = data.draw(st.permutations(range(len(parts))))
    moved = fuse([parts[i] for i in order], fusion=method, weights=[weights[i] for i in order])
    for left, right in zip(moved, fuse(parts, fusion=method, weights=weights), strict=True):
        assert left.id == right.id
        assert left.score == pytest.approx(right.score, rel=1e-12, abs=1e-12)


@given(PARTS, METHODS, st.data())
def test_every_document_comes_back_once_with_a_finite_score(
    parts: list[Ranking], method: Fusion, data: st.DataObject
) -> None:
    weights = [data.draw(st.floats(5e-324, 1.7e308)) for _ in parts]
    found = fuse(parts, fusion=method, weights=weights)
    assert sorted(hit.id for hit in found) == sorted({hit.id for part in parts for hit in part})
    assert all(type(hit.score) is float and math.isfinite(hit.score) for hit in found)
    assert found == Ranking.ordered(QUERY, found.hits)


@given(PARTS, METHODS)
def test_scores_stay_in_their_range(parts: list[Ranking], method: Fusion) -> None:
    values = [hit.score for hit in fuse(parts, fusion=method)]
    if isinstance(method, RRF):
        assert all(0 < value <= len(parts) / (method.k + 1) * (1 + 1e-12) for value in values)
    elif isinstance(method, LogOdds):
        bound = math.log((1 - method.floor) / method.floor) + 1e-9
        assert all(-bound <= value <= bound for value in values)
    elif method.name == "min-max":
        assert all(0 <= value <= 1 + 1e-12 for value in values)
    else:
        assert all(abs(value) <= math.sqrt(7) + 1e-9 for value in values)


@given(PARTS, METHODS)
def test_who_is_ahead_in_every_part_is_ahead(parts: list[Ranking], method: Fusion) -> None:
    found = {hit.id: hit.score for hit in fuse(parts, fusion=method)}
    places = [{hit.id: place for place, hit in enumerate(part)} for part in parts]
    for left in found:
        for right in found:
            if all(place.get(left, 99) <= place.get(right, 99) for place in places):
                assert found[left] >= found[right] - 1e-9


@given(PARTS, st.sampled_from(["rrf", "min-max"]), st.data())
def test_a_better_score_does_not_hurt(
    parts: list[Ranking], method: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(parts) - 1))
    scores = {hit.id: hit.score for hit in parts[place]}
    raised = data.draw(IDS)
    # What a part did not return counts as its last: it is raised from there.
    last = min(scores.values(), default=-50.0)
    scores[raised] = max(scores.get(raised, last), data.draw(SCORES))
    before = fuse(parts, fusion=method)
    after = fuse([*parts[:place], ranking(scores), *parts[place + 1 :]], fusion=method)
    for other in {hit.id for hit in before} - {raised}:
        assert lead(after, raised, other) >= lead(before, raised, other) - 1e-9


def lead(found: Ranking, first: str, second: str) -> float:
    """By how much one document is ahead; who was not found at all has 0 in these fusions."""
    scores = {hit.id: hit.score for hit in found}
    return scores.get(first, 0.0) - scores.get(second, 0.0)


@given(PARTS, RANKINGS, METHODS, st.data())
def test_weight_0_leaves_a_part_out(
    parts: list[Ranking], extra: Ranking, method: Fusion, data: st.DataObject
) -> None:
    weights = [data.draw(WEIGHTS) for _ in parts]
    place = data.draw(st.integers(0, len(parts)))
    widened = fuse(
        [*parts[:place], extra, *parts[place:]],
        fusion=method,
        weights=[*weights[:place], 0.0, *weights[place:]],
    )
    assert widened == fuse(parts, fusion=method, weights=weights)


@given(PARTS, METHODS, st.integers(0, 9))
def test_a_cut_is_the_beginning(parts: list[Ranking], method: Fusion, k: int) -> None:
    assert fuse(parts, fusion=method, k=k) == fuse(parts, fusion=method)[:k]


@given(PARTS, METHODS, st.data())
def test_explanations_add_up(parts: list[Ranking], method: Fusion, data: st.DataObject) -> None:
    weights = [data.draw(WEIGHTS) for _ in parts]
    explained = fuse(parts, fusion=method, weights=weights, explain=True)
    for hit in explained:
        assert hit.explanation is not None
        assert hit.explanation.value == hit.score
        assert len(hit.explanation.parts) == len(parts)
        added = math.fsum(part.value for part in hit.explanation.parts)
        assert added == pytest.approx(hit.score, rel=1e-9, abs=1e-9)
    plain = [replace(hit, explanation=None) for hit in explained]
    assert tuple(plain) == fuse(parts, fusion=method, weights=weights).hits


@given(RANKINGS, METHODS)
def test_one_part_alone_keeps_its_order(part: Ranking, method: Fusion) -> None:
    fused = {hit.id: hit.score for hit in fuse([part], fusion=method)}
    values = [fused[hit.id] for hit in part]
    assert all(left >= right - 1e-9 for left, right in pairwise(values))
