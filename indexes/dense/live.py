"""A dense segment as a snapshot sees it: which documents are live, and their internal ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.dense.checks import check_bitmap
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense.segment import DenseSegment
    from mnemic.indexes.protocols import Bitmap


@dataclass(frozen=True, slots=True, eq=False)
class LiveSegment:
    """A segment as a snapshot sees it. Reuse the value while nothing in it changes.

    Attributes:
        segment: The vectors.
        ordinals: int64 [documents], ascending: the internal ids that a search returns. Kept, not
            copied: the array must not change any more.
        live: Which documents are not deleted; ``None`` when all are live. Copied.
        mask: ``live`` as bool [documents].

    Raises:
        InvalidInput: Ordinals or bitmap do not fit the segment.
    """

    segment: DenseSegment
    ordinals: NDArray[np.int64]
    live: Bitmap | None = None
    mask: NDArray[np.bool_] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ordinals, documents = self.ordinals, self.segment.documents
        if not isinstance(ordinals, np.ndarray) or ordinals.dtype != np.int64:
            raise InvalidInput("ordinals is not a NumPy array of int64 [documents]")
        if ordinals.shape != (documents,) or np.any(ordinals[1:] <= ordinals[:-1]):
            raise InvalidInput(f"ordinals do not ascend, or are not one for each of {documents}")
        check_bitmap("live", self.live, documents)
        live = None if self.live is None else self.live.copy()
        object.__setattr__(self, "live", live)
        mask = None if live is None else bitmaps.to_bool(live, documents)
        object.__setattr__(self, "mask", mask)

    @property
    def live_documents(self) -> int:
        """Documents that are not deleted."""
        return self.segment.documents if self.mask is None else int(np.count_nonzero(self.mask))
