"""Write named arrays as one immutable, checksummed file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.storage import canonical, layout
from mnemic.indexes.storage.names import checked_name, is_kind
from mnemic.indexes.storage.records import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from mnemic.indexes.storage.directory import Directory

MAX_NAME = 200


def write_arrays(
    directory: Directory,
    name: str,
    *,
    kind: str,
    arrays: Mapping[str, NDArray[Any]],
    settings: Mapping[str, Any] | None = None,
) -> FileEntry:
    """Write a new array file; O(bytes), one pass to hash and one to write.

    Args:
        directory: Where to.
        name: A file name that does not exist yet (``segment_file_name`` makes one).
        kind: What the file holds, e.g. ``sparse``; ``open_arrays`` must name the same.
        arrays: Plain little-endian arrays of any shape, empty ones included. Booleans are
            stored, and come back, as uint8.
        settings: A JSON object to keep beside them.

    Returns:
        The entry that a manifest needs to find the file and to know it again.

    Raises:
        InvalidInput: A dtype, name, kind or setting is not of an allowed form.
        Conflict: The file exists.
        LimitExceeded: The disk is full.
        Forbidden: The folder is read-only.
    """
    checked_name(name)
    if not is_kind(kind):
        raise InvalidInput(f"kind={kind!r} is not of the form [a-z][a-z0-9_-]*")
    plain = {key: _plain(key, value) for key, value in arrays.items()}
    table = _table(kind, plain, {} if settings is None else settings)
    header = layout.Header(len(table), _size(len(table), plain), layout.hash_of(table))
    size = directory.write(name, _chunks(header, table, plain))
    return FileEntry(name, kind, size, layout.checksum_of(layout.pack_header(header) + table))


def _plain(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise InvalidInput(f"array name {name!r} is not a string of 1 to {MAX_NAME} characters")
    if not isinstance(array, np.ndarray):
        raise InvalidInput(f"array {name!r} is a {type(array).__name__}, not a NumPy array")
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    if array.dtype not in layout.CODES:
        raise InvalidInput(
            f"array {name!r} has dtype {array.dtype.str}, which is not stored",
            hint=f"convert it to little-endian {', '.join(layout.DTYPES)}",
        )
    return np.asarray(array, order="C")


def _table(kind: str, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> bytes:
    """The table; offsets count from the first section, so they do not depend on its length."""
    rows, offset = [], 0
    for name, array in arrays.items():
        rows.append(_row(name, array, offset))
        offset = layout.aligned(offset + array.nbytes)
    try:
        return canonical.dumps({"arrays": rows, "kind": kind, "settings": dict(settings)})
    except ValueError as error:
        raise InvalidInput(f"settings are not a JSON object: {error}") from error


def _row(name: str, array: NDArray[Any], offset: int) -> dict[str, Any]:
    return {
        "name": name,
        "dtype": layout.CODES[array.dtype],
        "shape": list(array.shape),
        "offset": offset,
        "length": array.nbytes,
        "hash": f"{layout.hash_of(_bytes(array)):016x}",
    }


def _size(table_length: int, arrays: Mapping[str, NDArray[Any]]) -> int:
    sections = sum(layout.aligned(array.nbytes) for array in arrays.values())
    return layout.aligned(layout.HEADER_SIZE + table_length) + sections + layout.TRAILER.size


def _chunks(
    header: layout.Header, table: bytes, arrays: Mapping[str, NDArray[Any]]
) -> Iterator[bytes | memoryview]:
    start = layout.pack_header(header) + table
    yield start + _padding(len(start))
    for array in arrays.values():
        yield _bytes(array)
        yield _padding(array.nbytes)
    yield layout.pack_trailer(header)


def _padding(length: int) -> bytes:
    return bytes(layout.aligned(length) - length)


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
