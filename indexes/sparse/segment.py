"""One immutable piece of the sparse index, in memory or mapped from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes._native import LivePostings, Postings, count_postings, merge_postings
from mnemic.indexes.storage import open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse.batch import TermBatch
    from mnemic.indexes.storage import Directory, FileEntry

KIND = "sparse"
VERSION = 1
_DTYPES: Mapping[str, type[np.generic]] = {
    "terms": np.uint8,
    "term_offsets": np.int64,
    "list_offsets": np.int64,
    "documents": np.uint32,
    "frequencies": np.uint32,
    "impacts": np.float32,
    "lengths": np.uint32,
}
_VALUES = ("frequencies", "impacts")


@dataclass(frozen=True, slots=True, eq=False)
class SparseSegment:
    """Inverted lists of local documents ``0..n-1``; made by ``build``, ``merge`` or ``open``.

    Attributes:
        arrays: ``terms`` uint8 and ``term_offsets`` int64 [terms + 1], the dictionary sorted by
            bytes; ``list_offsets`` int64 [terms + 1] into ``documents`` uint32, ascending in each
            list, beside ``frequencies`` uint32 or ``impacts`` float32; ``lengths`` uint32
            [documents], tokens each (distinct terms for impacts).
        name: The file, for messages.
        postings: The checked native view on the arrays.
    """

    arrays: Mapping[str, NDArray[Any]]
    name: str = "a sparse segment in memory"
    postings: Postings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_arrays(self.arrays, self.name)
        given = {name: self.arrays.get(name) for name in _DTYPES}
        for array in self.arrays.values():
            array.flags.writeable = False
        object.__setattr__(self, "postings", Postings(self.name, **given))  # type: ignore[arg-type]

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        return self.postings.document_count

    @property
    def has_impacts(self) -> bool:
        """Whether documents came with weights: ``Impact`` scores them, ``BM25`` the others."""
        return "impacts" in self.arrays

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @classmethod
    def build(cls, batch: TermBatch) -> Self:
        """Count the terms of a batch of documents; O(tokens + terms log terms), without the GIL.

        Raises:
            InvalidInput: Offsets, term numbers or weights are not as ``TermBatch`` says, a term
                stands in the vocabulary twice, or a weighted document is empty.
            LimitExceeded: More than 2^32 - 1 documents, or tokens in one document.
        """
        return cls(count_postings(batch.vocabulary, batch.offsets, batch.terms, batch.weights))

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
        return write_arrays(
            directory, name, kind=KIND, arrays=self.arrays, settings={"version": VERSION}
        )

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
        _check_version(opened.settings.get("version"), entry.name)
        return cls(opened.arrays, entry.name)


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


def _check_version(version: object, name: str) -> None:
    if type(version) is not int or version < 1:
        raise IndexCorrupt(f"{name}: has no version of the postings format")
    if version > VERSION:
        raise FormatTooNew(
            f"{name} has postings of version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )


def _check_arrays(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    values = [key for key in _VALUES if key in arrays]
    if len(values) != 1 or arrays.keys() != (_DTYPES.keys() - {*_VALUES}) | {*values}:
        raise IndexCorrupt(f"{name}: holds arrays {sorted(arrays)}, not those of postings")
    for key, array in arrays.items():
        if array.dtype != np.dtype(_DTYPES[key]) or array.ndim != 1:
            raise IndexCorrupt(f"{name}: array {key!r} is {array.dtype} {array.shape}")
