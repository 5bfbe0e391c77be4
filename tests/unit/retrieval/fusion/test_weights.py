from __future__ import annotations

import math
from typing import Any

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion.weights import checked_weights, scaled


def test_weights_become_numbers() -> None:
    assert checked_weights([1, 0.5, 0], parts=3) == (1.0, 0.5, 0.0)
    assert checked_weights(None, parts=3) is None


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0], "1 numbers for 2 parts"),
        ([], "0 numbers for 2 parts"),
        ([0, 0.0], "all weights are 0"),
        ([1, -0.5], r"weights\[1\] is -0.5"),
        ([math.nan, 1], r"weights\[0\] is nan"),
        ([1, math.inf], r"weights\[1\] is inf"),
        ([1, 10**400], r"weights\[1\] is inf"),
        ([True, 1], r"weights\[0\] is a bool"),
        ([1, "1"], r"weights\[1\] is a str"),
        ([None, 1], r"weights\[0\] is a NoneType"),
        ("11", "weights is a str"),
        ({0: 1, 1: 1}, "weights is a dict"),
        (2, "weights is a int"),
    ],
)
def test_other_weights_are_refused(weights: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        checked_weights(weights, parts=2)


def test_only_proportions_matter() -> None:
    assert scaled([1.0, 3.0], averages=True) == [0.25, 0.75]
    assert scaled([1.0, 3.0], averages=False) == [0.5, 1.5]
    assert scaled([5.0, 5.0, 5.0], averages=False) == pytest.approx([1.0, 1.0, 1.0])
    assert scaled([1e308, 1e308], averages=True) == [0.5, 0.5]
