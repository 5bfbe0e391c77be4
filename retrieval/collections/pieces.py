"""One set of documents under every index kind of a collection, in memory or on disk.

Local document ``i`` is the same document in the keys, the postings, the columns and the n-grams. A
piece never changes; deleting gives a new piece that shares all arrays but the bitmap.
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
from mnemic.retrieval.collections.ngrams import KIND as NGRAM
from mnemic.retrieval.collections.ngrams import PieceNgrams, indexed, ngram_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import LiveNgrams
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.ngrams import ReadTexts
    from mnemic.types import Document

KILOBYTE = 1024


@dataclass(frozen=True)
class Piece:
    """A segment of a collection.

    Attributes:
        keys: Ordinals and ids.
        sparse: Postings of title and text.
        columns: Metadata for filters.
        ngrams: Every substring of title and text; made when it is first needed.
        live: Bitmap of the documents that are not deleted; ``None`` when all live.
        deleted: Number of cleared bits.
        entry: Its place in the manifest; ``None`` while it is only in memory.
        unsaved: The bitmap has changed since the manifest was written.
    """

    keys: KeySegment
    sparse: SparseSegment
    columns: ColumnSegment
    ngrams: PieceNgrams
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
            PieceNgrams.of_texts([indexed(item) for item in documents]),
        )

    @classmethod
    def merge(cls, pieces: Sequence[Piece]) -> Self:
        """Join pieces in order, in memory, leaving out what is deleted."""
        return cls(
            KeySegment.merge([(piece.keys, piece.live) for piece in pieces]),
            SparseSegment.merge([(piece.sparse, piece.live) for piece in pieces]),
            ColumnSegment.merge([(piece.columns, piece.live) for piece in pieces]),
            PieceNgrams.merge([(piece.ngrams, piece.live) for piece in pieces]),
        )

    @property
    def document_count(self) -> int:
        """Documents, deleted ones included."""
        return self.keys.document_count

    @property
    def live_count(self) -> int:
        """Documents that searches can find."""
        return self.document_count - self.deleted

    @property
    def size(self) -> int:
        """What merges go by: live documents, but long ones count as one for each kilobyte."""
        return max(self.live_count, self.ngrams.size // KILOBYTE)

    @cached_property
    def searchable(self) -> LiveSegment:
        """What the sparse index reads of it; kept, since it remembers live frequencies."""
        return LiveSegment(self.sparse, self.keys.ordinals, self.live)

    @cached_property
    def substrings(self) -> LiveNgrams:
        """What the n-gram index reads of it; the first use makes or checks it.

        Raises:
            IndexCorrupt: The file is damaged.
        """
        return self.ngrams.live(self.keys.ordinals, self.live)

    def without(self, ordinals: NDArray[np.int64]) -> Piece:
        """The same piece with more documents deleted; those that are elsewhere are ignored."""
        rows = self.keys.rows(ordinals)
        live = full(self.document_count) if self.live is None else self.live
        rows = rows[to_bool(live, self.document_count)[rows]]
        if not len(rows):
            return self
        return replace(self, live=clear(live, rows), deleted=self.deleted + len(rows), unsaved=True)

    def save(self, directory: Directory, generation: int) -> Piece:
        """Write the files that the manifest will name: all for a new piece, else what it lacks."""
        if self.entry is not None and not self.unsaved and self.ngrams.stored:
            return self
        entry = self.entry or self._save_segment(directory, new_segment_id(generation))
        if not ngram_bytes(entry):
            # Nothing else may have the name, should this flush not come to its end.
            name = segment_file_name(entry.id, NGRAM, generation=generation)
            entry = replace(entry, files=(*entry.files, self.ngrams.save(directory, name)))
        if self.live is not None and (self.unsaved or entry.live is None):
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
            self.ngrams.save(directory, segment_file_name(name, NGRAM)),
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
    def open(
        cls,
        directory: Directory,
        entry: SegmentEntry,
        read: ReadTexts,
        *,
        known: PieceNgrams | None = None,
    ) -> Self:
        """Map a piece that a manifest names.

        Args:
            directory: Where its files are.
            entry: What the manifest says.
            read: Gives the documents' bytes, should an earlier version have written no n-grams.
            known: Its n-grams, if they are open already.

        Raises:
            IndexCorrupt: A file is missing or damaged; of the n-grams, only what is seen without
                reading all of it.
            FormatTooNew: A newer version wrote one.
        """
        keys = KeySegment.open(directory, entry.file("keys"))
        piece = cls(
            keys,
            SparseSegment.open(directory, entry.file("sparse")),
            ColumnSegment.open(directory, entry.file("columns")),
            known or _ngrams(directory, entry, keys, read),
            open_live(directory, entry),
            entry.deleted,
            entry,
        )
        parts = (piece.keys, piece.sparse, piece.columns)
        if any(part.document_count != entry.documents for part in parts):
            raise IndexCorrupt(f"the files of segment {entry.id} hold different documents")
        return piece


def _ngrams(
    directory: Directory, entry: SegmentEntry, keys: KeySegment, read: ReadTexts
) -> PieceNgrams:
    if ngram_bytes(entry):
        return PieceNgrams.open(directory, entry)
    return PieceNgrams.of_catalogue(keys.ordinals, read)
