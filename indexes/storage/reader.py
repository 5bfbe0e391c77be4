"""Map an array file and check that every byte is the one that was written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.indexes.storage import canonical, layout
from mnemic.indexes.storage.failures import corrupt
from mnemic.indexes.storage.layout import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.indexes.storage.directory import Directory
    from mnemic.indexes.storage.records import FileEntry

_ROW_KEYS = {"name", "dtype", "shape", "offset", "length", "hash"}


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """An open array file.

    Attributes:
        arrays: Read-only views by name; they keep the mapping open as long as one is in use.
        settings: The JSON object that was written beside them.
    """

    arrays: Mapping[str, NDArray[Any]]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    end: int
    hash: str


def open_arrays(
    directory: Directory, entry: FileEntry, *, kind: str, verify: bool = True
) -> ArrayFile:
    """Map a file that ``write_arrays`` wrote; no array is copied.

    Args:
        directory: Where it is.
        entry: What the manifest says about it.
        kind: What it must hold.
        verify: Hash every section (about 10 GB/s). Without it only header, table and trailer
            are checked, which is O(arrays).

    Raises:
        IndexCorrupt: The file is missing, or any checked byte is not the one that was written,
            or it is another file than the entry means. If the manifest has changed meanwhile
            (``ManifestStore.stamp``), a sweep took the file: load the manifest anew and retry.
        FormatTooNew: A newer mnemic wrote the file.
    """
    where = directory.describe(entry.name)
    data = directory.map(entry.name)
    try:
        if entry.kind != kind:
            raise Malformed(f"is of kind {entry.kind!r}, not {kind!r}")
        return _parsed(data, entry, where, verify=verify)
    except Malformed as error:
        raise corrupt(where, str(error)) from error


def _parsed(data: NDArray[np.uint8], entry: FileEntry, where: str, *, verify: bool) -> ArrayFile:
    header = layout.unpack_header(data[: layout.HEADER_SIZE].tobytes(), where)
    if not header.file_size == data.size == entry.size:
        raise Malformed(f"has {data.size} bytes, but {entry.size} were written")
    table = _checked_table(data, header, entry)
    content = canonical.loads(table)
    sections = list(_sections(content, entry.kind, len(table)))
    _check_trailer(data, header, sections[-1].end if sections else _first(len(table)))
    if verify:
        _check_bytes(data, sections, layout.HEADER_SIZE + len(table))
    return ArrayFile({s.name: _view(data, s) for s in sections}, content["settings"])


def _checked_table(data: NDArray[np.uint8], header: layout.Header, entry: FileEntry) -> bytes:
    end = layout.HEADER_SIZE + header.table_length
    if end + layout.TRAILER.size > data.size:
        raise Malformed("has a table that reaches beyond its end")
    if layout.checksum_of(data[:end].data) != entry.checksum:
        raise Malformed("is damaged, or is not the file that the manifest means")
    table = data[layout.HEADER_SIZE : end].tobytes()
    if layout.hash_of(table) != header.table_hash:
        raise Malformed("has a table that does not match its checksum")
    return table


def _first(table_length: int) -> int:
    return layout.aligned(layout.HEADER_SIZE + table_length)


def _sections(content: Any, kind: str, table_length: int) -> Iterator[_Section]:
    """Read the table strictly: a checksum proves who computed it, not that it is sane."""
    if not isinstance(content, dict) or content.keys() != {"arrays", "kind", "settings"}:
        raise Malformed("has a table without arrays, kind and settings")
    if content["kind"] != kind:
        raise Malformed(f"holds {content['kind']!r}, not {kind!r}")
    if not isinstance(content["settings"], dict) or not isinstance(content["arrays"], list):
        raise Malformed("has a table of the wrong form")
    first, offset, seen = _first(table_length), 0, set()
    for row in content["arrays"]:
        section = _section(row, first, offset)
        if section.name in seen:
            raise Malformed(f"has two arrays named {section.name!r}")
        seen.add(section.name)
        offset = layout.aligned(section.end - first)
        yield section


def _section(row: Any, first: int, offset: int) -> _Section:
    if not isinstance(row, dict) or row.keys() != _ROW_KEYS:
        raise Malformed("has a table row of the wrong form")
    dtype, shape, name = layout.DTYPES.get(str(row["dtype"])), row["shape"], row["name"]
    if dtype is None or not isinstance(name, str) or not isinstance(row["hash"], str):
        raise Malformed("has a table row of the wrong types")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise Malformed(f"has an impossible shape for array {name!r}")
    length = math.prod(shape) * dtype.itemsize
    if row["offset"] != offset or row["length"] != length:
        raise Malformed(f"has array {name!r} at another place than its table says")
    start = first + offset
    return _Section(name, dtype, tuple(shape), start, start + length, row["hash"])


def _check_trailer(data: NDArray[np.uint8], header: layout.Header, end: int) -> None:
    if layout.aligned(end) + layout.TRAILER.size != data.size:
        raise Malformed("has arrays that do not fill it")
    if data[-layout.TRAILER.size :].tobytes() != layout.pack_trailer(header):
        raise Malformed("does not end as it was written")


def _check_bytes(data: NDArray[np.uint8], sections: list[_Section], end: int) -> None:
    for section in sections:
        _check_padding(data, end, section.start)
        found = layout.hash_of(data[section.start : section.end].data)
        if f"{found:016x}" != section.hash:
            raise Malformed(f"has bytes in array {section.name!r} that do not match its checksum")
        end = section.end
    _check_padding(data, end, data.size - layout.TRAILER.size)


def _check_padding(data: NDArray[np.uint8], start: int, end: int) -> None:
    if data[start:end].any():
        raise Malformed(f"has padding that is not zero near byte {start}")


def _view(data: NDArray[np.uint8], section: _Section) -> NDArray[Any]:
    flat = data[section.start : section.end].view(section.dtype)
    try:
        return flat.reshape(section.shape)
    except ValueError as error:  # no bytes, but dimensions that NumPy cannot hold
        raise Malformed(f"has an impossible shape for array {section.name!r}") from error
