"""The first matches of a frequent pattern, found without looking at all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram.located import Located, locate
from mnemic.indexes.ngram.matching import match
from mnemic.indexes.ngram.subset import live_ordinals, subset

if TYPE_CHECKING:
    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.ngram.matching import BytePattern

_FEW = 32
_MANY = 4096
"""Documents that are read at once: few at first, for a frequent pattern is in most of them."""


def first_places(
    index: NgramIndex, pattern: BytePattern, limit: int, *, most_bytes: int | None
) -> Located | None:
    """The first ``limit`` matches in the order of documents, and perhaps some more.

    Documents are read in their order, and a small index of them answers as the large one would,
    until they have enough matches; so its cost is that of indexing their text (some 100 ns a
    byte), and its memory that of one batch.

    Args:
        index: The snapshot.
        pattern: What to find.
        limit: How many.
        most_bytes: Give up once so much text was read; ``None`` for never.

    Returns:
        The places, or ``None`` where it was given up.
    """
    ordinals = live_ordinals(index)
    found, there, size, begin, step = [locate(index, [], most=0)], 0, 0, 0, _FEW
    while there < limit and begin < len(ordinals):
        if most_bytes is not None and size > most_bytes:
            return None
        small, read = subset(index, ordinals[begin : begin + step])
        found.append(locate(small, match(small, [pattern]), most=read))
        there, size, begin = there + len(found[-1]), size + read, begin + step
        step = min(2 * step, _MANY)
    return Located.of(
        np.concatenate([each.ordinals for each in found]),
        np.concatenate([each.starts for each in found]),
        np.concatenate([each.ends for each in found]),
    )
