"""The ways to fuse, as values: what a document's place or score in one part is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import kernels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def _check_range(name: str, value: object, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        raise InvalidInput(f"{name}={value!r:.40} must be a number from {low:g} to {high:g}")


@runtime_checkable
class Fusion(Protocol):
    """An immutable value that turns one part's scores into what they contribute.

    The fused score of a document is the sum of its contributions times the parts' weights.
    """

    @property
    def name(self) -> str:
        """Short name for runs and tables, without white space."""
        ...

    @property
    def formula(self) -> str:
        """The contribution in words, for explanations."""
        ...

    @property
    def averages(self) -> bool:
        """Whether weights are scaled to sum to 1; otherwise to the number of parts."""
        ...

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """What the documents of one part's ranking contribute, and what all others do.

        Args:
            scores: float64 [n], n >= 1, finite, best first.

        Returns:
            float64 [n] in the same order, and the one value for documents that are missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class RRF:
    """Reciprocal rank fusion: the sum of ``1 / (k + rank)``; a missing document adds 0.

    Cormack, Clarke and Buettcher, Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods, SIGIR 2009. Ranks count from 1 in the canonical order.

    Attributes:
        k: How little the first ranks stand out, >= 0; 60 in the paper.

    Raises:
        InvalidInput: ``k`` is negative or not a finite number.
    """

    k: float = 60

    def __post_init__(self) -> None:
        _check_range("k", self.k, 0.0, 1e9)

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "rrf"

    @property
    def formula(self) -> str:
        """The contribution in words."""
        return f"1 / ({self.k:g} + rank)"

    @property
    def averages(self) -> bool:
        """False: with equal weights it is the plain sum of the paper."""
        return False

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Reciprocal ranks; 0 for the missing."""
        return kernels.reciprocal_ranks(len(scores), self.k), 0.0


@dataclass(frozen=True, slots=True)
class MinMax:
    """Weighted mean of ``(score - lowest) / (highest - lowest)``; a missing document adds 0.

    Lee, Analyses of Multiple Evidence Combination, SIGIR 1997 (CombSUM over min-max). Where all
    scores of a part are equal, or it has one hit, each found document gets 1: it was found.
    """

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "min-max"

    @property
    def formula(self) -> str:
        """The contribution in words."""
        return "(score - lowest) / (highest - lowest)"

    @property
    def averages(self) -> bool:
        """True: fused scores are from 0 to 1."""
        return True

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Places between the lowest and the highest score; 0 for the missing."""
        return kernels.min_max(scores), 0.0


@dataclass(frozen=True, slots=True)
class ZScore:
    """Weighted mean of standard scores, ``(score - mean) / deviation``.

    Montague and Aslam, Relevance Score Normalization for Metasearch, CIKM 2001 (zero mean, unit
    variance). Mean and deviation are of the part's hits. A missing document gets the lowest
    standard score of the part, but at most -1: it is no better than the last one found, and below
    those of a part whose scores are all equal, which get 0.
    """

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "z-score"

    @property
    def formula(self) -> str:
        """The contribution in words."""
        return "(score - mean) / deviation"

    @property
    def averages(self) -> bool:
        """True: fused scores are standard deviations."""
        return True

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Standard scores; for the missing the lowest of them, at most -1."""
        standard = kernels.z_scores(scores)
        return standard, min(float(standard.min()), -1.0)


@dataclass(frozen=True, slots=True)
class LogOdds:
    """Logarithmic opinion pool: the weighted mean of each part's log-odds of relevance.

    ``ln(q / (1 - q))`` with ``q = floor + (1 - 2 floor) / (1 + exp(-slope z))``: a logistic
    calibration (Platt, Probabilistic Outputs for Support Vector Machines, 1999) of the standard
    score ``z`` of ``ZScore``, mixed with doubt, pooled as in Genest and Zidek, Combining
    Probability Distributions (Statistical Science 1(1), 1986). Midpoint and slope come
    from the part's own hits, not from judgements, so ``q`` orders documents and is no measured
    probability. In the middle it is linear like ``ZScore``; at the ends it saturates, so that no
    single part outvotes the others. A missing document has the ``z`` that ``ZScore`` gives it.

    Attributes:
        slope: How fast a standard deviation convinces, > 0.
        floor: Doubt that no score removes, 1e-9 to 0.4; 0.01 bounds each part by ln 99 = 4.6.

    Raises:
        InvalidInput: A parameter is out of its range.
    """

    slope: float = 1.0
    floor: float = 0.01

    def __post_init__(self) -> None:
        _check_range("slope", self.slope, 1e-6, 1e6)
        _check_range("floor", self.floor, 1e-9, 0.4)

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "log-odds"

    @property
    def formula(self) -> str:
        """The contribution in words."""
        return "log-odds of the logistic of (score - mean) / deviation"

    @property
    def averages(self) -> bool:
        """True: the pool's weights sum to 1."""
        return True

    def contributions(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Log-odds; for the missing those of the lowest standard score, at most of -1."""
        standard = kernels.z_scores(scores)
        lowest = min(float(standard.min()), -1.0)
        odds = kernels.log_odds(np.append(standard, lowest), slope=self.slope, floor=self.floor)
        return odds[:-1], float(odds[-1])


FUSIONS: Mapping[str, Fusion] = {each.name: each for each in (RRF(), MinMax(), ZScore(), LogOdds())}


def fusion_of(wanted: object) -> Fusion:
    """The fusion that a name stands for, or the value itself.

    Raises:
        InvalidInput: The name is unknown, or it is neither a name nor a fusion.
    """
    known = f"Known are {', '.join(FUSIONS)}; or pass a value such as RRF(k=20)."
    if isinstance(wanted, str):
        if wanted not in FUSIONS:
            raise InvalidInput(f"there is no fusion named {wanted!a}", hint=known)
        return FUSIONS[wanted]
    if isinstance(wanted, Fusion) and not isinstance(wanted, type):
        return wanted
    raise InvalidInput(f"fusion is {wanted!r}, not a name or a fusion", hint=known)
