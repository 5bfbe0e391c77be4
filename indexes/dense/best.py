"""The best candidates of all segments together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes._native import rank_candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense.candidates import Candidates, Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best ``k`` hits of each query among the candidates, in the order of the result.

    Attributes:
        which: int64, the query of each.
        ordinals: int64, the document.
        scores: float64, the score of its best passage, or of this one.
        passages: int64, the number of that passage within the document, the first of equals.
        floor: float64 [queries], the ``k``-th score, or minus infinity when there are fewer.
    """

    which: NDArray[np.int64]
    ordinals: NDArray[np.int64]
    scores: NDArray[np.float64]
    passages: NDArray[np.int64]
    floor: NDArray[np.float64]

    @classmethod
    def of(cls, parts: Sequence[Candidates], queries: int, wanted: Wanted) -> Self:
        """Collapse passages to documents by their best one (MaxP), unless each counts; sort, cut.

        MaxP: Z. Dai and J. Callan, Deeper Text Understanding for IR with Contextual Neural
        Language Modeling, SIGIR 2019, section 3. O(candidates log candidates).
        """
        which = np.concatenate([np.empty(0, np.int64), *(part.which for part in parts)])
        scores = np.concatenate([np.empty(0, np.float64), *(part.scores for part in parts)])
        ordinals = np.concatenate([np.empty(0, np.int64), *map(_ordinals, parts)])
        passages = np.concatenate([np.empty(0, np.int64), *map(_passages, parts)])
        alone = all(part.selection.live.segment.owners is None for part in parts)
        each = wanted.per_passage or alone  # documents of one vector need not be collapsed
        found = (which, scores, ordinals, passages)
        kept, floor = rank_candidates(*found, queries, wanted.k, each, wanted.threads)
        return cls(which[kept], ordinals[kept], scores[kept], passages[kept], floor)


def _ordinals(part: Candidates) -> NDArray[np.int64]:
    live = part.selection.live
    return live.ordinals[live.segment.owner_of(part.rows)]


def _passages(part: Candidates) -> NDArray[np.int64]:
    return part.selection.live.segment.place_of(part.rows)
