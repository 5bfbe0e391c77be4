"""One set of documents under every index kind of a collection, in memory or on disk.

Local document ``i`` is the same document in the keys, the postings and the columns. A piece never
changes; deleting gives a new piece that shares all arrays but the bitmap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.indexes.columns import ColumnSegment
from mnemic.indexes.keys import KeyBatch, KeySegment
from mnemic.indexes.sparse import LiveSegment, SparseSegment
from mnemic.indexes.storage import (
    SegmentEntry,
    new_segment_id,
    open_live,
    segment_file_name,
    write_live,
)
from mnemic.indexes.storage.bitmaps import clear, full, to_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.types import Document


@dataclass(frozen=True)
class Piece:
    """A segment of a collection.

    Attributes:
        keys: Ordinals and ids.
        sparse: Postings of title and text.
        columns: Metadata for filters.
        live: Bitmap of the documents that are not deleted; ``None`` when all live.
        deleted: Number of cleared bits.
        entry: Its place in the manifest; ``None`` while it is only in memory.
        unsaved: The bitmap has changed since the manifest was written.
    """

    keys: KeySegment
    sparse: SparseSegment
    columns: ColumnSegment
    live: Bitmap | None = None
    deleted: int = 0
    entry: SegmentEntry | None = None
    unsaved: bool = False

    @classmethod
    def build(
        cls, ordinals: Sequence[int], documents: Sequence[Document], analyzer: Analyzer
    ) -> Self:
        """Analyse and index documents in memory."""
        texts = [f"{item.title} {item.text}" if item.title else item.text for item in documents]
        return cls(
            KeySegment.build(KeyBatch(np.array(ordinals, np.int64), [d.id for d in documents])),
            SparseSegment.build(analyzer.analyze_batch(texts)),
            ColumnSegment.build([item.metadata for item in documents]),
        )

    @classmethod
    def merge(cls, pieces: Sequence[Piece]) -> Self:
        """Join pieces in order, in memory, leaving out what is deleted."""
        return cls(
            KeySegment.merge([(piece.keys, piece.live) for piece in pieces]),
            SparseSegment.merge([(piece.sparse, piece.live) for piece in pieces]),
            ColumnSegment.merge([(piece.columns, piece.live) for piece in pieces]),
        )

    @property
    def document_count(self) -> int:
        """Documents, deleted ones included."""
        return self.keys.document_count

    @property
    def live_count(self) -> int:
        """Documents that searches can find."""
        return self.document_count - self.deleted

    @cached_property
    def searchable(self) -> LiveSegment:
        """What the sparse index reads of it; kept, since it remembers live frequencies."""
        return LiveSegment(self.sparse, self.keys.ordinals, self.live)

    def without(self, ordinals: NDArray[np.int64]) -> Piece:
        """The same piece with more documents deleted; those that are elsewhere are ignored."""
        rows = self.keys.rows(ordinals)
        live = full(self.document_count) if self.live is None else self.live
        rows = rows[to_bool(live, self.document_count)[rows]]
        if not len(rows):
            return self
        return replace(self, live=clear(live, rows), deleted=self.deleted + len(rows), unsaved=True)

    def save(self, directory: Directory, generation: int) -> Piece:
        """Write the files that the manifest will name: all for a new piece, else the bitmap."""
        if self.entry is not None and not self.unsaved:
            return self
        entry = self.entry or self._save_segment(directory, new_segment_id(generation))
        if self.live is not None:
            live = write_live(
                directory,
                entry.id,
                generation=generation,
                live=self.live,
                documents=self.document_count,
            )
            entry = replace(entry, live=live, deleted=self.deleted)
        return replace(self, entry=entry, unsaved=False)

    def _save_segment(self, directory: Directory, name: str) -> SegmentEntry:
        files = (
            self.keys.save(directory, segment_file_name(name, "keys")),
            self.sparse.save(directory, segment_file_name(name, "sparse")),
            self.columns.save(directory, segment_file_name(name, "columns")),
        )
        return SegmentEntry(
            id=name,
            documents=self.document_count,
            files=files,
            live=None,
            deleted=0,
            first_ordinal=int(self.keys.ordinals[0]),
            last_ordinal=int(self.keys.ordinals[-1]),
        )

    @classmethod
    def open(cls, directory: Directory, entry: SegmentEntry) -> Self:
        """Map a piece that a manifest names.

        Raises:
            IndexCorrupt: A file is missing or damaged.
            FormatTooNew: A newer version wrote one.
        """
        piece = cls(
            KeySegment.open(directory, entry.file("keys")),
            SparseSegment.open(directory, entry.file("sparse")),
            ColumnSegment.open(directory, entry.file("columns")),
            open_live(directory, entry),
            entry.deleted,
            entry,
        )
        parts = (piece.keys, piece.sparse, piece.columns)
        if any(part.document_count != entry.documents for part in parts):
            raise IndexCorrupt(f"the files of segment {entry.id} hold different documents")
        return piece
