"""Sets of local documents as packed bits (``mnemic.indexes.protocols.Bitmap``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap


def full(n: int) -> Bitmap:
    """All of ``n`` documents: uint8 [ceil(n / 8)], the bits beyond ``n`` clear."""
    return from_bool(np.ones(n, dtype=np.bool_))


def from_bool(mask: NDArray[np.bool_]) -> Bitmap:
    """Pack bool [n] into uint8 [ceil(n / 8)]."""
    return np.packbits(mask, bitorder="little")


def to_bool(bitmap: Bitmap, n: int) -> NDArray[np.bool_]:
    """Unpack into bool [n].

    Raises:
        InvalidInput: The bitmap is not one over ``n`` documents.
    """
    if bitmap.shape != (-(-n // 8),):
        raise InvalidInput(f"a bitmap of shape {bitmap.shape} does not cover {n} documents")
    return np.unpackbits(bitmap, count=n, bitorder="little").view(np.bool_)


def clear(bitmap: Bitmap, local_ids: NDArray[np.integer]) -> Bitmap:
    """A copy with some bits clear (ids may repeat, or be clear already).

    Raises:
        InvalidInput: An id lies outside the bitmap.
    """
    ids = np.asarray(local_ids, dtype=np.int64)
    if ids.size and not 0 <= ids.min() <= ids.max() < bitmap.size * 8:
        raise InvalidInput(f"local ids {ids.min()}..{ids.max()} leave a bitmap of {bitmap.size} B")
    cleared = bitmap.copy()
    np.bitwise_and.at(cleared, ids >> 3, ~np.left_shift(1, ids & 7).astype(np.uint8))
    return cleared


def count(bitmap: Bitmap, n: int) -> int:
    """How many of the ``n`` documents are in the set.

    Raises:
        InvalidInput: The bitmap is not one over ``n`` documents.
    """
    return int(np.count_nonzero(to_bool(bitmap, n)))


def intersect(a: Bitmap | None, b: Bitmap | None) -> Bitmap | None:
    """What is in both sets; ``None`` is the set of all.

    Raises:
        InvalidInput: The bitmaps have different lengths.
    """
    if a is None or b is None:
        return b if a is None else a
    if a.shape != b.shape:
        raise InvalidInput(f"bitmaps of {a.size} and {b.size} bytes are not over one segment")
    return a & b
