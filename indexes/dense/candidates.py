"""Which rows of one segment can still be among the best?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes.dense.scan import Scanner, margin
from mnemic.indexes.dense.scores import Questions, exact
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense.live import LiveSegment
    from mnemic.indexes.protocols import Bitmap

SPARE = 8
DEEPER = 4
_MOST_PASSAGES = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a search.

    Attributes:
        k: Most hits per query.
        per_passage: Whether each passage is a hit of its own.
        threads: Most threads that score candidates again.
    """

    k: int
    per_passage: bool
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The rows of a segment that a search may return.

    Attributes:
        live: The segment.
        rows: bool [rows], ``None`` when all are.
        count: How many are.
    """

    live: LiveSegment
    rows: NDArray[np.bool_] | None
    count: int

    @classmethod
    def of(cls, live: LiveSegment, allowed: Bitmap | None) -> Self:
        """The rows of live, allowed documents; O(rows)."""
        segment, mask = live.segment, live.mask
        if allowed is not None:
            permitted = bitmaps.to_bool(allowed, segment.documents)
            mask = permitted if mask is None else mask & permitted
        if mask is None or bool(mask.all()):
            return cls(live, None, len(segment.vectors))
        rows = mask if segment.owners is None else mask[segment.owners]
        return cls(live, rows, int(np.count_nonzero(rows)))

    def depth(self, wanted: Wanted) -> int:
        """How many rows to look at first, so that ``k`` hits are mostly certain."""
        segment, k = self.live.segment, wanted.k
        rows, documents = len(segment.vectors), max(1, segment.documents)
        spread = min(-(-k * rows // documents), k * _MOST_PASSAGES)
        first = k if wanted.per_passage else max(k, spread)
        return min(first + k // 8 + SPARE, self.count)

    def scanner(self) -> Scanner:
        """The scan over these rows."""
        selected = None if self.rows is None else bitmaps.from_bool(self.rows)
        return Scanner(self.live.segment, selected)


class Candidates:
    """Rows of one segment for a block of queries, with exact scores; grows until it suffices.

    Attributes:
        selection: The rows that count.
        which: int64, the query of each candidate.
        rows: int64, its row.
        scores: float64, its exact score.
        ceiling: float64 [queries], what a row that was not looked at may score at most; minus
            infinity where no such row matters.
    """

    def __init__(self, selection: Selection, questions: Questions, wanted: Wanted) -> None:
        segment = selection.live.segment
        self.selection = selection
        self.which = self.rows = np.empty(0, np.int64)
        self.scores = np.empty(0, np.float64)
        self.ceiling = np.full(len(questions), -np.inf)
        self._questions, self._threads = questions, wanted.threads
        self._scanner = selection.scanner()
        cosine = segment.metric == "cosine"
        lengths = np.ones(len(questions)) if cosine else questions.lengths
        self._margin = margin(segment.metric, segment.dims, lengths, segment.longest)
        self._depth = selection.depth(wanted)
        self._surely = wanted.k if wanted.per_passage or segment.owners is None else None
        self._fetch(np.arange(len(questions)))

    def settle(self, floor: NDArray[np.float64]) -> bool:
        """Look deeper for queries whose ``k``-th best score so far a row left out might reach.

        Args:
            floor: float64 [queries], those scores; minus infinity where there are fewer than
                ``k`` hits so far.

        Returns:
            Whether nothing had to be done.
        """
        unsure = np.flatnonzero((self.ceiling >= floor) & (self.ceiling > -np.inf))
        if not len(unsure):
            return True
        few = floor[unsure] == -np.inf
        if few.any():
            self._depth = min(self._depth * DEEPER, self.selection.count)
            self._fetch(unsure[few])
        if not few.all():
            self._complete(unsure[~few], floor)
        return False

    def _fetch(self, which: NDArray[np.int64]) -> None:
        """The first ``depth`` rows of each query; all of them need no scan."""
        if self._depth == self.selection.count:
            chosen = self.selection.rows
            rows = np.arange(self._depth) if chosen is None else np.flatnonzero(chosen)
            self.ceiling[which] = -np.inf
            self._put(which, np.repeat(which, len(rows)), np.tile(rows, len(which)))
            return
        values, found = self._scanner.nearest(self._questions.directions[which], self._depth)
        margin = self._margin[which]
        self.ceiling[which] = values[:, -1] + margin
        near = np.ones(found.shape, np.bool_)
        if self._surely is not None and self._surely <= self._depth:
            # Where each row is a hit of its own, k rows are surely better than these.
            near = values >= (values[:, self._surely - 1] - 2 * margin)[:, None]
        self._put(which, np.repeat(which, np.count_nonzero(near, axis=1)), found[near])

    def _complete(self, which: NDArray[np.int64], floor: NDArray[np.float64]) -> None:
        """All rows that may reach the floor, which can only rise."""
        found = [self._above(number, float(floor[number])) for number in which.tolist()]
        self.ceiling[which] = -np.inf
        self._put(which, np.repeat(which, [len(rows) for rows in found]), np.concatenate(found))

    def _above(self, number: int, floor: float) -> NDArray[np.int64]:
        direction = self._questions.directions[number : number + 1]
        return self._scanner.within(direction, floor - float(self._margin[number]))

    def _put(
        self, replaced: NDArray[np.int64], which: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> None:
        segment = self.selection.live.segment
        scores = exact(
            segment.metric, segment.vectors, rows, self._questions, which, threads=self._threads
        )
        if not len(self.which):
            self.which, self.rows, self.scores = which, rows, scores
            return
        kept = ~np.isin(self.which, replaced)
        self.which = np.concatenate([self.which[kept], which])
        self.rows = np.concatenate([self.rows[kept], rows])
        self.scores = np.concatenate([self.scores[kept], scores])
