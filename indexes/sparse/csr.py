"""Compressed sparse rows of any encoder, checked and brought into the form of the sparse index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Triple: TypeAlias = tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32]]

# All whole numbers up to here are exact in float32.
MOST_WHOLE = 2**24
NEGATIVE = "Learned sparse weights are not negative: clamp them before indexing."
NOT_FINITE = "It is an overflow or a fault of the encoder: encode in float32, or leave it out."
_LARGEST = np.float64(np.finfo(np.float32).max)


@runtime_checkable
class CompressedRows(Protocol):
    """What holds rows in compressed form; ``scipy.sparse.csr_array`` does.

    Row ``i`` owns ``indices[indptr[i]:indptr[i + 1]]`` and the same of ``data``. Where there is a
    ``shape`` or a ``format`` too, they are compared.
    """

    @property
    def indptr(self) -> Any:
        """Whole numbers [rows + 1], from 0, never falling."""
        ...

    @property
    def indices(self) -> Any:
        """Whole numbers [total], the columns."""
        ...

    @property
    def data(self) -> Any:
        """Numbers [total], the impacts."""
        ...


def read_csr(rows: CompressedRows | tuple[Any, Any, Any], columns: int) -> Triple:
    """Check compressed rows, and convert them exactly where their types are others.

    Args:
        rows: ``(indptr, indices, data)``, or what has these attributes.
        columns: Size of the vocabulary.

    Returns:
        int64 offsets [rows + 1], uint32 columns and float32 impacts [total]; arrays of these
        types are returned as they are, not copied. Impacts in float64 are rounded to float32.

    Raises:
        InvalidInput: Types or sizes do not fit, ``indptr`` falls, a column is outside the
            vocabulary, or an impact is negative, NaN, infinite, over what float32 holds or, in
            whole numbers, over 2^24. The message has row and column.

    Cost: a few passes over the arrays.
    """
    indptr, indices, data = _parts(rows, columns)
    offsets = _offsets(indptr, len(indices))
    if len(data) != len(indices):
        raise InvalidInput(f"{len(data)} numbers in data for {len(indices)} in indices")
    terms = _terms(indices, offsets, columns)
    return offsets, terms, _impacts(data, offsets, terms)


def _parts(rows: object, columns: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    if isinstance(rows, tuple) and len(rows) == 3:
        indptr, indices, data = rows
    elif isinstance(rows, CompressedRows):
        _check_form(rows, columns)
        indptr, indices, data = rows.indptr, rows.indices, rows.data
    else:
        raise InvalidInput(
            f"rows is a {type(rows).__name__} without indptr, indices and data",
            hint="Give these three arrays as a tuple, or a scipy.sparse matrix's .tocsr().",
        )
    return (
        _array("indptr", indptr, "iu"),
        _array("indices", indices, "iu"),
        _array("data", data, "biuf"),
    )


def _check_form(rows: CompressedRows, columns: int) -> None:
    # Columns in compressed form have the same three attributes.
    form = getattr(rows, "format", "csr")
    if form != "csr":
        raise InvalidInput(f"rows has the format {form!r}, not 'csr'", hint="Call its tocsr().")
    shape = getattr(rows, "shape", None)
    if shape is not None and tuple(shape) != (len(rows.indptr) - 1, columns):
        raise InvalidInput(
            f"rows has the shape {tuple(shape)}, but {len(rows.indptr) - 1} rows by its indptr "
            f"and a vocabulary of {columns}"
        )


def _array(name: str, array: object, kinds: str) -> NDArray[Any]:
    if not isinstance(array, np.ndarray):
        raise InvalidInput(f"{name} is a {type(array).__name__}, not a NumPy array")
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidInput(f"{name} is masked", hint="Leave out what is masked: compressed().")
    if array.ndim != 1 or array.dtype.kind not in kinds or array.dtype.itemsize > 8:
        wanted = "numbers" if "f" in kinds else "whole numbers"
        raise InvalidInput(f"{name} is {array.dtype} {array.shape}, not {wanted} [n]")
    return array


def _offsets(indptr: NDArray[Any], total: int) -> NDArray[np.int64]:
    if not len(indptr) or indptr[0] != 0:
        raise InvalidInput("indptr must begin with 0 and hold one entry more than there are rows")
    falls = indptr[1:] < indptr[:-1]
    if falls.any():
        place = int(np.argmax(falls)) + 1
        raise InvalidInput(f"indptr[{place}] = {indptr[place]} is below the one before it")
    if indptr[-1] != total:
        raise InvalidInput(
            f"indptr ends at {indptr[-1]}, but indices has {total} entries",
            hint="Cut indices and data there; a scipy.sparse matrix does it with prune().",
        )
    return np.ascontiguousarray(indptr, np.int64)


def _terms(indices: NDArray[Any], offsets: NDArray[np.int64], columns: int) -> NDArray[np.uint32]:
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < columns:
        place = int(np.argmax((indices < 0) | (indices >= np.int64(columns))))
        raise InvalidInput(
            f"row {_row(offsets, place)}: column {indices[place]} is outside the vocabulary of "
            f"{columns}",
            hint="Give the vocabulary of the encoder that made the columns.",
        )
    return np.ascontiguousarray(indices, np.uint32)


def _impacts(
    data: NDArray[Any], offsets: NDArray[np.int64], terms: NDArray[np.uint32]
) -> NDArray[np.float32]:
    most = _LARGEST if data.dtype.kind == "f" else np.float64(MOST_WHOLE)
    if len(data):
        with np.errstate(invalid="ignore"):  # NaN is what the comparison is for
            fine = bool(data.min() >= 0) and bool(data.max() <= most)
        if not fine:
            raise _no_impact(data, int(np.argmin((data >= 0) & (data <= most))), offsets, terms)
    return np.ascontiguousarray(data, np.float32)


def _no_impact(
    data: NDArray[Any], place: int, offsets: NDArray[np.int64], terms: NDArray[np.uint32]
) -> InvalidInput:
    where = f"row {_row(offsets, place)}, column {terms[place]}: impact {data[place]}"
    if data.dtype.kind == "f":
        return InvalidInput(
            f"{where} is not a finite number >= 0 of float32",
            hint=NEGATIVE if data[place] < 0 else NOT_FINITE,
        )
    return InvalidInput(
        f"{where} is not a whole number from 0 to {MOST_WHOLE:,}",
        hint="Larger ones are not exact in float32: give them as floating point.",
    )


def _row(offsets: NDArray[np.int64], place: int) -> int:
    return int(np.searchsorted(offsets, place, side="right")) - 1
