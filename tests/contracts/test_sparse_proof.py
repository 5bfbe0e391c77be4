"""Proof that the checks of the sparse index can fail, and that its two oracles agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.contracts import sparse_checks, sparse_oracle
from tests.contracts.sparse_checks import Asked
from tests.contracts.sparse_collections import SHAPES, WEIGHTINGS, Collection, collection
from tests.contracts.sparse_dense import Truth
from tests.contracts.sparse_mirror import Mirror, Part, fresh, mirror_of
from tests.contracts.sparse_queries import DEFAULTS, VARIANTS, queries, scorer
from tests.contracts.sparse_rounds import asked
from tests.contracts.sparse_wrong import PRUNING, Pruning, right

from mnemic.indexes.sparse import BM25, Impact, SparseSegment, TermBatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.sparse_checks import Index

    from mnemic.indexes.sparse import SparseIndex
    from mnemic.types import Explanation, TopK

DEPTHS = (1, 2, 10, 100)
SEEDS = range(12)


def pruned(shape: str, weighting: str | None, seed: int, name: str) -> None:
    """One search by an engine that skips blocks, against the engine that it skips for."""
    rng = default_rng(seed)
    mirror = mirror_of(rng, collection(rng, shape, weighting))
    index = Pruning(mirror.index(), mirror, right) if name == "right" else PRUNING[name](mirror)
    sparse_checks.check_depths(index, mirror, asked(rng, mirror), DEPTHS)


def catches(shape: str, weighting: str | None, seed: int, name: str) -> bool:
    try:
        pruned(shape, weighting, seed, name)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("weighting", [None, "neighbours"])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_engine_that_skips_rightly_passes(shape: str, weighting: str | None) -> None:
    pruned(shape, weighting, 1, "right")


@pytest.mark.slow
@pytest.mark.parametrize("name", PRUNING)
def test_every_engine_that_skips_too_much_is_caught(name: str) -> None:
    rounds = [(shape, seed) for seed in SEEDS for shape in SHAPES]
    caught = (catches(shape, None, seed, name) for shape, seed in rounds)
    assert any(caught)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PRUNING if not name.startswith("of ")])
def test_every_engine_of_weights_that_skips_too_much_is_caught(name: str) -> None:
    rounds = [(shape, seed) for seed in SEEDS for shape in SHAPES]
    caught = (catches(shape, "neighbours", seed, name) for shape, seed in rounds)
    assert any(caught)


# --- lies about a collection of which everything is known --------------------------------------

VALUES = np.asarray([[2, 1, 0], [1, 0, 1], [0, 3, 0], [1, 0, 0], [0, 0, 0], [5, 0, 4]], np.float64)
KINDS = np.asarray([0, 1, 1, 2, 3, 3, 4, 5, 0])
QUERIES = TermBatch(
    (b"b", b"a", b"c", b"no"), np.asarray([0, 1, 3]), np.asarray([0, 1, 2], np.uint32)
)
ASKED = Asked(QUERIES, BM25(variant="robertson"), np.arange(9) % 8 > 0)


def truth() -> Mirror:
    """Two segments; the last but one of nine documents is deleted, the first is not allowed."""
    held = Collection(VALUES, KINDS, weighted=False, names=tuple(QUERIES.vocabulary))
    parts = [
        Part(SparseSegment.build(held.batch(default_rng(1), chosen)), chosen)
        for chosen in (np.arange(5, 9), np.arange(5))
    ]
    live = np.arange(9) != 7
    return Mirror(Truth(held, live), np.arange(9) * 2 + 1, tuple(parts))


@dataclass(frozen=True)
class Lying:
    """An index whose answers are changed."""

    index: SparseIndex
    lie: Callable[[Any], Any]

    def search(self, *given: Any, **named: Any) -> TopK:
        answer = self.lie(self.index.search(*given, **named))
        assert answer is not None
        return answer  # type: ignore[no-any-return]

    def explain(self, *given: Any, **named: Any) -> Explanation:
        explained = self.index.explain(*given, **named)
        return replace(explained, value=float(np.nextafter(explained.value, np.inf)))


def kept(top: TopK, mask: Any) -> TopK:
    """Only some hits."""
    offsets = np.concatenate([[0], np.cumsum(mask)])[top.offsets]
    return replace(top, scores=top.scores[mask], ids=top.ids[mask], offsets=offsets)


def last_lost(top: TopK) -> TopK:
    return kept(top, np.arange(len(top.ids)) != len(top.ids) - 1)


def ties_turned(top: TopK) -> TopK:
    row = np.repeat(np.arange(len(top)), np.diff(top.offsets))
    order = np.lexsort((-top.ids, -top.scores, row))
    return replace(top, scores=top.scores[order], ids=top.ids[order])


def one_score(change: Callable[[float], float]) -> Callable[[TopK], TopK]:
    def lie(top: TopK) -> TopK:
        scores = top.scores.copy()
        best = int(np.argmax(scores))
        scores[best] = change(float(scores[best]))
        return replace(top, scores=scores)

    return lie


LIES: dict[str, Callable[[TopK], TopK]] = {
    "a hit is lost": last_lost,
    "what scores 0 is left out": lambda top: kept(top, top.scores > 0),
    "ties go by falling ordinals": ties_turned,
    "a score is off in the 12th digit": one_score(lambda score: score * (1 + 4e-12)),
    "scores are float32": lambda top: replace(
        top, scores=top.scores.astype(np.float32).astype(np.float64)
    ),
    "equal documents differ by one bit": one_score(lambda score: float(np.nextafter(score, 9))),
    "ordinals are those of the neighbours": lambda top: replace(top, ids=top.ids + 2),
    "a row is lost": lambda top: replace(top, offsets=top.offsets[:-1]),
}


def test_the_true_index_passes() -> None:
    mirror = truth()
    index = mirror.index()
    sparse_checks.check_everything(index, mirror, ASKED)
    sparse_checks.check_depths(index, mirror, ASKED, range(12))
    whole = fresh(default_rng(2), mirror)
    sparse_checks.check_alike(index, mirror, whole.index(), whole, ASKED)
    sparse_checks.check_explained(index, mirror, ASKED, np.arange(9))


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_caught(lie: str) -> None:
    mirror = truth()
    with pytest.raises(AssertionError):
        sparse_checks.check_everything(Lying(mirror.index(), LIES[lie]), mirror, ASKED)


def without_deletions(mirror: Mirror) -> Mirror:
    return replace(mirror, truth=replace(mirror.truth, live=np.ones(9, np.bool_)))


def without_a_filter(mirror: Mirror) -> Index:
    index = mirror.index()
    return Lying(
        index, lambda _: sparse_checks.everything(index, mirror, replace(ASKED, chosen=None))
    )


def with_another_scorer(mirror: Mirror) -> Index:
    index = mirror.index()
    other = replace(ASKED, scorer=BM25(variant="robertson", k1=0.9001))
    return Lying(index, lambda _: sparse_checks.everything(index, mirror, other))


@pytest.mark.parametrize(
    "wrong",
    [lambda mirror: without_deletions(mirror).index(), without_a_filter, with_another_scorer],
    ids=["dead documents", "filter", "scorer"],
)
def test_every_wrong_index_is_caught(wrong: Callable[[Mirror], Index]) -> None:
    mirror = truth()
    with pytest.raises(AssertionError):
        sparse_checks.check_everything(wrong(mirror), mirror, ASKED)


def test_statistics_of_dead_documents_are_caught() -> None:
    mirror = truth()
    stale = Lying(without_deletions(mirror).index(), lambda top: kept(top, top.ids != 15))
    with pytest.raises(AssertionError):
        sparse_checks.check_everything(stale, mirror, ASKED)


def test_other_checks_catch_lies_too() -> None:
    mirror = truth()
    lying = Lying(mirror.index(), one_score(lambda score: float(np.nextafter(score, 9))))
    whole = fresh(default_rng(2), mirror)
    with pytest.raises(AssertionError):
        sparse_checks.check_alike(lying, mirror, whole.index(), whole, ASKED)
    with pytest.raises(AssertionError):
        sparse_checks.check_explained(Lying(mirror.index(), lambda top: top), mirror, ASKED, KINDS)


@dataclass(frozen=True)
class Shallow:
    """Right when all are asked for; for the best few it puts another document last."""

    index: SparseIndex

    def search(self, queries: TermBatch, k: int, **named: Any) -> TopK:
        found = self.index.search(queries, k, **named)
        return found if k != 2 else replace(found, ids=found.ids[::-1].copy())

    def explain(self, *given: Any, **named: Any) -> Explanation:
        return self.index.explain(*given, **named)


def test_a_wrong_depth_is_caught() -> None:
    mirror = truth()
    with pytest.raises(AssertionError):
        sparse_checks.check_depths(Shallow(mirror.index()), mirror, ASKED, range(12))


# --- the matrix against plain Python -----------------------------------------------------------


def rows_of(held: Collection, live: Any) -> dict[int, tuple[bytes, ...]]:
    """The live documents as tokens."""
    return {
        int(d): tuple(
            held.names[term]
            for term in range(held.terms)
            for _ in range(int(held.values[held.kinds[d], term]))
        )
        for d in np.flatnonzero(live)
    }


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("shape", [name for name in SHAPES if name != "one_long"])
def test_both_oracles_of_tokens_agree(shape: str, variant: Any) -> None:
    rng = default_rng(5)
    held = collection(rng, shape, None, documents=30)
    live = rng.random(len(held)) < 0.7
    drawn = scorer(rng, weighted=False)
    assert isinstance(drawn, BM25)
    asking = queries(rng, held, 9)
    plain = TermBatch(held.names, asking.offsets, asking.terms)
    for used in (replace(DEFAULTS, variant=variant), replace(drawn, variant=variant)):
        for row in range(len(plain)):
            matching, scores = Truth(held, live).scores(plain, row, used)
            words = tuple(held.names[i] for i in plain.terms[slice(*plain.offsets[row : row + 2])])
            known = sparse_oracle.bm25(rows_of(held, live), words, used)
            assert np.flatnonzero(matching).tolist() == sorted(known)
            assert scores[sorted(known)] == pytest.approx(
                [known[d] for d in sorted(known)], rel=1e-12, abs=0
            )


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_both_oracles_of_weights_agree(weighting: str) -> None:
    rng = default_rng(6)
    held = collection(rng, "natural", weighting, documents=30)
    live = rng.random(len(held)) < 0.7
    vectors = {
        int(d): tuple(
            zip(held.names[: held.terms], held.values[held.kinds[d]].tolist(), strict=True)
        )
        for d in np.flatnonzero(live)
    }
    asking = queries(rng, held, 9)
    for row in range(len(asking)):
        matching, scores = Truth(held, live).scores(asking, row, Impact())
        span = slice(*asking.offsets[row : row + 2])
        given = np.ones(len(asking.terms)) if asking.weights is None else asking.weights
        query = zip([held.names[i] for i in asking.terms[span]], given[span].tolist(), strict=True)
        known = sparse_oracle.impact(vectors, tuple(query))
        assert np.flatnonzero(matching).tolist() == sorted(known)
        assert scores[sorted(known)] == pytest.approx(
            [known[d] for d in sorted(known)], rel=1e-12, abs=0
        )
