"""Collections large enough to be scanned: exact beside brute force, and bit-equal in any shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.dense_oracle import best
from tests.contracts.index_contract import bits, same_results
from tests.counts import scaled

from mnemic.errors import NotFound
from mnemic.indexes.dense import DenseBatch, DenseIndex, DenseSegment, LiveSegment, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mnemic.types import TopK

METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True)
class Made:
    """A collection of some hundred vectors, many of them equal or nearly so."""

    vectors: NDArray[np.float32]
    owners: NDArray[np.int64]
    documents: int
    live: NDArray[np.bool_]
    queries: NDArray[np.float32]

    def index(self, metric: Metric, cuts: list[int]) -> DenseIndex:
        bounds = [0, *sorted(cuts), self.documents]
        return DenseIndex([self.segment(metric, start, end) for start, end in pairwise(bounds)])

    def segment(self, metric: Metric, start: int, end: int) -> LiveSegment:
        rows = (self.owners >= start) & (self.owners < end)
        owners = self.owners[rows] - start
        batch = DenseBatch(self.vectors[rows], metric, owners, end - start)
        ordinals = np.arange(start, end) * 2
        return LiveSegment(DenseSegment.build(batch), ordinals, bits(self.live[start:end].tolist()))

    def largest(self, metric: Metric, query: NDArray[np.float32]) -> float:
        """The largest score that vectors of these lengths could have."""
        if metric == "cosine":
            return 1.0
        longest = float(np.linalg.norm(self.vectors.astype(np.float64), axis=1).max())
        asked = float(np.linalg.norm(query.astype(np.float64)))
        return longest * asked if metric == "ip" else (longest + asked) ** 2

    def oracle(self, metric: Metric, query: NDArray[np.float32]) -> Mapping[int, float]:
        documents = {
            2 * number: tuple(map(tuple, self.vectors[self.owners == number].tolist()))
            for number in np.flatnonzero(self.live).tolist()
        }
        return best(metric, documents, (tuple(query.tolist()),))


@st.composite
def made(draw: st.DrawFn) -> Made:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, dims = draw(st.integers(40, 250)), draw(st.sampled_from([1, 2, 5, 16, 33]))
    # From a few integers, so that scores tie, to gaps that float32 cannot see.
    noise = rng.standard_normal((rows, dims)) * draw(st.sampled_from([0.0, 1e-7, 1e-4, 1.0]))
    scale = draw(st.sampled_from([1e-25, 1.0, 1e6, 1e16]))
    vectors = np.asarray((rng.integers(-1, 2, (rows, dims)) + noise) * scale, np.float32)
    documents = rows if draw(st.booleans()) else draw(st.integers(3, rows))
    owners = np.sort(rng.integers(0, documents, rows))
    if documents == rows and draw(st.booleans()):
        owners = np.arange(rows)
    live = rng.random(documents) < draw(st.sampled_from([1.0, 0.9, 0.2]))
    asked = vectors[rng.integers(0, rows, draw(st.integers(1, 30)))]
    queries = np.asarray(asked + draw(st.sampled_from([0, 0.25])), np.float32)
    return Made(vectors, owners, documents, live, queries)


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), k=st.integers(1, 20))
def test_the_result_is_that_of_brute_force(metric: Metric, made: Made, k: int) -> None:
    found = made.index(metric, []).search(made.queries, k)
    for number, query in enumerate(made.queries):
        matches = made.oracle(metric, query)
        scores, ids = found.row(number)
        ranked = sorted(matches.values(), reverse=True)[:k]
        # Terms of a sum of products may cancel: its rounding goes with the lengths, not the sum.
        atol = 1e-12 * made.largest(metric, query)
        np.testing.assert_allclose(scores, ranked, rtol=1e-9, atol=atol)
        assert len(set(ids.tolist())) == len(ids) <= k
        truth = [matches[ordinal] for ordinal in ids.tolist()]
        np.testing.assert_allclose(scores, truth, rtol=1e-9, atol=atol)


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), k=st.integers(1, 20), data=st.data())
def test_neither_batch_nor_segments_change_a_bit(
    metric: Metric, made: Made, k: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, made.documents), max_size=3))
    whole, several = made.index(metric, []), made.index(metric, cuts)
    together = whole.search_passages(made.queries, k)
    apart = several.search_passages(made.queries, k)
    same_results(together.documents, apart.documents)
    assert together.passages.tolist() == apart.passages.tolist()
    for number in range(len(made.queries)):
        alone = whole.search(made.queries[number : number + 1], k)
        same_results(alone, row_of(together.documents, number))


def row_of(found: TopK, number: int) -> TopK:
    scores, ids = found.row(number)
    return type(found)(scores, ids, np.asarray([0, len(ids)], np.int64))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), k=st.integers(1, 20))
def test_a_merge_is_what_a_fresh_build_makes(metric: Metric, made: Made, k: int) -> None:
    middle = made.documents // 2
    halves = [made.segment(metric, 0, middle), made.segment(metric, middle, made.documents)]
    merged = DenseSegment.merge([(half.segment, half.live) for half in halves])
    rows = made.live[made.owners]
    owners = (np.cumsum(made.live) - 1)[made.owners[rows]]
    fresh = DenseSegment.build(DenseBatch(made.vectors[rows], metric, owners, int(made.live.sum())))
    assert merged.vectors.tobytes() == fresh.vectors.tobytes()
    assert (merged.owners is None) == (fresh.owners is None)
    assert merged.owner_of(slice(None)).tolist() == fresh.owner_of(slice(None)).tolist()
    ordinals = np.concatenate([half.ordinals for half in halves])[made.live]
    found = DenseIndex([LiveSegment(merged, ordinals)]).search(made.queries, k)
    same_results(found, made.index(metric, []).search(made.queries, k))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), k=st.integers(1, 20))
def test_the_winning_passage_has_the_score(metric: Metric, made: Made, k: int) -> None:
    found = made.index(metric, []).search_passages(made.queries, k)
    for number, query in enumerate(made.queries):
        span = slice(*found.documents.offsets[number : number + 2])
        scores, ids = found.documents.row(number)
        for value, ordinal, passage in zip(scores, ids, found.passages[span], strict=True):
            row = np.flatnonzero(made.owners == ordinal // 2)[passage]
            one = DenseSegment.build(DenseBatch(made.vectors[row : row + 1], metric))
            alone = DenseIndex([LiveSegment(one, np.zeros(1, np.int64))]).search(query[None], 1)
            assert alone.scores.tolist() == [value]


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), k=st.integers(1, 20), data=st.data())
def test_passages_of_their_own_are_found_as_documents_would_be(
    metric: Metric, made: Made, k: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, made.documents), max_size=3))
    found = made.index(metric, cuts).search_passages(made.queries, k, per_passage=True)
    first = np.searchsorted(made.owners, found.documents.ids // 2)
    segment = DenseSegment.build(DenseBatch(made.vectors, metric))
    live = bits(made.live[made.owners].tolist())
    alone = DenseIndex([LiveSegment(segment, np.arange(len(made.owners)), live)])
    expected = alone.search(made.queries, k)
    assert (first + found.passages).tolist() == expected.ids.tolist()
    assert found.documents.offsets.tolist() == expected.offsets.tolist()
    assert found.documents.scores.tobytes() == expected.scores.tobytes()


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(30, 3_000))
@given(made=made(), cut=st.integers(0, 250))
def test_the_vectors_of_a_document_are_those_that_were_built(
    metric: Metric, made: Made, cut: int
) -> None:
    index = made.index(metric, [min(cut, made.documents)])
    stored = DenseSegment.build(DenseBatch(made.vectors, metric)).vectors
    for number in np.flatnonzero(made.live).tolist():
        expected = stored[made.owners == number]
        assert index.vectors_of(2 * number).tobytes() == expected.tobytes()
    for number in np.flatnonzero(~made.live).tolist():
        with pytest.raises(NotFound):
            index.vectors_of(2 * number)
