"""Columns as one file of flat arrays, and back without copying.

Each path owns two columns (values, elements); column ``c`` owns slice ``offsets[c]:offsets[c + 1]``
of every kind of entry. Postings and strings have offsets of their own into shared arrays.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.indexes.columns.column import Column, Field, Fields, Group, Numbers, Texts
from mnemic.indexes.columns.paths import MAX_PARTS, MAX_PATHS, indexable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_MAX_DOCUMENTS = 2**32
_DTYPES = {
    "paths": "uint8",
    "path_offsets": "int64",
    "group_offsets": "int64",
    "group_docs": "uint32",
    "integer_offsets": "int64",
    "integers": "int64",
    "integer_docs": "uint32",
    "float_offsets": "int64",
    "floats": "float64",
    "float_docs": "uint32",
    "entry_offsets": "int64",
    "text_offsets": "int64",
    "texts": "uint8",
    "posting_offsets": "int64",
    "text_docs": "uint32",
}


def packed(fields: Fields) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Flat arrays and settings for ``write_arrays``; equal fields give equal bytes."""
    columns = [column for field in fields.fields.values() for column in field]
    groups = [docs for column in columns for docs in column.groups]
    integers = [column.integers for column in columns]
    floats = [column.floats for column in columns]
    texts = [column.texts for column in columns]
    paths = [np.frombuffer(path.encode(), np.uint8) for path in fields.fields]
    arrays = {
        "paths": _flat(paths, "uint8"),
        "path_offsets": _offsets(map(len, paths)),
        "group_offsets": _offsets(map(len, groups)),
        "group_docs": _flat(groups, "uint32"),
        "integer_offsets": _offsets(len(numbers.docs) for numbers in integers),
        "integers": _flat([numbers.values for numbers in integers], "int64"),
        "integer_docs": _flat([numbers.docs for numbers in integers], "uint32"),
        "float_offsets": _offsets(len(numbers.docs) for numbers in floats),
        "floats": _flat([numbers.values for numbers in floats], "float64"),
        "float_docs": _flat([numbers.docs for numbers in floats], "uint32"),
        "entry_offsets": _offsets(map(len, texts)),
        "text_offsets": _joined_offsets([text.bounds for text in texts]),
        "texts": _flat([text.data[text.bounds[0] : text.bounds[-1]] for text in texts], "uint8"),
        "posting_offsets": _joined_offsets([text.postings for text in texts]),
        "text_docs": _flat([text.holders(0, len(text)) for text in texts], "uint32"),
    }
    return arrays, {"documents": fields.documents, "complete": fields.complete}


def _flat(parts: Sequence[NDArray[Any]], dtype: str) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _offsets(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _joined_offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return _offsets(_flat([np.diff(part) for part in parts], "int64"))


def unpacked(arrays: Arrays, settings: Mapping[str, Any], where: str) -> Fields:
    """Views of an opened file's arrays, checked so that no evaluation can leave its arrays.

    O(size of the file), one pass over postings and offsets.

    Args:
        arrays: As ``open_arrays`` returns them.
        settings: As ``open_arrays`` returns them.
        where: The file's name, for messages.

    Raises:
        IndexCorrupt: The arrays do not make columns.
    """
    documents, complete = settings.get("documents"), settings.get("complete")
    if type(documents) is not int or not 0 <= documents < _MAX_DOCUMENTS:
        _corrupt(where, f"documents={documents!r:.40}")
    if type(complete) is not bool:
        _corrupt(where, f"complete={complete!r:.40}")
    _check_dtypes(arrays, where)
    paths = _paths(arrays, where)
    _check_layout(arrays, len(paths), where)
    for name in ("group_docs", "integer_docs", "float_docs", "text_docs"):
        if len(arrays[name]) and int(arrays[name].max()) >= documents:
            _corrupt(where, f"{name} names a document beyond {documents}")
    fields = {
        path: Field(_column(arrays, 2 * number), _column(arrays, 2 * number + 1))
        for number, path in enumerate(paths)
    }
    return Fields(documents, fields, complete)


def _corrupt(where: str, problem: str) -> NoReturn:
    raise IndexCorrupt(
        f"{where} does not hold columns: {problem}",
        hint="Rebuild the collection from its catalogue.",
    )


def _check_dtypes(arrays: Arrays, where: str) -> None:
    for name, dtype in _DTYPES.items():
        if name not in arrays:
            _corrupt(where, f"array {name} is missing")
        if arrays[name].dtype != np.dtype(dtype) or arrays[name].ndim != 1:
            _corrupt(where, f"array {name} is not a list of {dtype}")


def _check_layout(arrays: Arrays, paths: int, where: str) -> None:
    columns = 2 * paths
    _check_offsets(arrays, "group_offsets", columns * len(Group), ("group_docs",), where)
    _check_offsets(arrays, "integer_offsets", columns, ("integers", "integer_docs"), where)
    _check_offsets(arrays, "float_offsets", columns, ("floats", "float_docs"), where)
    entries = len(arrays["text_offsets"]) - 1
    _check_offsets(arrays, "text_offsets", entries, ("texts",), where)
    _check_offsets(arrays, "posting_offsets", entries, ("text_docs",), where)
    _check_offsets(arrays, "entry_offsets", columns, (), where)
    if int(arrays["entry_offsets"][-1]) != entries:
        _corrupt(where, "entry_offsets does not end at the last string")


def _check_offsets(
    arrays: Arrays, name: str, count: int, targets: tuple[str, ...], where: str
) -> None:
    offsets = arrays[name]
    if len(offsets) != count + 1 or not len(offsets):
        _corrupt(where, f"{name} has {len(offsets)} entries instead of {count + 1}")
    if offsets[0] != 0 or (offsets[1:] < offsets[:-1]).any():
        _corrupt(where, f"{name} does not ascend from 0")
    for target in targets:
        if int(offsets[-1]) != len(arrays[target]):
            _corrupt(where, f"{name} does not end where {target} does")


def _paths(arrays: Arrays, where: str) -> list[str]:
    count = len(arrays["path_offsets"]) - 1
    if count > MAX_PATHS:
        _corrupt(where, f"{count} paths are more than {MAX_PATHS}")
    _check_offsets(arrays, "path_offsets", count, ("paths",), where)
    blob = arrays["paths"].tobytes()
    try:
        paths = [blob[a:b].decode() for a, b in pairwise(arrays["path_offsets"].tolist())]
    except UnicodeDecodeError:
        _corrupt(where, "a path is not UTF-8")
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_PARTS or not all(map(indexable, parts)):
            _corrupt(where, f"{path!r:.80} is not a path")
    if any(first >= second for first, second in pairwise(paths)):
        _corrupt(where, "the paths are not in order")
    return paths


def _column(arrays: Arrays, column: int) -> Column:
    bounds = arrays["group_offsets"][column * len(Group) : (column + 1) * len(Group) + 1].tolist()
    first, last = arrays["entry_offsets"][column : column + 2].tolist()
    return Column(
        tuple(arrays["group_docs"][start:end] for start, end in pairwise(bounds)),
        _numbers(arrays, "integer", column),
        _numbers(arrays, "float", column),
        Texts(
            arrays["texts"],
            arrays["text_offsets"][first : last + 1],
            arrays["posting_offsets"][first : last + 1],
            arrays["text_docs"],
        ),
    )


def _numbers(arrays: Arrays, kind: str, column: int) -> Numbers:
    start, end = arrays[f"{kind}_offsets"][column : column + 2].tolist()
    return Numbers(arrays[f"{kind}s"][start:end], arrays[f"{kind}_docs"][start:end])
