"""From ordinals to pieces and rows, for many hits at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.retrieval.vectors.pieces import VectorPiece


def spans_of(
    pieces: Sequence[VectorPiece], ordinals: NDArray[np.int64], numbers: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where passages stand in their documents' texts: int64 [n, 2].

    Args:
        pieces: In the order of their ordinals; every ordinal is in one of them.
        ordinals: int64 [n], documents.
        numbers: int64 [n], which passage of its document each one is.
    """
    spans = np.zeros((len(ordinals), 2), np.int64)
    held = [place for place, piece in enumerate(pieces) if piece.document_count]
    starts = np.array([pieces[place].spans.ordinals[0] for place in held], np.int64)
    owners = np.searchsorted(starts, ordinals, side="right") - 1
    for owner in np.unique(owners):
        mine, at = np.flatnonzero(owners == owner), pieces[held[owner]].spans
        rows = at.offsets[at.rows(ordinals[mine])] + numbers[mine]
        spans[mine, 0], spans[mine, 1] = at.starts[rows], at.ends[rows]
    return spans
