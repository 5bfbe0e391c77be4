"""Which rows of one segment can still be among the best?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from mnemic.indexes._native import rank_candidates
from mnemic.indexes.dense.scan import Scanner, margin
from mnemic.indexes.dense.scores import Questions, exact
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense.live import LiveSegment
    from mnemic.indexes.protocols import Bitmap

    _Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
    _Scored: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

MAX_QUERIES = 1024
MAX_CANDIDATES = 2**21
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


def block(selections: Sequence[Selection], wanted: Wanted) -> int:
    """For how many queries to search at once, so that what they begin with is not too much."""
    depth = sum(selection.depth(wanted) for selection in selections)
    return max(1, min(MAX_QUERIES, MAX_CANDIDATES // max(1, depth)))


class Candidates:
    """Rows of one segment for a block of queries, with exact scores; grows until it suffices.

    It grows in portions of ``MAX_CANDIDATES``, or of one query where that has more, and keeps the
    best ``k`` for each query of a portion: equal vectors may all be looked at, but are not held.

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
        self.ceiling = np.full(len(questions), -np.inf)
        self._questions, self._wanted = questions, wanted
        self._scanner = selection.scanner()
        cosine = segment.metric == "cosine"
        lengths = np.ones(len(questions)) if cosine else questions.lengths
        self._margin = margin(segment.metric, segment.dims, lengths, segment.longest)
        self._depth = selection.depth(wanted)
        self._each = wanted.per_passage or segment.owners is None  # each row is a hit of its own
        self.which, self.rows = self._first(np.arange(len(questions)))
        self.scores = self._scored(self.which, self.rows)

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
            self._replace(unsure[few], self._deeper(unsure[few]))
        if not few.all():
            self._replace(unsure[~few], self._reaching(unsure[~few], floor))
        return False

    def _first(self, which: NDArray[np.int64]) -> _Pairs:
        """The first ``depth`` rows of each query; all of them need no scan."""
        if self._depth == self.selection.count:
            chosen = self.selection.rows
            rows = np.arange(self._depth) if chosen is None else np.flatnonzero(chosen)
            self.ceiling[which] = -np.inf
            return np.repeat(which, len(rows)), np.tile(rows, len(which))
        values, found = self._scanner.nearest(self._questions.directions[which], self._depth)
        margin, k = self._margin[which], self._wanted.k
        self.ceiling[which] = values[:, -1] + margin
        near = np.ones(found.shape, np.bool_)
        if self._each and k <= self._depth:
            # k rows are surely better than these.
            near = values >= (values[:, k - 1] - 2 * margin)[:, None]
        return np.repeat(which, np.count_nonzero(near, axis=1)), found[near]

    def _deeper(self, which: NDArray[np.int64]) -> Iterator[_Pairs]:
        """The first rows of some queries after the others."""
        step = max(1, MAX_CANDIDATES // self._depth)
        for start in range(0, len(which), step):
            yield self._first(which[start : start + step])

    def _reaching(self, which: NDArray[np.int64], floor: NDArray[np.float64]) -> Iterator[_Pairs]:
        """All rows that may reach the floor, which can only rise."""
        numbers: list[int] = []
        found: list[NDArray[np.int64]] = []
        for number in which.tolist():
            rows = self._above(number, float(floor[number]))
            if found and sum(map(len, found)) + len(rows) > MAX_CANDIDATES:
                yield _paired(numbers, found)
                numbers, found = [], []
            numbers.append(number)
            found.append(rows)
        yield _paired(numbers, found)
        self.ceiling[which] = -np.inf

    def _above(self, number: int, floor: float) -> NDArray[np.int64]:
        direction = self._questions.directions[number : number + 1]
        return self._scanner.within(direction, floor - float(self._margin[number]))

    def _replace(self, which: NDArray[np.int64], portions: Iterable[_Pairs]) -> None:
        """Give some queries other candidates: of each portion the best ``k``, however many tie."""
        kept = ~np.isin(self.which, which)
        others = self.which[kept], self.rows[kept], self.scores[kept]
        self.which, self.rows, self.scores = others
        pieces = [others, *(self._best(*portion) for portion in portions)]
        self.which, self.rows, self.scores = map(np.concatenate, zip(*pieces, strict=True))

    def _best(self, which: NDArray[np.int64], rows: NDArray[np.int64]) -> _Scored:
        """The candidates that can be among the best ``k``: those that are within this segment."""
        live, scores = self.selection.live, self._scored(which, rows)
        ordinals, passages = live.ordinals[live.segment.owner_of(rows)], live.segment.place_of(rows)
        found, asked = (which, scores, ordinals, passages), self._wanted
        kept, _ = rank_candidates(*found, len(self.ceiling), asked.k, self._each, asked.threads)
        return which[kept], rows[kept], scores[kept]

    def _scored(self, which: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        segment, threads = self.selection.live.segment, self._wanted.threads
        found = segment.metric, segment.vectors, rows, self._questions, which
        return exact(*found, threads=threads)


def _paired(numbers: Sequence[int], found: Sequence[NDArray[np.int64]]) -> _Pairs:
    return np.repeat(np.array(numbers), [len(rows) for rows in found]), np.concatenate(found)
