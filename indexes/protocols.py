"""What every index can do, read apart from write, capability apart from basis.

An index value is an immutable view over segments. Searching never changes it, and writers never
touch what a reader holds: they make new segments and a new view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.storage import Directory, FileEntry
    from mnemic.types import TopK

Bitmap: TypeAlias = NDArray[np.uint8]
"""Packed bits, bit ``i & 7`` of byte ``i >> 3`` for local document ``i`` (little bit order)."""


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index holds and costs.

    Attributes:
        documents: Live documents.
        deleted: Tombstoned documents that a merge has not reclaimed yet.
        segments: Number of segments.
        bytes: Size of their files, or of their arrays where they are in memory.
    """

    documents: int
    deleted: int
    segments: int
    bytes: int


QueriesT_contra = TypeVar("QueriesT_contra", contravariant=True)
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


@runtime_checkable
class Index(Protocol[QueriesT_contra]):
    """The read side: an immutable view that answers batches of queries."""

    def search(
        self, queries: QueriesT_contra, k: int, *, allowed: Sequence[Bitmap | None] | None = None
    ) -> TopK:
        """The exact top ``k`` live documents of each query.

        Args:
            queries: A batch in the index kind's own form.
            k: Most hits per query; 0 gives none, more than there are gives all that match.
            allowed: One bitmap per segment (``None`` allows the whole segment), applied during
                the search, so that exactly the best ``k`` allowed documents come back.

        Returns:
            Internal ids and scores, ragged; ties break by insertion order.

        Raises:
            InvalidInput: ``k`` is negative, or ``allowed`` does not fit the segments.
        """
        ...

    def stats(self) -> IndexStats:
        """Counts and sizes, O(segments)."""
        ...


@runtime_checkable
class Segment(Protocol[BatchT_contra]):
    """The write side: an immutable piece of an index over local documents ``0..n-1``."""

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        ...

    @classmethod
    def build(cls, batch: BatchT_contra) -> Self:
        """Make a segment in memory from a batch of documents."""
        ...

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping only the documents whose bit is set."""
        ...

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write the segment as one checksummed file, durable when it returns."""
        ...

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry) -> Self:
        """Map a saved segment.

        Raises:
            IndexCorrupt: The bytes are not those that were written.
            FormatTooNew: A newer version wrote them.
        """
        ...


@runtime_checkable
class SupportsCount(Protocol):
    """Exact substring counting and locating; only the n-gram index has it."""

    def count(self, pattern: bytes) -> int:
        """Occurrences of a byte pattern in the live documents."""
        ...

    def locate(self, pattern: bytes, limit: int) -> list[tuple[int, int]]:
        """``(internal id, byte offset)`` of up to ``limit`` occurrences."""
        ...
