"""One immutable piece of the sparse index, in memory or mapped from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes._native import LivePostings, Postings, count_postings, merge_postings
from mnemic.indexes.arguments import check_type
from mnemic.indexes.sparse.batch import check_batch
from mnemic.indexes.sparse.version_1 import check_arrays, compressed
from mnemic.indexes.storage import open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse.batch import TermBatch
    from mnemic.indexes.storage import Directory, FileEntry

KIND = "sparse"
VERSION = 2
_DTYPES: Mapping[str, type[np.generic]] = {
    "terms": np.uint8,
    "term_offsets": np.int64,
    "list_offsets": np.int64,
    "lists": np.uint8,
    "impact_lists": np.uint8,
    "lengths": np.uint32,
}
_LISTS = ("lists", "impact_lists")


@dataclass(frozen=True, slots=True, eq=False)
class SparseSegment:
    """Inverted lists of local documents ``0..n-1``; made by ``build``, ``merge`` or ``open``.

    Attributes:
        arrays: ``terms`` uint8, the dictionary sorted by bytes and front-coded in groups of 16;
            ``term_offsets`` and ``list_offsets`` int64 [groups + 1] into it and into ``lists``
            uint8, the compressed postings with frequencies (``impact_lists`` with weights);
            ``lengths`` uint32 [documents], tokens each (distinct terms for impacts).
        name: The file, for messages.
        postings: The checked native view on the arrays.
    """

    arrays: Mapping[str, NDArray[Any]]
    name: str = "a sparse segment in memory"
    postings: Postings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_arrays(self.arrays, self.name)
        given = {name: self.arrays[name] for name in _DTYPES.keys() - {*_LISTS}}
        given["lists"] = self.arrays[_LISTS[self.has_impacts]]
        for array in self.arrays.values():
            array.flags.writeable = False
        native = Postings(self.name, has_impacts=self.has_impacts, **given)
        object.__setattr__(self, "postings", native)

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        return self.postings.document_count

    @property
    def has_impacts(self) -> bool:
        """Whether documents came with weights: ``Impact`` scores them, ``BM25`` the others."""
        return "impact_lists" in self.arrays

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @classmethod
    def build(cls, batch: TermBatch) -> Self:
        """Count the terms of a batch of documents; O(tokens + terms log terms), without the GIL.

        Raises:
            InvalidInput: It is no ``TermBatch``, offsets, term numbers or weights are not as
                that says, a term stands in the vocabulary twice, or a weighted document is empty.
            LimitExceeded: More than 2^32 - 1 documents, or tokens in one document.
        """
        check_batch("batch", batch)
        return cls(count_postings(*batch.frozen()))

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping the documents whose bit is set (``None`` keeps all).

        The result is what ``build`` makes of the kept documents, array for array. O(postings),
        without the GIL; beside the result it needs 4 bytes per document.

        Raises:
            InvalidInput: A bitmap does not fit, or frequencies and impacts meet.
        """
        for segment, keep in parts:
            check_bitmap("keep", keep, segment.document_count)
        segments, keeps = [part.postings for part, _ in parts], [keep for _, keep in parts]
        return cls(merge_postings(segments, keeps))

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file of kind ``sparse``, durable when it returns."""
        arrays = {**self.arrays, "lengths": _narrowed(self.arrays["lengths"])}
        settings = {"version": VERSION}
        return write_arrays(directory, name, kind=KIND, arrays=arrays, settings=settings)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry, *, verify: bool = True) -> Self:
        """Map a saved segment; its arrays are views into the file.

        The structure is checked in any case, so that no content can lead a search astray;
        O(postings), some milliseconds per million.

        Args:
            directory: Where it was saved.
            entry: What ``save`` returned.
            verify: Hash every section.

        Raises:
            IndexCorrupt: The bytes are not those that were written, or are not postings.
            FormatTooNew: A newer version wrote them.
        """
        opened = open_arrays(directory, entry, kind=KIND, verify=verify)
        version = _checked_version(opened.settings.get("version"), entry.name)
        arrays = opened.arrays
        return cls(compressed(arrays, entry.name) if version == 1 else _widened(arrays), entry.name)


@dataclass(frozen=True, slots=True, eq=False)
class LiveSegment:
    """A segment as a snapshot sees it. Reuse the value while nothing in it changes.

    It remembers how many live documents have a term, so a value that lives on answers faster.

    Attributes:
        segment: The postings.
        ordinals: int64 [documents], ascending: the internal ids that a search returns. Kept, not
            copied: the array must not change any more.
        live: Which documents are not deleted; ``None`` when all are live. Copied.

    Raises:
        InvalidInput: Ordinals or bitmap do not fit the segment.
    """

    segment: SparseSegment
    ordinals: NDArray[np.int64]
    live: Bitmap | None = None
    native: LivePostings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_type("segment", self.segment, SparseSegment)
        ordinals = self.ordinals
        if not isinstance(ordinals, np.ndarray) or ordinals.dtype != np.int64 or ordinals.ndim != 1:
            raise InvalidInput("ordinals is not a NumPy array of int64 [documents]")
        check_bitmap("live", self.live, self.segment.document_count)
        live = None if self.live is None else self.live.copy()
        if live is not None:
            live.flags.writeable = False
        object.__setattr__(self, "live", live)
        object.__setattr__(self, "ordinals", np.ascontiguousarray(ordinals))
        native = LivePostings(self.segment.postings, self.ordinals, live)
        object.__setattr__(self, "native", native)


def check_bitmap(name: str, bitmap: Bitmap | None, documents: int) -> None:
    """Refuse what is not ``None`` or a contiguous uint8 [ceil(documents / 8)].

    Raises:
        InvalidInput: It is something else.
    """
    if bitmap is None:
        return
    if not isinstance(bitmap, np.ndarray) or bitmap.dtype != np.uint8:
        raise InvalidInput(f"{name} is not a bitmap: a NumPy array of uint8")
    if bitmap.shape != (-(-documents // 8),) or not bitmap.flags.c_contiguous:
        raise InvalidInput(
            f"{name} has shape {bitmap.shape} where {documents} documents need "
            f"{-(-documents // 8)} contiguous bytes"
        )


def _narrowed(lengths: NDArray[np.uint32]) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """In files, lengths take two bytes each where that is enough."""
    most = lengths.max(initial=0)
    return lengths.astype(np.uint16) if most <= np.iinfo(np.uint16).max else lengths


def _widened(arrays: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
    lengths = arrays.get("lengths")
    if lengths is None or lengths.dtype != np.uint16:
        return arrays
    return {**arrays, "lengths": lengths.astype(np.uint32)}


def _checked_version(version: object, name: str) -> int:
    if type(version) is not int or version < 1:
        raise IndexCorrupt(f"{name}: has no version of the postings format")
    if version > VERSION:
        raise FormatTooNew(
            f"{name} has postings of version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )
    return version


def _check_arrays(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    lists = [key for key in _LISTS if key in arrays]
    wanted = {key: _DTYPES[key] for key in _DTYPES if key not in _LISTS or key in lists}
    check_arrays(arrays, wanted, name)
    if len(lists) != 1:
        raise IndexCorrupt(f"{name}: holds arrays {sorted(arrays)}, not those of postings")
