"""Join columns of several segments without their rows, keeping some documents of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from mnemic.indexes.columns.building import texts_of
from mnemic.indexes.columns.column import NO_DOCS, Column, Docs, Field, Fields, Group, Numbers
from mnemic.indexes.columns.paths import MAX_PATHS
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.columns.column import Texts
    from mnemic.indexes.protocols import Bitmap

_GONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    fields: Fields
    # int64 [documents]: the document's number after the merge, or _GONE.
    targets: NDArray[np.int64]

    def kept(self, docs: Docs) -> tuple[Docs, NDArray[np.bool_]]:
        moved = self.targets[docs]
        kept = moved >= 0
        return moved[kept].astype(np.uint32), kept


def merge_fields(parts: Sequence[tuple[Fields, Bitmap | None]]) -> Fields:
    """The fields of the kept documents, renumbered in order; equal to building from their rows.

    O(postings + distinct strings). A path that one part left out because of the cap stays left
    out while that part still has a document here.

    Raises:
        InvalidInput: A bitmap has not one bit for each document of its part.
    """
    documents = 0
    alive: list[_Part] = []
    for fields, keep in parts:
        mask = _mask(fields.documents, keep)
        targets = np.where(mask, np.cumsum(mask) - 1 + documents, _GONE)
        count = int(np.count_nonzero(mask))
        documents += count
        if count:
            alive.append(_Part(fields, targets))
    merged = {path: _merge_field(alive, path) for path in _paths(alive)}
    filled = {path: field for path, field in merged.items() if len(field.values.groups[0])}
    complete = all(part.fields.complete for part in alive) and len(filled) <= MAX_PATHS
    return Fields(documents, _capped(filled), complete)


def _mask(documents: int, keep: Bitmap | None) -> NDArray[np.bool_]:
    return np.ones(documents, np.bool_) if keep is None else bitmaps.to_bool(keep, documents)


def _paths(parts: Sequence[_Part]) -> list[str]:
    everywhere = sorted({path for part in parts for path in part.fields.fields})
    partial = [part.fields.fields for part in parts if not part.fields.complete]
    return [path for path in everywhere if all(path in fields for fields in partial)]


def _capped(fields: dict[str, Field]) -> dict[str, Field]:
    if len(fields) <= MAX_PATHS:
        return fields
    by_use = sorted(fields, key=lambda path: (-len(fields[path].values.groups[0]), path))
    return {path: fields[path] for path in sorted(by_use[:MAX_PATHS])}


def _merge_field(parts: Sequence[_Part], path: str) -> Field:
    found = [(part, part.fields.fields[path]) for part in parts if path in part.fields.fields]
    return Field(
        _merge_column([(part, field.values) for part, field in found]),
        _merge_column([(part, field.elements) for part, field in found]),
    )


def _merge_column(sides: Sequence[tuple[_Part, Column]]) -> Column:
    return Column(
        tuple(
            _joined([part.kept(column.groups[group])[0] for part, column in sides])
            for group in Group
        ),
        _merge_numbers([(part, column.integers) for part, column in sides]),
        _merge_numbers([(part, column.floats) for part, column in sides]),
        _merge_texts([(part, column.texts) for part, column in sides]),
    )


def _joined(docs: list[Docs]) -> Docs:
    return np.concatenate(docs) if docs else NO_DOCS


def _merge_numbers(sides: Sequence[tuple[_Part, Numbers]]) -> Numbers:
    values, docs = [], []
    for part, numbers in sides:
        moved, kept = part.kept(numbers.docs)
        docs.append(moved)
        values.append(numbers.values[kept])
    joined = cast("NDArray[np.int64]", np.concatenate(values))
    order = np.argsort(joined, kind="stable")
    return Numbers(joined[order], np.concatenate(docs)[order])


def _merge_texts(sides: Sequence[tuple[_Part, Texts]]) -> Texts:
    words: list[list[bytes]] = []
    docs: list[Docs] = []
    entries: list[NDArray[np.int64]] = []
    for part, texts in sides:
        moved, kept = part.kept(texts.holders(0, len(texts)))
        numbers = np.repeat(np.arange(len(texts)), np.diff(texts.postings))[kept]
        used = np.unique(numbers)
        known = texts.words()
        words.append([known[number] for number in used.tolist()])
        entries.append(np.searchsorted(used, numbers))
        docs.append(moved)
    union = sorted({word for known in words for word in known})
    place = {word: number for number, word in enumerate(union)}
    ranks = [
        np.array([place[word] for word in known], np.int64)[numbers]
        for known, numbers in zip(words, entries, strict=True)
    ]
    return texts_of(union, np.concatenate(ranks), np.concatenate(docs))
