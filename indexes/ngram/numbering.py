"""The documents of an index's segments, numbered one after the other as the native core does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes.sparse.segment import check_bitmap
from mnemic.indexes.storage.bitmaps import to_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from mnemic.indexes.ngram.live import LiveNgrams
    from mnemic.indexes.protocols import Bitmap


class Numbering:
    """From numbers to ordinals and back.

    Args:
        segments: In the order of the index.

    Attributes:
        ordinals: int64 [documents], deleted ones included.
        lengths: int64 [documents], symbols of each.
    """

    def __init__(self, segments: Sequence[LiveNgrams]) -> None:
        self._segments = segments
        empty = np.empty(0, np.int64)
        blocks = [block for live in segments for block in live.segment.blocks]
        self.ordinals = np.concatenate([empty, *(live.ordinals for live in segments)])
        lengths = np.concatenate([np.empty(0, np.uint32), *(block.lengths for block in blocks)])
        self.lengths: NDArray[np.int64] = lengths.astype(np.int64)
        masks = [np.empty(0, np.bool_), *(live.live_mask for live in segments)]
        living = np.flatnonzero(np.concatenate(masks))
        self._living = living[np.argsort(self.ordinals[living], kind="stable")]
        self._sorted = self.ordinals[self._living]

    def documents(self, ordinals: ArrayLike) -> NDArray[np.int64]:
        """The numbers of live documents.

        Raises:
            InvalidInput: They are not whole numbers.
            NotFound: No live document has an ordinal.
        """
        given = np.asarray(ordinals)
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise InvalidInput("ordinals are not whole numbers [n]")
        wanted = given.astype(np.int64)
        places = np.searchsorted(self._sorted, wanted)
        found = places < len(self._sorted)
        found[found] = self._sorted[places[found]] == wanted[found]
        if not found.all():
            missing = wanted[~found][0]
            raise NotFound(f"no live document has ordinal {missing}")
        return self._living[places]

    def allowed(self, bitmaps: Sequence[Bitmap | None]) -> NDArray[np.bool_]:
        """Which documents bitmaps let through, one for each segment: bool [documents].

        Raises:
            InvalidInput: They are not as many as the segments, or one does not fit.
        """
        if len(bitmaps) != len(self._segments):
            raise InvalidInput(f"allowed has {len(bitmaps)} of {len(self._segments)} bitmaps")
        parts = [np.empty(0, np.bool_)]
        for live, bitmap in zip(self._segments, bitmaps, strict=True):
            documents = live.segment.document_count
            check_bitmap("allowed", bitmap, documents)
            whole = np.ones(documents, np.bool_)
            parts.append(whole if bitmap is None else to_bool(bitmap, documents))
        return np.concatenate(parts)
