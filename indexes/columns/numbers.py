"""Exact comparison of numbers across int64 and float64, where a cast would round."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_LOWEST = -(2**63)
_BEYOND = 2**63


def span(values: NDArray[np.int64] | NDArray[np.float64], number: float) -> tuple[int, int]:
    """Where a number stands among ascending values, O(log v) and without rounding.

    Args:
        values: int64 or float64 [v], ascending, without NaN.
        number: Any int or float but NaN.

    Returns:
        ``(left, right)``: ``values[:left]`` are below the number, ``values[left:right]`` equal it
        and ``values[right:]`` are above.
    """
    if values.dtype == np.float64:
        return _among_floats(cast("NDArray[np.float64]", values), number)
    return _among_integers(cast("NDArray[np.int64]", values), number)


def _among_integers(values: NDArray[np.int64], number: float) -> tuple[int, int]:
    if number >= _BEYOND:
        return len(values), len(values)
    if number < _LOWEST:
        return 0, 0
    above = math.ceil(number)
    if above == number:
        return _ends(values, np.int64(above))
    left = int(np.searchsorted(values, np.int64(above), "left"))
    return left, left


def _among_floats(values: NDArray[np.float64], number: float) -> tuple[int, int]:
    try:
        near = float(number)
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if near == number:
        return _ends(values, np.float64(near))
    side = int(np.searchsorted(values, near, "right" if near < number else "left"))
    return side, side


def _ends(
    values: NDArray[np.int64] | NDArray[np.float64], number: np.int64 | np.float64
) -> tuple[int, int]:
    return (
        int(np.searchsorted(values, number, "left")),
        int(np.searchsorted(values, number, "right")),
    )


def exact_integers(numbers: Iterable[float]) -> NDArray[np.int64]:
    """The numbers that some int64 equals, as int64."""
    whole = [int(x) for x in numbers if _LOWEST <= x < _BEYOND and x == math.floor(x)]
    return np.array(whole, np.int64)


def exact_floats(numbers: Iterable[float]) -> NDArray[np.float64]:
    """The numbers that some finite float64 equals, as float64."""
    fitting = [x for x in numbers if abs(x) < 2**1024 and float_equals(x)]
    return np.array(fitting, np.float64)


def float_equals(number: float) -> bool:
    """Whether a float64 holds the number exactly."""
    try:
        return float(number) == number
    except OverflowError:
        return False
