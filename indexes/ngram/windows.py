"""Places of several clauses that stand near each other, found by joining sorted offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FAR = np.int64(1 << 62)


@dataclass(frozen=True, slots=True)
class Clause:
    """The places of one clause.

    Attributes:
        groups: int64 [n], ascending: what a window may not leave, a document or one of its fields.
        starts: int64 [n], ascending in a group, 0 or more.
        ends: int64 [n], greater than the starts.
    """

    groups: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.groups)


def within(clauses: Sequence[Clause], *, driver: int, window: int | None) -> NDArray[np.int64]:
    """Places of the driving clause that stand near a place of every other clause.

    A place takes part when some stretch of ``window`` units in its group holds it and a whole
    place of each other clause. Which clause drives does not change which groups have a stretch.
    Of the stretches that fit, the one that begins last is taken, and in it the places that end
    first. O(places log places), a few arrays of that size.

    Args:
        clauses: One or more.
        driver: Which of them drives.
        window: Length of the stretch in the units of the offsets; ``None`` for the whole group.

    Returns:
        int64 [m, clauses]: for each driving place that takes part, in order, the row of the place
        in each clause.

    Raises:
        LimitExceeded: Groups are so many and so long that offsets leave 62 bits.
    """
    axes = _axes(clauses, window)
    width = axes.width
    starts, ends = axes.starts[driver], axes.ends[driver]
    others = [number for number in range(len(clauses)) if number != driver]
    begins = distinct(np.concatenate([starts[:0], *(axes.starts[other] for other in others)]))
    begins = begins[axes.reach(begins, others) - begins <= width]
    chosen = _last(begins, starts)
    # A stretch that begins with the driving place itself begins as late as any can.
    chosen = np.where(axes.reach(starts, others) - starts <= width, starts, chosen)
    taking = np.flatnonzero(ends - chosen <= width)
    rows = np.empty((len(taking), len(clauses)), np.int64)
    for number in others:
        rows[:, number] = axes.first_ended(chosen[taking], number)
    rows[:, driver] = taking
    return rows


def distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Values in ascending order, each one once: int64 [m]."""
    # NumPy's unique hashes, which misses the cache; these values are a few ascending runs.
    ordered = np.sort(values, kind="stable")
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def _last(begins: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The last of the beginnings that is not behind each start; far away where there is none."""
    places = np.searchsorted(begins, starts, side="right")
    return np.concatenate(([-_FAR], begins))[places]


@dataclass(frozen=True, slots=True)
class _Axes:
    """All groups on one axis, so far apart that no window reaches from one into another."""

    starts: list[NDArray[np.int64]]
    ends: list[NDArray[np.int64]]
    width: int

    def reach(self, begins: NDArray[np.int64], numbers: Sequence[int]) -> NDArray[np.int64]:
        """Where the shortest stretch from each beginning ends that holds all these clauses."""
        reached = begins
        for number in numbers:
            least = np.minimum.accumulate(self.ends[number][::-1])[::-1]
            places = np.searchsorted(self.starts[number], begins)
            reached = np.maximum(reached, np.concatenate((least, [_FAR]))[places])
        return reached

    def first_ended(self, begins: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        """The row of the place that ends first of those that do not start before a beginning."""
        ends = self.ends[number]
        least = np.minimum.accumulate(ends[::-1])[::-1]
        rows = np.where(ends == least, np.arange(len(ends)), len(ends))
        following = np.minimum.accumulate(rows[::-1])[::-1]
        return following[np.searchsorted(self.starts[number], begins)]


def _axes(clauses: Sequence[Clause], window: int | None) -> _Axes:
    longest = max((int(clause.ends.max()) for clause in clauses if len(clause)), default=0)
    width = longest if window is None else min(window, longest)
    groups = distinct(np.concatenate([clause.groups for clause in clauses]))
    stride = longest + width + 1
    if len(groups) * stride >= _FAR:
        raise LimitExceeded(f"{len(groups)} groups of up to {longest} units are too many to join")
    bases = [np.searchsorted(groups, clause.groups) * stride for clause in clauses]
    return _Axes(
        [base + clause.starts for base, clause in zip(bases, clauses, strict=True)],
        [base + clause.ends for base, clause in zip(bases, clauses, strict=True)],
        width,
    )
