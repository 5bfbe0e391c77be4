"""Vectors as they come from an encoder: the form in which they reach the dense index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

Metric: TypeAlias = Literal["ip", "cosine", "l2"]
"""Inner product, cosine, or the negative squared Euclidean distance; higher is nearer."""

METRICS = get_args(Metric)
MAX_DIMS = 65_536
MAX_DOCUMENTS = 2**32 - 1
# Products and distances of vectors up to this length stay finite in float32.
MAX_LENGTH = 1e18
_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class DenseBatch:
    """Rows of vectors, each one a document or a passage of a document.

    Construction checks dtypes, shapes and counts, O(1); building a segment checks every number.

    Attributes:
        vectors: float32 [rows, dims], finite, and no longer than ``MAX_LENGTH`` unless the metric
            is cosine.
        metric: How two vectors are compared.
        owners: int64 or uint32 [rows], the local document of each row, never descending;
            ``None`` when row ``i`` is document ``i``.
        documents: How many documents there are, those without a vector included; ``None`` when
            the last row belongs to the last document.
    """

    vectors: NDArray[np.float32]
    metric: Metric = "cosine"
    owners: NDArray[np.int64] | NDArray[np.uint32] | None = None
    documents: int | None = None

    def __post_init__(self) -> None:
        check_metric(self.metric)
        check_matrix("vectors", self.vectors)
        if self.owners is not None:
            _check_owners(self.owners, len(self.vectors))
        if self.documents is not None:
            _check_documents(self.documents, len(self.vectors), owned=self.owners is not None)

    @property
    def document_count(self) -> int:
        """Documents, those without a vector included."""
        if self.documents is not None:
            return self.documents
        if self.owners is None:
            return len(self.vectors)
        return int(self.owners[-1]) + 1 if len(self.owners) else 0


def check_metric(metric: object) -> None:
    """Refuse what is not a metric.

    Raises:
        InvalidInput: It is something else.
    """
    if metric not in METRICS:
        raise InvalidInput(f"metric={metric!r:.40} is not one of {', '.join(METRICS)}")


def check_matrix(name: str, array: Any) -> None:
    """Refuse what is not a NumPy array of float32 [rows, 1 to MAX_DIMS].

    Raises:
        InvalidInput: It is something else.
    """
    if not isinstance(array, np.ndarray):
        raise InvalidInput(f"{name} is {type(array).__name__}, not a NumPy array of float32 [n, d]")
    if array.dtype != np.dtype(np.float32) or array.ndim != 2:
        raise InvalidInput(
            f"{name} is {array.dtype} {array.shape}, not float32 [n, d]",
            hint="convert it with numpy.asarray(..., numpy.float32)",
        )
    if not 1 <= array.shape[1] <= MAX_DIMS:
        raise InvalidInput(f"{name} has {array.shape[1]} dimensions, not 1 to {MAX_DIMS}")


def checked_rows(name: str, array: NDArray[np.float32], metric: Metric) -> NDArray[np.float64]:
    """The float64 lengths of the rows; O(rows x dims), in blocks.

    Raises:
        InvalidInput: A row holds NaN or infinity, or is too long for its metric; it is named.
    """
    lengths = np.empty(len(array), np.float64)
    step = max(1, _BLOCK // array.shape[1])
    for start in range(0, len(array), step):
        wide = array[start : start + step].astype(np.float64)
        # The product of two float32 is exact in float64 and cannot overflow there.
        lengths[start : start + step] = np.sqrt((wide * wide).sum(axis=1))
    bad = np.flatnonzero(~np.isfinite(lengths))
    if len(bad):
        raise InvalidInput(
            f"{name} row {bad[0]} holds NaN or infinity", hint="look at the text of that row"
        )
    long = np.flatnonzero(lengths > MAX_LENGTH) if metric != "cosine" else bad
    if len(long):
        raise InvalidInput(f"{name} row {long[0]} is longer than {MAX_LENGTH:g}")
    return lengths


def normalised(array: NDArray[np.float32], lengths: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rows of length 1, divided in float64; a zero row has no direction and stays zero."""
    result = np.empty(array.shape, np.float32)
    divisors = np.where(lengths > 0, lengths, 1.0)
    step = max(1, _BLOCK // array.shape[1])
    for start in range(0, len(array), step):
        span = slice(start, start + step)
        result[span] = array[span].astype(np.float64) / divisors[span, None]
    return result


def _check_owners(owners: Any, rows: int) -> None:
    fits = isinstance(owners, np.ndarray) and owners.dtype in (np.int64, np.uint32)
    if not fits or owners.shape != (rows,):
        raise InvalidInput(f"owners is not a NumPy array of int64 or uint32 [{rows}]")


def _check_documents(documents: Any, rows: int, *, owned: bool) -> None:
    if type(documents) is not int or not 0 <= documents <= MAX_DOCUMENTS:
        raise InvalidInput(f"documents={documents!r:.40} is not between 0 and {MAX_DOCUMENTS}")
    if not owned and documents != rows:
        raise InvalidInput(
            f"documents={documents}, but there are {rows} vectors",
            hint="pass owners, to say which document each vector belongs to",
        )
