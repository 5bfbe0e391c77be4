"""A segment as a snapshot sees it: which documents are deleted, and which rows are theirs."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.storage.bitmaps import count, from_bool, to_bool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes._native import DeadRows
    from mnemic.indexes.ngram.segment import NgramSegment
    from mnemic.indexes.protocols import Bitmap

    Dead = tuple[DeadRows | None, ...]


class LiveNgrams:
    """Keep the value while nothing in it changes: the rows of deleted documents are found once.

    They are found at the first question, 0.1 microseconds a symbol of a deleted document and
    thread, and take a bit a symbol of the segment. A value that ``without`` made goes on from those
    of the value before it.

    Args:
        segment: The n-grams.
        ordinals: int64 [documents], ascending: the internal ids that answers carry. Kept, not
            copied: the array must not change any more.
        live: Which documents are not deleted; ``None`` when all are live. Copied.

    Raises:
        InvalidInput: Ordinals or bitmap do not fit the segment.
    """

    __slots__ = ("_dead", "_known", "_lock", "live", "live_count", "ordinals", "segment")

    def __init__(
        self, segment: NgramSegment, ordinals: NDArray[np.int64], live: Bitmap | None = None
    ) -> None:
        documents = segment.document_count
        if not isinstance(ordinals, np.ndarray) or ordinals.dtype != np.int64:
            raise InvalidInput("ordinals is not a NumPy array of int64 [documents]")
        if ordinals.shape != (documents,) or bool((np.diff(ordinals, prepend=-1) <= 0).any()):
            raise InvalidInput(f"ordinals are not {documents} ascending numbers from 0 on")
        self.segment = segment
        self.ordinals = ordinals
        self.live = _checked(live, documents)
        self.live_count = documents if self.live is None else count(self.live, documents)
        self._known: tuple[Bitmap | None, Dead] | None = None
        self._dead: Dead | None = None
        self._lock = Lock()

    def without(self, live: Bitmap) -> LiveNgrams:
        """The same segment with other documents deleted, which include those that are now.

        Raises:
            InvalidInput: The bitmap does not fit, or lets a deleted document live again.
        """
        made = LiveNgrams(self.segment, self.ordinals, live)
        if made.live is not None and self.live is not None and bool((made.live & ~self.live).any()):
            raise InvalidInput("live has documents that are deleted")
        # Who deletes does not wait for a question that is finding rows; they are found again then.
        if self._lock.acquire(blocking=False):
            try:
                made._known = self._known if self._dead is None else (self.live, self._dead)
            finally:
                self._lock.release()
        return made

    def dead_rows(self, threads: int = 1) -> Dead:
        """The rows of deleted documents, by block; found at the first call."""
        with self._lock:
            if self._dead is None:
                self._dead = self._found(threads)
                self._known = None
            return self._dead

    @property
    def live_mask(self) -> NDArray[np.bool_]:
        """Which documents live: bool [documents]."""
        documents = self.segment.document_count
        if self.live is None:
            return np.ones(documents, np.bool_)
        return to_bool(self.live, documents)

    def _found(self, threads: int) -> Dead:
        blocks = self.segment.blocks
        if self.live is None:
            return (None,) * len(blocks)
        known_live, known = self._known or (None, (None,) * len(blocks))
        gone = ~self.live_mask
        if known_live is not None:
            gone &= to_bool(known_live, len(gone))
        rows: list[Any] = []
        first = 0
        for block, before in zip(blocks, known, strict=True):
            documents = np.flatnonzero(gone[first : first + block.documents]).astype(np.uint32)
            first += block.documents
            native = block.native
            rows.append(native.dead_rows(documents, before, threads) if len(documents) else before)
        return tuple(rows)


def _checked(live: Bitmap | None, documents: int) -> Bitmap | None:
    if live is None:
        return None
    if not isinstance(live, np.ndarray) or live.dtype != np.uint8 or live.ndim != 1:
        raise InvalidInput("live is not a bitmap: a NumPy array of uint8")
    mask = to_bool(live, documents)
    if mask.all():
        return None
    bitmap = from_bool(mask)
    bitmap.flags.writeable = False
    return bitmap
