"""Numbers that callers of a search give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.arguments import (
    MAX_INT64,
    MAX_THREADS,
    checked_depth,
    checked_threads,
    whole,
)


def test_whole_numbers_of_any_library_are_taken() -> None:
    values: list[Any] = [3, True, np.int32(-7), np.uint8(9)]
    assert [whole("x", value) for value in values] == [3, 1, -7, 9]


@pytest.mark.parametrize("value", [1.0, "1", None, np.float64(2)])
def test_other_values_are_named(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"ordinal=.* is not a whole number"):
        whole("ordinal", value)


def test_a_depth_is_not_negative_and_fits_64_bits() -> None:
    assert [checked_depth(value) for value in (0, 5, 2**80)] == [0, 5, MAX_INT64]
    with pytest.raises(InvalidInput, match="k=-1 is negative"):
        checked_depth(-1)


def test_0_threads_are_one_for_each_core() -> None:
    assert 1 <= checked_threads(0) <= MAX_THREADS
    assert checked_threads(MAX_THREADS) == MAX_THREADS
    for value in (-1, MAX_THREADS + 1):
        with pytest.raises(InvalidInput, match=f"threads={value} is not between 0 and"):
            checked_threads(value)
