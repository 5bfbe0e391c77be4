from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mnemic.retrieval.fusion import kernels

MAX = float(np.finfo(np.float64).max)
TINY = 5e-324
AWKWARD = [
    [MAX, -MAX],
    [MAX, MAX, -MAX],
    [MAX] * 3,
    [TINY, 0.0],
    [TINY, -TINY, TINY],
    [0.0, 0.0],
    [-0.0, 0.0],
    [1.0, math.nextafter(1.0, 0.0)],
    [0.1] * 3,
    [7.0],
    [-7.0],
]


HALVES = st.integers(-(10**9), 10**9).map(lambda number: (number + 0.5) / 1e6)


@given(st.lists(st.floats(allow_nan=False) | st.floats(-50, 50) | HALVES, max_size=30))
@example([MAX, -MAX, TINY, -0.0, math.inf, 5e-7, -5e-7, 2.5e-6, 1e10 / 3, 2.0**40 / 1e6])
def test_six_digits_are_those_of_round(scores: list[float]) -> None:
    found = kernels.six_digits(np.array(scores, np.float64))
    assert found.tobytes() == np.array([round(score, 6) for score in scores]).tobytes()


def test_reciprocal_ranks() -> None:
    assert kernels.reciprocal_ranks(3, 60).tolist() == [1 / 61, 1 / 62, 1 / 63]
    assert kernels.reciprocal_ranks(2, 0).tolist() == [1.0, 0.5]


def test_min_max() -> None:
    assert kernels.min_max(np.array([7.0, 4.0, 3.0])).tolist() == [1.0, 0.25, 0.0]
    assert kernels.min_max(np.array([2.0, 2.0])).tolist() == [1.0, 1.0]
    assert kernels.min_max(np.array([-3.0])).tolist() == [1.0]


def test_z_scores() -> None:
    standard = kernels.z_scores(np.array([9.0, 5.0, 4.0, 2.0, 5.0, 7.0, 4.0, 4.0]))
    assert standard.tolist() == [2.0, 0.0, -0.5, -1.5, 0.0, 1.0, -0.5, -0.5]
    assert kernels.z_scores(np.array([0.1] * 3)).tolist() == [0.0] * 3


def test_log_odds() -> None:
    odds = kernels.log_odds(np.array([0.0, 1.0, -1.0, 1e9]), slope=2.0, floor=0.1)
    middle = 0.1 + 0.8 / (1 + math.exp(-2.0))
    assert odds[0] == pytest.approx(0.0, abs=1e-15)
    assert odds[1] == pytest.approx(math.log(middle / (1 - middle)))
    assert odds[2] == pytest.approx(-odds[1])
    assert odds[3] == pytest.approx(math.log(9))


@pytest.mark.parametrize("scores", AWKWARD)
def test_nothing_overflows(scores: list[float]) -> None:
    given = np.array(scores)
    standard = kernels.z_scores(given)
    assert np.isfinite(standard).all()
    assert np.isfinite(kernels.log_odds(standard, slope=1e6, floor=1e-9)).all()
    placed = kernels.min_max(given)
    assert placed.max() == 1.0
    assert placed.min() == (1.0 if given.min() == given.max() else 0.0)
    assert given.tolist() == scores


def test_totals_do_not_depend_on_the_order_of_the_parts() -> None:
    parts = np.array([[0.1, 1e16], [0.2, 1.0], [0.3, -1e16]])
    assert kernels.total(parts).tolist() == kernels.total(parts[[2, 0, 1]]).tolist()
    assert kernels.total(parts)[0] == pytest.approx(0.6)
