"""Upper bounds leave out no hit where they are hardest to make: rounding, ties, extreme weights."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest
from tests.contracts.sparse_queries import VARIANTS

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.sparse.scorers import BM25Variant

Table: TypeAlias = "NDArray[np.float32]"  # [documents, terms]; 0 where a document has not the term
DEPTHS = (1, 2, 10, 100)
SHARES = (1, 0.7, 0.3, 0.1, 0.05, 0.01, 0.002)
LEAST, MOST = float(np.float32(1e-45)), float(np.finfo(np.float32).max)
WEIGHTS = ("equal", "neighbours", "least", "most", "spread")


def batch(table: Table, *, weighted: bool) -> TermBatch:
    """Weights, or as many tokens as a weight says."""
    names = tuple(b"%05d" % column for column in range(table.shape[1]))
    rows, columns = np.nonzero(table)
    counts = np.ones(len(rows), np.int64) if weighted else table[rows, columns].astype(np.int64)
    ends = np.cumsum(np.bincount(np.repeat(rows, counts), minlength=len(table)))
    terms = np.repeat(columns, counts).astype(np.uint32)
    weights = table[rows, columns] if weighted else None
    return TermBatch(names, np.concatenate([[0], ends]), terms, weights)


def index_of(table: Table, *, weighted: bool, cut: int | None = None) -> SparseIndex:
    """One segment, or two."""
    ends = [0, len(table)] if cut is None else [0, cut, len(table)]
    lives = [
        LiveSegment(SparseSegment.build(batch(table[a:b], weighted=weighted)), np.arange(a, b))
        for a, b in pairwise(ends)
    ]
    return SparseIndex(lives, threads=1)


def drawn(kind: str, shape: tuple[int, int]) -> Table:
    source = np.random.default_rng(len(kind))
    values: NDArray[np.floating[Any]]
    match kind:
        case "equal":
            values = np.ones(shape)
        case "neighbours":
            values = 1 + source.integers(0, 3, shape) * 2.0**-23
        case "least":
            values = source.integers(1, 5, shape) * LEAST
        case "most":
            values = source.random(shape) * MOST
        case _:
            values = np.exp(source.uniform(-60, 60, shape))
    return values.astype(np.float32)


def weights(kind: str, documents: int) -> Table:
    """The first term is in every document, the others in fewer and fewer."""
    has = np.random.default_rng(1).random((documents, len(SHARES))) < np.asarray(SHARES)
    has[:, 0] = True
    return np.where(has, drawn(kind, has.shape), np.float32(0))


def best(table: Table, asked: Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All hits by brute force, parts added from the rarest term to the most frequent."""
    having = np.count_nonzero(table, axis=0)
    scores = np.zeros(len(table))
    for term in sorted(range(len(having)), key=lambda term: (having[term], term)):
        scores += table[:, term].astype(np.float64) * float(asked[term])
    order = np.argsort(-scores, kind="stable")
    hits = order[np.any((table != 0) & (asked != 0), axis=1)[order]]
    return scores[hits], hits


@pytest.mark.parametrize("cut", [None, 4_097])
@pytest.mark.parametrize("documents", [8_191, 8_192, 8_193])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_extreme_weights_are_as_by_brute_force(kind: str, documents: int, cut: int | None) -> None:
    table = weights(kind, documents)
    index = index_of(table, weighted=True, cut=cut)
    for asking in WEIGHTS:
        asked = drawn(asking, (1, len(SHARES)))
        scores, hits = best(table, asked[0])
        for k in DEPTHS:  # from the second on with unpacked lists
            found = index.search(batch(asked, weighted=True), k, scorer=Impact()).row(0)
            assert found[0].tobytes() == scores[:k].tobytes(), (asking, k)
            assert found[1].tolist() == hits[:k].tolist(), (asking, k)


@pytest.mark.parametrize("terms", [4_096, 4_097])
def test_as_many_terms_as_are_bounded_and_one_more(terms: int) -> None:
    source = np.random.default_rng(2)
    table = source.integers(1, 1000, (80, terms)).astype(np.float32)
    asked = source.random((1, terms), np.float32) + np.float32(0.1)
    index = index_of(table, weighted=True)
    scores, hits = best(table, asked[0])
    for k in DEPTHS:
        found = index.search(batch(asked, weighted=True), k, scorer=Impact()).row(0)
        assert found[0].tobytes() == scores[:k].tobytes()
        assert found[1].tolist() == hits[:k].tolist()


def test_many_rare_terms_whose_bounds_leave_out_little() -> None:
    """Of very many terms a document has few: bounds may exceed its score by more than that."""
    source = np.random.default_rng(4)
    has = source.random((4_500, 600)) < 0.02
    table = (has * source.integers(1, 5, has.shape)).astype(np.float32)
    index, asked = index_of(table, weighted=True), np.ones((1, 600), np.float32)
    scores, hits = best(table, asked[0])
    for k in DEPTHS:
        found = index.search(batch(asked, weighted=True), k, scorer=Impact()).row(0)
        assert found[0].tobytes() == scores[:k].tobytes()
        assert found[1].tolist() == hits[:k].tolist()


@cache
def frequencies() -> Table:
    source = np.random.default_rng(3)
    has = source.random((6_000, 5)) < np.asarray([0.9, 0.5, 0.3, 0.2, 0.03])
    return (has * source.integers(1, 12, has.shape)).astype(np.float32)


@pytest.mark.parametrize("k1", [0, 1e-16, 1e-12, 0.01, 1.2, 1e6])
@pytest.mark.parametrize("delta", [0, 0.3, 1, 1e6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_shift_leaves_of_the_parts_loses_no_hit(
    variant: BM25Variant, delta: float, k1: float
) -> None:
    """Beside a large shift parts are rounding alone, some of them below 0."""
    table = frequencies()
    index = index_of(table, weighted=False)
    scorer = BM25(k1=k1, b=1, variant=variant, delta=delta)
    asked = batch(np.ones((1, 5), np.float32), weighted=False)
    scores, hits = index.search(asked, len(table), scorer=scorer).row(0)
    assert sorted(hits.tolist()) == np.flatnonzero(table.any(axis=1)).tolist()
    for k in DEPTHS:
        found = index.search(asked, k, scorer=scorer).row(0)
        assert found[0].tobytes() == scores[:k].tobytes()
        assert found[1].tolist() == hits[:k].tolist()
    for place in (0, len(hits) // 2, len(hits) - 1):
        assert index.explain(asked, int(hits[place]), scorer=scorer).value == scores[place]
