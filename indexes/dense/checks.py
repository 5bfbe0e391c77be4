"""What a dense segment must hold to be let in, whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.dense.batch import MAX_DIMS, MAX_DOCUMENTS, MAX_LENGTH, METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense.batch import Metric
    from mnemic.indexes.protocols import Bitmap

VERSION = 1


def check_bitmap(name: str, bitmap: Bitmap | None, documents: int) -> None:
    """Refuse what is not ``None`` or uint8 [ceil(documents / 8)].

    Raises:
        InvalidInput: It is something else.
    """
    if bitmap is None:
        return
    if not isinstance(bitmap, np.ndarray) or bitmap.dtype != np.uint8:
        raise InvalidInput(f"{name} is not a bitmap: a NumPy array of uint8")
    if bitmap.shape != (-(-documents // 8),):
        raise InvalidInput(
            f"{name} has shape {bitmap.shape} where {documents} documents need "
            f"{-(-documents // 8)} bytes"
        )


def check_alike(segments: Sequence[tuple[int, Metric]]) -> None:
    """Refuse segments, by their dimensions and metrics, that do not belong to one index.

    Raises:
        DimensionMismatch: Their dimensions differ.
        InvalidInput: Their metrics differ.
    """
    for dims, metric in segments[1:]:
        if dims != segments[0][0]:
            raise DimensionMismatch(
                f"segments of {segments[0][0]} and of {dims} dimensions meet",
                hint="reindex the collection with one encoder",
            )
        if metric != segments[0][1]:
            raise InvalidInput(f"segments for {segments[0][1]} and for {metric} meet")


def check_version(version: object, name: str) -> None:
    """Refuse a file of no version, or of a newer one, before its arrays are looked at.

    Raises:
        IndexCorrupt: There is no version.
        FormatTooNew: A newer mnemic wrote it.
    """
    if type(version) is not int or version < 1:
        raise IndexCorrupt(f"{name}: has no version of the vector format")
    if version > VERSION:
        raise FormatTooNew(
            f"{name} has vectors of version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )


def check_form(
    name: str,
    vectors: NDArray[Any],
    *,
    metric: object,
    owners: NDArray[Any] | None,
    documents: object,
) -> None:
    """Refuse arrays and counts that do not fit together; O(rows).

    Raises:
        IndexCorrupt: They do not; the message has ``name``.
    """
    if metric not in METRICS:
        raise IndexCorrupt(f"{name}: metric {metric!r:.40} is unknown")
    if vectors.dtype != np.dtype(np.float32) or vectors.ndim != 2:
        raise IndexCorrupt(f"{name}: array 'vectors' is {vectors.dtype} {vectors.shape}")
    if not 1 <= vectors.shape[1] <= MAX_DIMS:
        raise IndexCorrupt(f"{name}: {vectors.shape[1]} dimensions are not 1 to {MAX_DIMS}")
    if type(documents) is not int or not 0 <= documents <= MAX_DOCUMENTS:
        raise IndexCorrupt(f"{name}: documents={documents!r:.40}")
    if owners is not None:
        _check_stored_owners(name, owners, len(vectors), documents)
    elif len(vectors) != documents:
        raise IndexCorrupt(f"{name}: {len(vectors)} vectors for {documents} documents")


def _check_stored_owners(name: str, owners: NDArray[Any], rows: int, documents: int) -> None:
    if owners.dtype != np.dtype(np.uint32) or owners.shape != (rows,):
        raise IndexCorrupt(f"{name}: array 'owners' is {owners.dtype} {owners.shape}")
    if rows and (int(owners[-1]) >= documents or bool(np.any(owners[1:] < owners[:-1]))):
        raise IndexCorrupt(f"{name}: owners descend, or leave the {documents} documents")


def longest(name: str, vectors: NDArray[np.float32], metric: Metric) -> float:
    """An upper bound on the lengths of the vectors; one pass in float32, without a copy.

    Raises:
        IndexCorrupt: A vector is not finite, or too long for its metric; the message has ``name``.
    """
    limit = 1.001 if metric == "cosine" else MAX_LENGTH
    if not len(vectors):
        return 0.0
    # The sums' largest relative error is dims x 2^-24, below 0.4 %; what underflows is below
    # 2^-126 each.
    with np.errstate(all="ignore"):
        greatest = float(np.einsum("ij,ij->i", vectors, vectors).max())
    if not greatest <= limit * limit * 1.01:
        raise IndexCorrupt(f"{name}: holds a vector that is not finite or too long")
    return float(np.sqrt(greatest * 1.01 + vectors.shape[1] * 2.0**-125))
