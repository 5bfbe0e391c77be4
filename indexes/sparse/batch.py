"""Documents or queries as analysed terms: the form in which text reaches the sparse index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.arguments import check_type
from mnemic.indexes.sparse.csr import read_csr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.sparse.csr import CompressedRows

    Fields: TypeAlias = tuple[
        Sequence[bytes], NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32] | None
    ]

ROWS = "give one list of tokens in bytes for each row"
Number = TypeVar("Number", np.int64, np.uint32, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class TermBatch:
    """Rows of terms, ragged; row ``i`` owns ``terms[offsets[i]:offsets[i + 1]]``.

    Construction checks dtypes and shapes only, O(1); building a segment or searching checks
    offsets, term numbers and weights, without the GIL. Arrays that can be written to are copied
    for that.

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

    def frozen(self) -> Fields:
        """The fields as native code takes them.

        It relies on what it has checked while other threads run, so what these could still write
        to is copied.
        """
        weights = None if self.weights is None else _frozen(self.weights)
        return self.vocabulary, _frozen(self.offsets), _frozen(self.terms), weights

    @classmethod
    def from_tokens(cls, rows: Iterable[Sequence[bytes]]) -> Self:
        """Number the tokens of each row; O(tokens) in Python, so for small batches and tests.

        Raises:
            InvalidInput: A row is not a sequence of tokens, or a token is not bytes.
        """
        lists = _rows(rows)
        numbers: dict[bytes, int] = {}
        terms = [numbers.setdefault(token, len(numbers)) for token in chain.from_iterable(lists)]
        for token in numbers:
            check_type("a token", token, bytes, hint="encode it, to UTF-8")
        offsets = np.fromiter(accumulate(map(len, lists), initial=0), np.int64, len(lists) + 1)
        return cls(list(numbers), offsets, np.asarray(terms, np.uint32))

    @classmethod
    def from_csr(
        cls, rows: CompressedRows | tuple[Any, Any, Any], vocabulary: Sequence[bytes]
    ) -> Self:
        """Learned sparse vectors of any encoder, documents or queries.

        Columns that stand twice in a row count as one whose impacts are added up, as in
        ``scipy.sparse``. A row of no impact above 0 is a query that finds nothing, and no
        document: ``SparseSegment.build`` refuses it by its number.

        Args:
            rows: ``(indptr, indices, data)``, or what has these attributes, such as
                ``scipy.sparse.csr_array``. Any whole numbers for ``indptr`` and ``indices``; for
                ``data`` float16, float32 or float64 (rounded to float32), or quantised impacts
                in whole numbers up to 2^24, which are converted exactly: a common factor scales
                all scores, and changes no order.
            vocabulary: The term of each column: ``VocabularyIds(size)`` when columns are all that
                is known, ``vocabulary_of_tokens(tokens)`` when terms are to be the tokens
                themselves. An index and its queries must have the same.

        Raises:
            InvalidInput: Types or sizes do not fit, an array is masked, ``indptr`` falls, a column
                is outside the vocabulary, or an impact is negative, NaN, infinite, over what
                float32 holds or, in whole numbers, over 2^24. The message has row and column.

        Cost: a few passes over the arrays; those of int64, uint32 and float32 are not copied.
        """
        if not isinstance(vocabulary, Sequence):
            raise InvalidInput(
                f"vocabulary is a {type(vocabulary).__name__}, not a sequence of terms",
                hint="pass VocabularyIds(number of columns) when columns are all that is known",
            )
        return cls(vocabulary, *read_csr(rows, len(vocabulary)))


def check_batch(name: str, batch: object) -> None:
    """Refuse what is not a ``TermBatch``.

    Raises:
        InvalidInput: It is something else.
    """
    hint = "make one: TermBatch.from_tokens(one list of bytes a row), or TermBatch.from_csr(...)"
    check_type(name, batch, TermBatch, hint=hint)


def _rows(rows: Iterable[Sequence[bytes]]) -> list[Sequence[bytes]]:
    check_type("rows", rows, Iterable, hint=ROWS)
    lists = list(rows)
    for number, row in enumerate(lists):
        if isinstance(row, str | bytes) or not isinstance(row, Sequence):
            raise InvalidInput(f"rows[{number}] is a {type(row).__name__}", hint=ROWS)
    return lists


def _frozen(array: NDArray[Number]) -> NDArray[Number]:
    owner: object = array
    while isinstance(owner, np.ndarray):  # a view that cannot be written to may be of one that can
        if owner.flags.writeable:
            return array.copy()
        owner = owner.base
    return array


def _check(name: str, array: Any, dtype: type[np.generic]) -> None:
    if isinstance(array, np.ndarray) and array.dtype == np.dtype(dtype) and array.ndim == 1:
        if array.flags.c_contiguous and array.flags.aligned:
            return
        raise InvalidInput(f"{name} is not contiguous", hint="pass numpy.ascontiguousarray of it")
    found = (
        f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
    )
    raise InvalidInput(f"{name} is {found}, not a NumPy array of {np.dtype(dtype)} [n]")
