"""Is the difference real? Paired tests on per-query values, corrected for how many were made.

The paired randomisation test is the one that Smucker, Allan and Carterette (CIKM 2007) recommend
for retrieval; Student's paired t test stands beside it. Holm (1979) keeps the chance of one false
alarm in the whole family below the level.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.eval.measures import Evaluation

EXACT_BITS = 16
SAMPLES = 20_000
_BLOCK_CELLS = 1 << 22
# Sums of the same numbers in another order differ by some ulps; they are ties.
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on one measure; differences are ``second - first``.

    Attributes:
        measure: The measure's name.
        first: Name of the run compared with.
        second: Name of the run compared.
        queries: How many judged queries were paired.
        first_mean: Mean of the first run.
        second_mean: Mean of the second run.
        difference: ``second_mean - first_mean``.
        effect: Cohen's d for pairs: mean difference over its standard deviation; 0 when there
            is no difference, infinite when every query differs by the same amount.
        wins: Queries on which the second run is better.
        losses: Queries on which the first run is better.
        ties: Queries on which both are equal (to 1e-9).
        p_randomisation: Two-sided p of the paired randomisation test.
        p_t: Two-sided p of the paired t test.
        holm_randomisation: The same, Holm-corrected over the family.
        holm_t: The same, Holm-corrected over the family.
        exact: Whether all sign patterns were counted, not a sample.
    """

    measure: str
    first: str
    second: str
    queries: int
    first_mean: float
    second_mean: float
    difference: float
    effect: float
    wins: int
    losses: int
    ties: int
    p_randomisation: float
    p_t: float
    holm_randomisation: float
    holm_t: float
    exact: bool


def compare(
    evaluations: Sequence[Evaluation], *, samples: int = SAMPLES, seed: int = 0
) -> tuple[Comparison, ...]:
    """Compare every pair of runs on every measure; that is the family that Holm corrects over.

    Args:
        evaluations: Of the same queries and measures.
        samples: Sign patterns to draw where there are more than 2^16.
        seed: Of the draw; equal seeds give equal p values.

    Raises:
        InvalidInput: The evaluations are not of the same queries and measures.
    """
    _require_same(evaluations)
    found = [
        _pair(measure, first, second, samples=samples, seed=seed)
        for measure in (evaluations[0].values if evaluations else ())
        for first, second in combinations(evaluations, 2)
    ]
    by_randomisation = holm([item.p_randomisation for item in found])
    by_t = holm([item.p_t for item in found])
    return tuple(
        replace(item, holm_randomisation=randomised, holm_t=student)
        for item, randomised, student in zip(found, by_randomisation, by_t, strict=True)
    )


def _require_same(evaluations: Sequence[Evaluation]) -> None:
    for other in evaluations[1:]:
        first = evaluations[0]
        if other.queries != first.queries or list(other.values) != list(first.values):
            raise InvalidInput(
                f"runs {first.run!r} and {other.run!r} were not evaluated alike",
                hint="evaluate both with the same qrels and measures",
            )


def _pair(
    measure: str, first: Evaluation, second: Evaluation, *, samples: int, seed: int
) -> Comparison:
    a, b = first.values[measure], second.values[measure]
    differences = b - a
    p, exact = randomisation(differences, samples=samples, seed=seed)
    student = t_test(differences)
    wins, losses = int(np.sum(differences > 1e-9)), int(np.sum(differences < -1e-9))
    return Comparison(
        measure=measure,
        first=first.run,
        second=second.run,
        queries=len(differences),
        first_mean=float(np.mean(a)),
        second_mean=float(np.mean(b)),
        difference=float(np.mean(differences)),
        effect=effect_size(differences),
        wins=wins,
        losses=losses,
        ties=len(differences) - wins - losses,
        p_randomisation=p,
        p_t=student,
        holm_randomisation=p,
        holm_t=student,
        exact=exact,
    )


def effect_size(differences: NDArray[np.float64]) -> float:
    """Cohen's d for pairs, with the sample's standard deviation."""
    mean = float(np.mean(differences))
    if len(differences) < 2 or not np.any(differences):
        return 0.0
    spread = float(np.std(differences, ddof=1))
    if spread <= _TOLERANCE * abs(mean):
        return float(np.copysign(np.inf, mean))
    return mean / spread


def randomisation(
    differences: NDArray[np.float64], *, samples: int = SAMPLES, seed: int = 0
) -> tuple[float, bool]:
    """Two-sided p of the paired randomisation test, and whether it is exact.

    Under the null hypothesis each query's difference might as well have the other sign. All 2^n
    patterns are counted when at most 16 queries differ; otherwise ``samples`` seeded ones, and
    the observed one is counted with them, so p is never 0. Cost: O(samples x queries).

    Args:
        differences: float64 [queries].
        samples: Patterns to draw where there are too many to count.
        seed: Of the draw.
    """
    nonzero = differences[differences != 0]
    if nonzero.size == 0:
        return 1.0, True
    # Keep clear of rounding: a pattern as extreme as the observed one must be counted.
    limit = abs(float(nonzero.sum())) - _TOLERANCE * float(np.abs(nonzero).sum())
    if nonzero.size <= EXACT_BITS:
        return float(np.mean(np.abs(_all_sums(nonzero)) >= limit)), True
    extreme = _count_extreme(nonzero, limit, samples=samples, seed=seed)
    return (extreme + 1) / (samples + 1), False


def _all_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    return sums


def _count_extreme(values: NDArray[np.float64], limit: float, *, samples: int, seed: int) -> int:
    generator = np.random.default_rng(seed)
    total, block = float(values.sum()), max(1, _BLOCK_CELLS // values.size)
    extreme = 0
    for start in range(0, samples, block):
        rows = min(block, samples - start)
        packed = generator.integers(0, 256, (rows, -(-values.size // 8)), dtype=np.uint8)
        kept = np.unpackbits(packed, axis=1, count=values.size)
        sums = 2.0 * (kept.astype(np.float64) @ values) - total
        extreme += int(np.count_nonzero(np.abs(sums) >= limit))
    return extreme


def t_test(differences: NDArray[np.float64]) -> float:
    """Two-sided p of Student's paired t test; 1 without differences or with a single query."""
    size = effect_size(differences)
    if size == 0.0:
        return 1.0
    if np.isinf(size):
        return 0.0
    from scipy.special import stdtr

    return float(2.0 * stdtr(len(differences) - 1, -abs(size) * np.sqrt(len(differences))))


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p values, in the order given.

    The i-th smallest of m is multiplied by m - i + 1, kept monotone and at most 1.
    """
    adjusted = [1.0] * len(values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = largest
    return adjusted
