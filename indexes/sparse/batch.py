"""Documents or queries as analysed terms: the form in which text reaches the sparse index."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TermBatch:
    """Rows of terms, ragged; row ``i`` owns ``terms[offsets[i]:offsets[i + 1]]``.

    Construction checks dtypes and shapes only, O(1); building a segment or searching checks
    offsets, term numbers and weights, without the GIL.

    Attributes:
        vocabulary: Distinct terms, any bytes; may hold more than occur in the rows, and then
            costs nothing: only terms that occur are read.
        offsets: int64 [rows + 1].
        terms: uint32 [total], numbers into ``vocabulary``, in token order with repeats.
        weights: float32 [total], finite and not negative (learned sparse), or ``None`` when each
            occurrence counts 1. Weights of a repeated term add up, and 0 is as good as absent.
    """

    vocabulary: Sequence[bytes]
    offsets: NDArray[np.int64]
    terms: NDArray[np.uint32]
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        _check("offsets", self.offsets, np.int64)
        _check("terms", self.terms, np.uint32)
        if self.weights is not None:
            _check("weights", self.weights, np.float32)

    def __len__(self) -> int:
        return max(len(self.offsets) - 1, 0)

    @classmethod
    def from_tokens(cls, rows: Iterable[Sequence[bytes]]) -> Self:
        """Number the tokens of each row; O(tokens) in Python, so for small batches and tests."""
        lists = list(rows)
        numbers: dict[bytes, int] = {}
        terms = [numbers.setdefault(token, len(numbers)) for token in chain.from_iterable(lists)]
        offsets = np.fromiter(accumulate(map(len, lists), initial=0), np.int64, len(lists) + 1)
        return cls(list(numbers), offsets, np.asarray(terms, np.uint32))


def _check(name: str, array: Any, dtype: type[np.generic]) -> None:
    if isinstance(array, np.ndarray) and array.dtype == np.dtype(dtype) and array.ndim == 1:
        if array.flags.c_contiguous and array.flags.aligned:
            return
        raise InvalidInput(f"{name} is not contiguous", hint="pass numpy.ascontiguousarray of it")
    found = (
        f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
    )
    raise InvalidInput(f"{name} is {found}, not a NumPy array of {np.dtype(dtype)} [n]")
