"""Why a document has its score: which of its passages is nearest, and by what measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.arguments import MAX_INT64
from mnemic.indexes.dense.scores import exact
from mnemic.types import Explanation

if TYPE_CHECKING:
    from mnemic.indexes.dense.live import LiveSegment
    from mnemic.indexes.dense.scores import Questions

_MEASURES = {"ip": "inner product", "cosine": "cosine", "l2": "minus the squared distance"}


def place(live: LiveSegment, ordinal: int) -> int | None:
    """The local number of a live document, ``None`` when it is not here; O(log documents)."""
    if not -MAX_INT64 <= ordinal <= MAX_INT64:  # NumPy would compare objects, one by one
        return None
    local = int(np.searchsorted(live.ordinals, ordinal))
    if local == len(live.ordinals) or live.ordinals[local] != ordinal:
        return None
    return local if live.mask is None or live.mask[local] else None


def explanation(live: LiveSegment, local: int, questions: Questions) -> Explanation:
    """The score of a document for the first question, and under it those of its passages."""
    segment, measure = live.segment, _MEASURES[live.segment.metric]
    found = segment.rows_of(local)
    rows = np.arange(found.start, found.stop)
    first = np.zeros(len(rows), np.int64)
    scores = exact(segment.metric, segment.vectors, rows, questions, first).tolist()
    if not scores:
        return Explanation(0.0, "the document has no vector")
    best = scores.index(max(scores))
    name = f"{measure} with passage {best}, the best of {len(scores)}"
    parts = [Explanation(value, f"passage {number}") for number, value in enumerate(scores)]
    return Explanation(scores[best], name, tuple(parts) if len(parts) > 1 else ())
