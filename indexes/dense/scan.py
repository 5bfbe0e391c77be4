"""FAISS over one segment: the rows that may be the nearest, by scores in float32.

The functions that ``IndexFlat`` itself calls are given the mapped array, so nothing is copied.
Their scores depend on batch size, BLAS and processor in the last bits; ``margin`` bounds by how
much, and whoever calls scores the rows again (``scores.exact``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.dense.batch import Metric
    from mnemic.indexes.dense.segment import DenseSegment
    from mnemic.indexes.protocols import Bitmap

_UNIT = 2.0**-24


@dataclass(frozen=True, slots=True, eq=False)
class Scanner:
    """One segment's rows, or those of them whose bit is set."""

    segment: DenseSegment
    selected: Bitmap | None

    def nearest(
        self, queries: NDArray[np.float32], depth: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Scores and rows [queries, depth], best first; there must be ``depth`` selected rows.

        O(queries x rows x dims), by all OpenMP threads together, without the GIL.
        """
        faiss = load()
        vectors, (count, dims) = self.segment.vectors, queries.shape
        values, rows = np.empty((count, depth), np.float32), np.empty((count, depth), np.int64)
        address = faiss.swig_ptr
        given = (address(queries), address(vectors), dims, count, len(vectors), depth)
        found = (address(values), address(rows))
        if self.segment.metric == "l2":
            faiss.knn_L2sqr(*given, *found, None, self._selector(faiss))
            values = -values
        else:
            faiss.knn_inner_product(*given, *found, self._selector(faiss))
        return values.astype(np.float64), rows

    def within(self, query: NDArray[np.float32], score: float) -> NDArray[np.int64]:
        """All selected rows that may score more, in no order; ``query`` is float32 [1, dims]."""
        faiss = load()
        result, vectors = faiss.RangeSearchResult(1), self.segment.vectors
        address, distance = faiss.swig_ptr, self.segment.metric == "l2"
        search = faiss.range_search_L2sqr if distance else faiss.range_search_inner_product
        radius = _beyond(-score, np.inf) if distance else _beyond(score, -np.inf)
        given = (address(query), address(vectors), query.shape[1], 1, len(vectors))
        search(*given, radius, result, self._selector(faiss))
        total = int(faiss.rev_swig_ptr(result.lims, 2)[1])
        found: NDArray[np.int64] = faiss.rev_swig_ptr(result.labels, total)
        return found.copy()  # the result frees its memory with itself

    def _selector(self, faiss: Any) -> Any:
        return None if self.selected is None else faiss.IDSelectorBitmap(self.selected)


def margin(
    metric: Metric, dims: int, lengths: NDArray[np.float64], longest: float
) -> NDArray[np.float64]:
    """How far a score in float32 can be from the exact one, for each query; never too little.

    A sum of ``d`` products errs by at most ``d u / (1 - d u)`` times the sum of their magnitudes,
    in whatever order it is made (N. J. Higham, Accuracy and Stability of Numerical Algorithms,
    section 3.1), which lengths bound by Cauchy and Schwarz. Twice that covers the rounding of
    normalised queries; the last term covers numbers that underflow.
    """
    magnitude = (lengths + longest) ** 2 if metric == "l2" else lengths * longest
    tiny = dims * 2.0**-120 * (1 + lengths + longest)
    return 2 * (dims + 8) * _UNIT * magnitude + tiny


def load() -> Any:
    """FAISS, imported when the first segment is scanned.

    Raises:
        Unsupported: It is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise Unsupported(
            f"dense search needs FAISS, which cannot be imported: {error}",
            hint="pip install faiss-cpu, or faiss-gpu, but never both",
        ) from error
    return faiss


def _beyond(value: float, towards: float) -> float:
    return float(np.nextafter(np.float32(value), np.float32(towards)))
