"""Rows to columns: gather values by path, then type and sort each column at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.columns.column import (
    NO_DOCS,
    NO_FLOATS,
    NO_INTEGERS,
    NO_TEXTS,
    Column,
    Docs,
    Field,
    Fields,
    Group,
    Numbers,
    Texts,
)
from mnemic.indexes.columns.paths import MAX_PARTS, MAX_PATHS, MAX_TEXT, encoded, indexable

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values with their documents; a type that stands for a kind of JSON value -> such cells.
_Cells: TypeAlias = tuple[list[int], list[Any]]
_Kinds: TypeAlias = dict[type, _Cells]

_EXACT = {bool: bool, int: int, float: float, str: str, dict: dict, list: list, type(None): object}
_GENERAL = ((bool, bool), (int, int), (float, float), (str, str), (Mapping, dict))


def build_fields(rows: Sequence[Mapping[str, Any]]) -> Fields:
    """Index metadata rows; several 100k values/s, next to nothing for empty rows.

    Raises:
        InvalidInput: A value is not of a JSON type, or a key is not a string.
    """
    filled = [(doc, row) for doc, row in enumerate(rows) if row]
    level: _Cells = ([doc for doc, _ in filled], [row for _, row in filled])
    pending = deque([("", 1, level)])
    fields: dict[str, Field] = {}
    complete = True
    while pending:
        prefix, depth, cells = pending.popleft()
        columns = _Columns(prefix, budget=MAX_PATHS - len(fields))
        columns.spread(cells)
        complete = complete and not columns.lost
        for name, (docs, values) in columns.kept.items():
            kinds = _by_kind(docs, values, prefix + name)
            fields[prefix + name] = _field(docs, kinds, prefix + name)
            if dict in kinds and depth < MAX_PARTS:
                pending.append((f"{prefix}{name}.", depth + 1, kinds[dict]))
    return Fields(len(rows), dict(sorted(fields.items())), complete)


class _Columns(dict[str, tuple[Any, Any]]):
    """Key -> the two append methods of its column; an unseen key is admitted or thrown away."""

    def __init__(self, prefix: str, *, budget: int) -> None:
        super().__init__()
        self.kept: dict[str, _Cells] = {}
        self.lost = False
        self._prefix = prefix
        self._budget = budget

    def spread(self, cells: _Cells) -> None:
        """Append every value of every object to its key's column."""
        for doc, row in zip(*cells, strict=True):
            for name, value in row.items():
                add_doc, add_value = self[name]
                add_doc(doc)
                add_value(value)

    def __missing__(self, name: str) -> tuple[Any, Any]:
        if not isinstance(name, str):
            raise InvalidInput(
                f"metadata key {self._prefix}{name!r} is not a string",
                hint="JSON objects have string keys.",
            )
        cells: _Cells = ([], [])
        if indexable(name):
            if len(self.kept) < self._budget:
                self.kept[name] = cells
                self[name] = cells[0].append, cells[1].append
                return self[name]
            self.lost = True
        return cells[0].append, cells[1].append


def _by_kind(docs: list[int], values: list[Any], path: str) -> _Kinds:
    kinds = {kind: _kind(kind, path) for kind in set(map(type, values))}
    if len(kinds) == 1:
        return {kinds.popitem()[1]: (docs, values)}
    cells: _Kinds = {kind: ([], []) for kind in kinds.values()}
    for doc, value in zip(docs, values, strict=True):
        column = cells[kinds[type(value)]]
        column[0].append(doc)
        column[1].append(value)
    return cells


def _kind(kind: type, path: str) -> type:
    if kind in _EXACT:
        return _EXACT[kind]
    for general, exact in (*_GENERAL, (tuple, list)):
        if issubclass(kind, general):
            return exact
    raise InvalidInput(
        f"metadata field {path!r} holds a {kind.__name__}",
        hint="Use strings, numbers, booleans, null, lists and objects.",
    )


def _field(docs: list[int], kinds: _Kinds, path: str) -> Field:
    arrays, lists = kinds.get(list, ([], []))
    values = _column(kinds, present=_docs(docs))
    if not arrays:
        return Field(values, Column())
    owners = np.repeat(_docs(arrays), [len(array) for array in lists]).tolist()
    elements = list(chain.from_iterable(lists))
    return Field(values, _column(_by_kind(owners, elements, path), present=NO_DOCS))


def _column(kinds: _Kinds, *, present: Docs) -> Column:
    truths = _by_truth(kinds[bool]) if bool in kinds else (NO_DOCS, NO_DOCS)
    integers, huge = _integers(kinds[int]) if int in kinds else (NO_INTEGERS, NO_DOCS)
    floats, odd = _floats(kinds[float]) if float in kinds else (NO_FLOATS, NO_DOCS)
    texts, long = _texts(kinds[str]) if str in kinds else (NO_TEXTS, NO_DOCS)
    groups = {
        Group.PRESENT: present,
        Group.NULL: _docs(kinds[object][0]) if object in kinds else NO_DOCS,
        Group.TRUE: truths[0],
        Group.FALSE: truths[1],
        Group.LONG_TEXT: long,
        Group.ODD_NUMBER: np.union1d(huge, odd),
    }
    return Column(tuple(groups[group] for group in Group), integers, floats, texts)


def _docs(docs: list[int]) -> Docs:
    return np.array(docs, np.uint32)


def _by_truth(cells: _Cells) -> tuple[Docs, Docs]:
    docs, truth = _docs(cells[0]), np.array(cells[1], np.bool_)
    return docs[truth], docs[~truth]


def _integers(cells: _Cells) -> tuple[Numbers, Docs]:
    docs, values = _docs(cells[0]), cells[1]
    try:
        return _sorted(np.array(values, np.int64), docs), NO_DOCS
    except OverflowError:
        fits = np.array([-(2**63) <= value < 2**63 for value in values], np.bool_)
        kept = np.array([value for value, fit in zip(values, fits, strict=True) if fit], np.int64)
        return _sorted(kept, docs[fits]), docs[~fits]


def _floats(cells: _Cells) -> tuple[Numbers, Docs]:
    docs, values = _docs(cells[0]), np.array(cells[1], np.float64)
    finite = np.isfinite(values)
    return _sorted(values[finite], docs[finite]), docs[~finite]


def _sorted(values: NDArray[np.int64] | NDArray[np.float64], docs: Docs) -> Numbers:
    order = np.argsort(values, kind="stable")
    return Numbers(values[order], docs[order])


def _texts(cells: _Cells) -> tuple[Texts, Docs]:
    docs = _docs(cells[0])
    codes: dict[str, int] = {}
    entries = np.array([codes.setdefault(word, len(codes)) for word in cells[1]], np.int64)
    words: list[bytes] = []
    rank = np.full(len(codes), -1, np.int64)
    for word in sorted(codes):
        data = encoded(word) if len(word) <= MAX_TEXT else None
        if data is not None and len(data) <= MAX_TEXT:
            rank[codes[word]] = len(words)
            words.append(data)
    ranks = rank[entries]
    kept = ranks >= 0
    return texts_of(words, ranks[kept], docs[kept]), docs[~kept]


def texts_of(words: list[bytes], entries: NDArray[np.int64], docs: Docs) -> Texts:
    """A dictionary from its sorted strings and (string number, document) pairs in any order."""
    bounds = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in words], out=bounds[1:])
    postings = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.bincount(entries, minlength=len(words)), out=postings[1:])
    order = np.argsort(entries, kind="stable")
    return Texts(np.frombuffer(b"".join(words), np.uint8), bounds, postings, docs[order])
