"""Which documents a vector segment holds, and where in their texts its passages stand.

Vectors are made later than the lexical pieces, and may be cut into other segments: this file is
what ties row ``i`` of a segment of vectors to a document and to a span of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.storage import open_arrays, write_arrays
from mnemic.indexes.storage.bitmaps import from_bool, to_bool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry

KIND = "spans"
VERSION = 1
MAX_PASSAGES = 2**32 - 1
_TYPES: dict[str, type[np.integer[Any]]] = {
    "ordinals": np.int64,
    "offsets": np.int64,
    "starts": np.uint32,
    "ends": np.uint32,
}


@dataclass(frozen=True, slots=True, eq=False)
class SpanBatch:
    """Documents and their passages, each in order, as they were encoded.

    Attributes:
        ordinals: int64 [documents], strictly ascending.
        offsets: int64 [documents + 1]: document ``i`` has the passages from ``offsets[i]`` to
            ``offsets[i + 1]``, possibly none.
        starts: Any integers [passages] below 2^32, the first character of each passage.
        ends: Likewise, the character after its last; equal to the start where only the title was
            encoded.
    """

    ordinals: NDArray[np.int64]
    offsets: NDArray[np.int64]
    starts: NDArray[np.integer[Any]]
    ends: NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class SpanSegment:
    """The passages of one vector segment; made by ``build``, ``merge`` or ``open``.

    Attributes:
        ordinals: int64 [documents], strictly ascending.
        offsets: int64 [documents + 1], the passages of each document.
        starts: uint32 [passages], the first character of each passage.
        ends: uint32 [passages], the character after its last.
    """

    ordinals: NDArray[np.int64]
    offsets: NDArray[np.int64]
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones and those without a passage included."""
        return len(self.ordinals)

    @property
    def passage_count(self) -> int:
        """Passages of all of them."""
        return len(self.starts)

    @property
    def owners(self) -> NDArray[np.uint32]:
        """uint32 [passages], the local document of each passage; O(passages), made when asked."""
        return np.repeat(np.arange(self.document_count, dtype=np.uint32), np.diff(self.offsets))

    @classmethod
    def build(cls, batch: SpanBatch) -> Self:
        """Check and copy a batch; O(documents + passages).

        Raises:
            InvalidInput: Ordinals or offsets do not ascend, the arrays do not fit together, or a
                passage ends before it starts or after character 2^32 - 1.
        """
        given = {name: np.asarray(getattr(batch, name)) for name in _TYPES}
        for name, array in given.items():
            _check_whole(name, array, _TYPES[name])
        arrays: dict[str, NDArray[Any]] = {
            name: array.astype(_TYPES[name]) for name, array in given.items()
        }
        if fault := _fault(arrays):
            raise InvalidInput(f"spans: {fault}")
        return cls(**arrays)

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping the documents whose bit is set, with all their passages.

        O(documents + passages). No parts make an empty segment.

        Raises:
            InvalidInput: A bitmap does not cover its segment's documents, or the documents of a
                part do not come after those of the parts before it.
        """
        kept = [part._keep(bitmap) for part, bitmap in parts]
        counts = [np.zeros(1, np.int64), *(np.diff(part.offsets) for part in kept)]
        none = np.empty(0, np.uint32)
        return cls.build(
            SpanBatch(
                np.concatenate([np.empty(0, np.int64), *(part.ordinals for part in kept)]),
                np.cumsum(np.concatenate(counts)),
                np.concatenate([none, *(part.starts for part in kept)]),
                np.concatenate([none, *(part.ends for part in kept)]),
            )
        )

    def _keep(self, bitmap: Bitmap | None) -> Self:
        if bitmap is None:
            return self
        mask, counts = to_bool(bitmap, self.document_count), np.diff(self.offsets)
        offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), counts[mask]]))
        passages = np.repeat(mask, counts)
        return type(self)(self.ordinals[mask], offsets, self.starts[passages], self.ends[passages])

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file of kind ``spans``, durable when it returns."""
        settings = {"version": VERSION}
        return write_arrays(directory, name, kind=KIND, arrays=self._arrays(), settings=settings)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry) -> Self:
        """Map a saved segment; its arrays are views into the file.

        Raises:
            IndexCorrupt: The file is damaged, or its arrays do not fit together.
            FormatTooNew: A newer version wrote it.
        """
        opened = open_arrays(directory, entry, kind=KIND)
        _check_version(entry.name, opened.settings.get("version"))
        if opened.arrays.keys() != _TYPES.keys():
            raise IndexCorrupt(f"{entry.name}: holds arrays {sorted(opened.arrays)}, not spans")
        if fault := _fault(opened.arrays):
            raise IndexCorrupt(f"{entry.name}: {fault}")
        return cls(**opened.arrays)

    def rows(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Local numbers of those documents that are here; the others are left out.

        O(n log documents), in the order of ``ordinals``.
        """
        places = np.searchsorted(self.ordinals, ordinals)
        inside = places < len(self.ordinals)
        places, wanted = places[inside], ordinals[inside]
        return np.asarray(places[self.ordinals[places] == wanted], np.int64)

    def passage_mask(self, live: Bitmap | None) -> Bitmap | None:
        """A set of documents as the set of their passages; ``None`` stays the set of all.

        Raises:
            InvalidInput: The bitmap is not one over the segment's documents.
        """
        if live is None:
            return None
        mask = to_bool(live, self.document_count)
        return from_bool(np.repeat(mask, np.diff(self.offsets)))

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _TYPES}


def _check_whole(name: str, array: NDArray[Any], wanted: type[np.integer[Any]]) -> None:
    limits = np.iinfo(wanted)
    if array.dtype.kind not in "iu" and array.size:
        raise InvalidInput(f"spans: {name} is {array.dtype}, not of whole numbers")
    if array.size and not limits.min <= int(array.min()) <= int(array.max()) <= limits.max:
        raise InvalidInput(f"spans: {name} holds numbers outside {limits.min} to {limits.max}")


def _check_version(name: str, version: object) -> None:
    if type(version) is not int or version < 1:
        raise IndexCorrupt(f"{name}: has no version of the span format")
    if version > VERSION:
        raise FormatTooNew(
            f"{name} has spans of version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )


def _fault(arrays: Mapping[str, NDArray[Any]]) -> str | None:
    """What is wrong with arrays of spans, if anything is; O(documents + passages)."""
    for name, wanted in _TYPES.items():
        if arrays[name].dtype != np.dtype(wanted) or arrays[name].ndim != 1:
            return f"array {name!r} is {arrays[name].dtype} {arrays[name].shape}"
    ordinals, offsets, starts, ends = (arrays[name] for name in _TYPES)
    if np.any(ordinals[1:] <= ordinals[:-1]):
        return "ordinals do not ascend"
    if len(offsets) != len(ordinals) + 1 or len(starts) != len(ends):
        return f"{len(offsets)} offsets, {len(starts)} starts and {len(ends)} ends do not fit"
    falls = bool(np.any(offsets[1:] < offsets[:-1]))
    if falls or offsets[0] != 0 or offsets[-1] != len(starts) or len(starts) > MAX_PASSAGES:
        return f"offsets do not lead from 0 to {len(starts)}"
    short = np.flatnonzero(ends < starts)
    return f"passage {short[0]} ends before it starts" if len(short) else None
