"""The arithmetic of fusion on arrays: no checks, no ids, no I/O.

Every kernel takes the scores of one part, float64 [n] with n >= 1 and all finite, and gives float64
[n] in the same order. All are finite for every finite input, also where sums would overflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def six_digits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each score as ``round(score, 6)`` has it, bit for bit."""
    with np.errstate(over="ignore", invalid="ignore"):
        millionths = scores * 1e6
        result: NDArray[np.float64] = np.rint(millionths) / 1e6
        # The product is rounded itself: near a half, or where it is large, it could mislead.
        far = np.abs(millionths - np.floor(millionths) - 0.5) > 1e-3
    for place in np.flatnonzero(~far | (np.abs(millionths) > 2.0**40)).tolist():
        result[place] = round(float(scores[place]), 6)
    return result


def reciprocal_ranks(count: int, k: float) -> NDArray[np.float64]:
    """``1 / (k + rank)`` for the ranks 1 to ``count``."""
    ranks = np.arange(1, count + 1, dtype=np.float64)
    result: NDArray[np.float64] = 1.0 / (k + ranks)
    return result


def min_max(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores on the line from the lowest, 0, to the highest, 1; all 1 where they are equal."""
    scaled = _scaled(scores)
    low, high = scaled.min(), scaled.max()
    if low == high:
        return np.ones(len(scores))
    result: NDArray[np.float64] = (scaled - low) / (high - low)
    return result


def z_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations (of the population) above the mean; all 0 where scores are equal."""
    scaled = _scaled(scores)
    if scaled.min() == scaled.max():
        return np.zeros(len(scores))
    result: NDArray[np.float64] = (scaled - scaled.mean()) / scaled.std()
    return result


def log_odds(standard: NDArray[np.float64], *, slope: float, floor: float) -> NDArray[np.float64]:
    """``ln(q / (1 - q))`` with ``q = floor + (1 - 2 floor) / (1 + exp(-slope standard))``."""
    # tanh is the logistic function that cannot overflow.
    likely = 0.5 * (1.0 + np.tanh(0.5 * slope * standard))
    kept = floor + (1.0 - 2.0 * floor) * likely
    result: NDArray[np.float64] = np.log(kept) - np.log1p(-kept)
    return result


def total(contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Column sums of [parts, documents], to the last bit the same in any order of the parts."""
    result: NDArray[np.float64] = np.sort(contributions, axis=0).sum(axis=0)
    return result


def _scaled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    # By a power of two, so exactly: differences and squares can then not overflow.
    _, exponent = np.frexp(np.abs(scores).max())
    result: NDArray[np.float64] = np.ldexp(scores, -exponent)
    return result
