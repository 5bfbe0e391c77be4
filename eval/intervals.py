"""How sure is a mean? Percentile bootstrap over queries (Efron 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_CELLS = 1 << 22


def bootstrap(
    values: NDArray[np.float64], *, level: float = 0.95, samples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Low and high end of the confidence interval of the mean.

    Args:
        values: float64 [queries], at least one.
        level: Confidence level.
        samples: Resamples; cost is O(samples x queries).
        seed: Of the draw; equal seeds give equal intervals.
    """
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK_CELLS // len(values))
    means = [
        values[generator.integers(0, len(values), (min(block, samples - start), len(values)))].mean(
            axis=1
        )
        for start in range(0, samples, block)
    ]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.concatenate(means), [tail, 1.0 - tail])
    return float(low), float(high)
