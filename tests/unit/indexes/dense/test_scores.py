"""Exact scores: their order of operations, their independence of the batch, what is refused."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.dense.batch import METRICS
from mnemic.indexes.dense.scores import Questions, exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense import Metric

LANES = 16
DIMS = [1, 2, 15, 16, 17, 33, 384, 1000]


def vectors(rows: int, dims: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((rows, dims), np.float32)


def spelled_out(metric: Metric, a: NDArray[np.float32], q: NDArray[np.float32]) -> np.float64:
    """One score in the documented order: a sum for each place in a line of 16, joined by halves."""
    x, y = a.astype(np.float64), q.astype(np.float64)
    terms = (x - y) * (x - y) if metric == "l2" else x * y
    sums = np.zeros(LANES)
    for start in range(0, len(terms), LANES):
        line = terms[start : start + LANES]
        sums[: len(line)] += line
    while len(sums) > 1:
        sums = sums[: len(sums) // 2] + sums[len(sums) // 2 :]
    return np.float64(-sums[0] if metric == "l2" else sums[0])


@pytest.mark.parametrize("dims", DIMS)
@pytest.mark.parametrize("metric", METRICS)
def test_a_sum_is_made_in_one_order_whatever_is_scored_beside_it(metric: Metric, dims: int) -> None:
    stored, questions = vectors(7, dims, 1), Questions.checked(vectors(3, dims, 2), metric)
    rows, which = (array.ravel() for array in np.indices((7, 3)))
    found = exact(metric, stored, rows, questions, which, threads=2)
    for row, query, score in zip(rows.tolist(), which.tolist(), found, strict=True):
        expected = spelled_out(metric, stored[row], questions.vectors[query])
        if metric == "cosine":
            expected /= questions.lengths[query]
        assert score == expected
        alone = questions.span(query, query + 1)
        one = exact(metric, stored, np.asarray([row]), alone, np.zeros(1, np.int64))
        assert one.tobytes() == score.tobytes()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_many_pairs_score_as_few_do(threads: int) -> None:
    stored, questions = vectors(900, 40, 3), Questions.checked(vectors(40, 40, 4), "ip")
    which, rows = (array.ravel() for array in np.indices((40, 900)))
    found = exact("ip", stored, rows, questions, which, threads=threads)
    exactly = [fsum(np.float64(stored[r]) * questions.vectors[q]) for r, q in ((0, 0), (899, 39))]
    np.testing.assert_allclose(found[[0, -1]], exactly, rtol=1e-13, atol=1e-13)
    shuffled = np.random.default_rng(5).permutation(len(rows))
    again = exact("ip", stored, rows[shuffled], questions, which[shuffled])
    assert again.tobytes() == found[shuffled].tobytes()


def test_zeros_have_one_spelling() -> None:
    stored = np.asarray([[0, 0], [-0.0, 1], [1, 0]], np.float32)
    for metric in METRICS:
        questions = Questions.checked(np.asarray([[-0.0, 0], [0, 1]], np.float32), metric)
        scores = exact(metric, stored, np.asarray([0, 1, 2]), questions, np.asarray([0, 1, 0]))
        assert not np.signbit(scores[scores == 0]).any()
        assert scores[0] == 0


def test_what_does_not_fit_is_refused() -> None:
    stored, questions = vectors(3, 4, 1), Questions.checked(vectors(2, 4, 2), "ip")
    zero = np.zeros(1, np.int64)
    for row in (-1, 3, 2**62):
        with pytest.raises(InvalidInput, match=rf"rows\[0\]={row} is not one of 3"):
            exact("ip", stored, zero + row, questions, zero)
    for query in (-1, 2):
        with pytest.raises(InvalidInput, match=rf"which\[0\]={query} is not one of 2"):
            exact("ip", stored, zero, questions, zero + query)
    with pytest.raises(InvalidInput, match="queries have 4 dimensions, vectors 5"):
        exact("ip", vectors(3, 5, 1), zero, questions, zero)
    with pytest.raises(InvalidInput, match="differ in number"):
        exact("ip", stored, np.zeros(2, np.int64), questions, zero)


def test_no_pairs_have_no_scores() -> None:
    questions = Questions.checked(np.empty((0, 4), np.float32), "l2")
    nothing = np.empty(0, np.int64)
    assert exact("l2", np.empty((0, 4), np.float32), nothing, questions, nothing).shape == (0,)
