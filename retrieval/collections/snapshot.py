"""What one search sees: an immutable view of a collection's pieces.

Readers hold a snapshot for as long as they like; writers publish new ones and never touch it.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.columns import NotIndexed
from mnemic.indexes.sparse import SparseIndex
from mnemic.indexes.storage.bitmaps import from_bool
from mnemic.retrieval import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.collections.pieces import Piece
    from mnemic.types import Filter

CACHED_FILTERS = 64


class Snapshot:
    """Pieces in the order of their ordinals, and what was derived from them.

    Args:
        pieces: Disjoint, ascending ranges of ordinals.
        next_ordinal: Every document below it is in a piece, or was removed.
        deletion_seq: Every deletion up to it is in the bitmaps.
        threads: Worker threads of native batch searches; 0 for one per core.
    """

    def __init__(
        self, pieces: Sequence[Piece], *, next_ordinal: int, deletion_seq: int, threads: int = 0
    ) -> None:
        self.pieces = tuple(pieces)
        self.next_ordinal = next_ordinal
        self.deletion_seq = deletion_seq
        self._threads = threads
        self._filters: OrderedDict[str, tuple[Bitmap, ...]] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def sparse(self) -> SparseIndex:
        """The lexical index over all pieces."""
        return SparseIndex([piece.searchable for piece in self.pieces], threads=self._threads)

    @property
    def documents(self) -> int:
        """Live documents."""
        return sum(piece.live_count for piece in self.pieces)

    def allowed(
        self, filter: Filter | None, by_sql: Callable[[Filter], NDArray[np.int64]]
    ) -> tuple[Bitmap, ...] | None:
        """One bitmap per piece of the documents that a filter lets through, cached.

        Args:
            filter: A parsed filter; ``None`` lets everything through.
            by_sql: Evaluates a filter on fields that the columns do not index; gives ordinals.
        """
        if filter is None:
            return None
        key = filters.key(filter)
        with self._lock:
            if key in self._filters:
                self._filters.move_to_end(key)
                return self._filters[key]
        bitmaps = self._evaluate(filter, by_sql)
        with self._lock:
            self._filters[key] = bitmaps
            if len(self._filters) > CACHED_FILTERS:
                self._filters.popitem(last=False)
        return bitmaps

    def _evaluate(
        self, filter: Filter, by_sql: Callable[[Filter], NDArray[np.int64]]
    ) -> tuple[Bitmap, ...]:
        try:
            return tuple(piece.columns.evaluate(filter) for piece in self.pieces)
        except NotIndexed:
            ordinals = by_sql(filter)
            return tuple(_bitmap(piece, ordinals) for piece in self.pieces)

    def ids(self, ordinals: NDArray[np.int64]) -> list[str]:
        """The users' ids of ordinals that this snapshot's searches returned."""
        names = np.empty(len(ordinals), object)
        if not self.pieces:
            return []
        starts = np.array([piece.keys.ordinals[0] for piece in self.pieces])
        owners = np.searchsorted(starts, ordinals, side="right") - 1
        for owner in np.unique(owners):
            keys, mine = self.pieces[owner].keys, np.flatnonzero(owners == owner)
            names[mine] = keys.ids(keys.rows(ordinals[mine]))
        return list(names)


def _bitmap(piece: Piece, ordinals: NDArray[np.int64]) -> Bitmap:
    mask = np.zeros(piece.document_count, np.bool_)
    mask[piece.keys.rows(ordinals)] = True
    return from_bool(mask)
