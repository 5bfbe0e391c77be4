from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from mnemic.indexes.columns.numbers import exact_floats, exact_integers, span

INTEGERS = [-(2**63), -(2**53) - 1, -1, 0, 0, 1, 2**53, 2**53 + 1, 2**63 - 1]
FLOATS = [-1e300, -(2.0**63), -1.5, -0.0, 0.0, 5e-324, 1.0, 2.0**53, 2.0**53 + 2, 2.0**63, 1e300]
BEYOND = [10**400, -(10**400), float("inf"), float("-inf"), 2**63, -(2**63) - 1, 0.5]


@pytest.mark.parametrize(
    ("values", "number"),
    [
        *product([np.array(INTEGERS, np.int64)], INTEGERS + FLOATS + BEYOND),
        *product([np.array(FLOATS)], INTEGERS + FLOATS + BEYOND),
    ],
)
def test_span_compares_as_python_does(values: np.ndarray, number: float) -> None:
    left, right = span(values, number)
    exact = values.tolist()
    assert [value < number for value in exact] == [n < left for n in range(len(exact))]
    assert [value > number for value in exact] == [n >= right for n in range(len(exact))]


def test_exact_values() -> None:
    numbers = [1, 1.5, 2**53 + 1, 2.0**63, 2**63 - 1, 10**400, float("nan"), 2**1024 - 1]
    assert exact_integers(numbers).tolist() == [1, 2**53 + 1, 2**63 - 1]
    assert exact_floats(numbers).tolist() == [1.0, 1.5, 2.0**63]
