"""What one search sees: an immutable view of a collection's pieces.

Readers hold a snapshot for as long as they like; writers publish new ones and never touch it.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.columns import NotIndexed
from mnemic.indexes.ngram import NgramIndex
from mnemic.indexes.sparse import SparseIndex
from mnemic.indexes.storage.bitmaps import from_bool, to_bool
from mnemic.retrieval import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.collections.pieces import Piece
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Filter

CACHED_FILTERS = 64
NO_TRACKS: Mapping[str, Track] = MappingProxyType({})
DOCUMENTS = ""
"""The role under which a filter's bitmaps over the documents' own segments are cached."""


class Snapshot:
    """Pieces in the order of their ordinals, and what was derived from them.

    Args:
        pieces: Disjoint, ascending ranges of ordinals.
        next_ordinal: Every document below it is in a piece, or was removed.
        deletion_seq: Every deletion up to it is in the bitmaps.
        tracks: The vectors, by role; exactly the documents of the pieces live in them.
        threads: Worker threads of native batch searches; 0 for one per core.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        *,
        next_ordinal: int,
        deletion_seq: int,
        tracks: Mapping[str, Track] = NO_TRACKS,
        threads: int = 0,
    ) -> None:
        self.pieces = tuple(pieces)
        self.next_ordinal = next_ordinal
        self.deletion_seq = deletion_seq
        self.tracks = tracks
        self._threads = threads
        self._filters: OrderedDict[tuple[str, str], tuple[Bitmap, ...]] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def sparse(self) -> SparseIndex:
        """The lexical index over all pieces."""
        return SparseIndex([piece.searchable for piece in self.pieces], threads=self._threads)

    @cached_property
    def ngrams(self) -> NgramIndex:
        """The index of substrings over all pieces; the first use makes what is only in memory.

        Raises:
            IndexCorrupt: A file of it is damaged.
        """
        return NgramIndex([piece.substrings for piece in self.pieces], threads=self._threads)

    @property
    def documents(self) -> int:
        """Live documents."""
        return sum(piece.live_count for piece in self.pieces)

    @cached_property
    def live(self) -> NDArray[np.int64]:
        """Ordinals of the live documents, ascending."""
        rows = [_ordinals(piece, piece.live) for piece in self.pieces]
        return np.concatenate([np.empty(0, np.int64), *rows])

    @property
    def last_ordinal(self) -> int:
        """The highest ordinal of a live document, -1 when there is none; O(documents)."""
        return int(self.live[-1]) if len(self.live) else -1

    def pending(self, role: str) -> int:
        """Live documents that a track has not encoded yet; all when there is no such track."""
        mark = self.tracks[role].next_ordinal if role in self.tracks else 0
        if mark >= self.next_ordinal:
            return 0
        waiting = [piece for piece in self.pieces if piece.keys.ordinals[-1] >= mark]
        return sum(int((_ordinals(piece, piece.live) >= mark).sum()) for piece in waiting)

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
        key = (DOCUMENTS, filters.key(filter))
        return self._cached(key, lambda: self._evaluate(filter, by_sql))

    def allowed_in(
        self, role: str, filter: Filter | None, by_sql: Callable[[Filter], NDArray[np.int64]]
    ) -> tuple[Bitmap, ...] | None:
        """As ``allowed``, with one bitmap per piece of a track."""
        bitmaps = self.allowed(filter, by_sql)
        if filter is None or bitmaps is None:
            return None

        def moved() -> tuple[Bitmap, ...]:
            pairs = zip(self.pieces, bitmaps, strict=True)
            rows = [_ordinals(piece, bitmap) for piece, bitmap in pairs]
            ordinals = np.concatenate([np.empty(0, np.int64), *rows])
            return self.tracks[role].masks(ordinals)

        return self._cached((role, filters.key(filter)), moved)

    def _cached(
        self, key: tuple[str, str], make: Callable[[], tuple[Bitmap, ...]]
    ) -> tuple[Bitmap, ...]:
        with self._lock:
            if key in self._filters:
                self._filters.move_to_end(key)
                return self._filters[key]
        bitmaps = make()
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


def _ordinals(piece: Piece, bitmap: Bitmap | None) -> NDArray[np.int64]:
    ordinals = piece.keys.ordinals
    return ordinals if bitmap is None else ordinals[to_bool(bitmap, piece.document_count)]


def _bitmap(piece: Piece, ordinals: NDArray[np.int64]) -> Bitmap:
    mask = np.zeros(piece.document_count, np.bool_)
    mask[piece.keys.rows(ordinals)] = True
    return from_bool(mask)
