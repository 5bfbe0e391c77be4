"""Segments as version 1 of the format wrote them, without compression; they open for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.indexes._native import compress_postings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_DTYPES: Mapping[str, type[np.generic]] = {
    "terms": np.uint8,
    "term_offsets": np.int64,
    "list_offsets": np.int64,
    "documents": np.uint32,
    "frequencies": np.uint32,
    "impacts": np.float32,
    "lengths": np.uint32,
}
_VALUES = ("frequencies", "impacts")


def compressed(arrays: Mapping[str, NDArray[Any]], name: str) -> Mapping[str, NDArray[Any]]:
    """Today's arrays of a segment of version 1, in memory; O(postings).

    Args:
        arrays: ``terms`` uint8 and ``term_offsets`` int64 [terms + 1], sorted by bytes;
            ``list_offsets`` int64 [terms + 1] into ``documents`` uint32, ascending in each list,
            beside ``frequencies`` uint32 or ``impacts`` float32; ``lengths`` uint32 [documents].
        name: The file, for messages.

    Raises:
        IndexCorrupt: The arrays are not those of postings.
    """
    values = [key for key in _VALUES if key in arrays]
    if len(values) != 1:
        raise IndexCorrupt(f"{name}: holds arrays {sorted(arrays)}, not those of postings")
    wanted = {key: _DTYPES[key] for key in _DTYPES if key not in _VALUES or key in values}
    check_arrays(arrays, wanted, name)
    given = {key: arrays.get(key) for key in _DTYPES}
    return compress_postings(name, **given)  # type: ignore[arg-type]


def check_arrays(
    arrays: Mapping[str, NDArray[Any]], dtypes: Mapping[str, type[np.generic]], name: str
) -> None:
    """Refuse arrays that are not exactly those named, of one dimension.

    Raises:
        IndexCorrupt: They are others.
    """
    if arrays.keys() != dtypes.keys():
        raise IndexCorrupt(f"{name}: holds arrays {sorted(arrays)}, not those of postings")
    for key, array in arrays.items():
        if array.dtype != np.dtype(dtypes[key]) or array.ndim != 1:
            raise IndexCorrupt(f"{name}: array {key!r} is {array.dtype} {array.shape}")
