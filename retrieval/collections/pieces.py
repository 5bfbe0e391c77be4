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
    from mnemic.indexes.storage import Directory, FileEntry
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
        sealed: It is being written to disk as it is, so nothing is joined to it any more.
    """

    keys: KeySegment
    sparse: SparseSegment
    columns: ColumnSegment
    ngrams: PieceNgrams
    live: Bitmap | None = None
    deleted: int = 0
    entry: SegmentEntry | None = None
    unsaved: bool = False
    sealed: bool = False

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

    def is_of(self, other: Piece) -> bool:
        """Whether both hold the same documents, whatever was deleted between them."""
        if self.entry is not None and other.entry is not None:
            return self.entry.id == other.entry.id
        return self.keys is other.keys

    def deleted_since(self, before: Piece) -> NDArray[np.int64]:
        """Ordinals that are deleted in this piece and were not in an earlier form of it."""
        if self.live is None or self.deleted == before.deleted:
            return np.empty(0, np.int64)
        gone = ~to_bool(self.live, self.document_count)
        if before.live is not None:
            gone &= to_bool(before.live, before.document_count)
        return self.keys.ordinals[gone]

    def write(self, directory: Directory, name: str) -> SegmentEntry:
        """Write the files of a new segment; what is deleted in it must have been left out."""
        files = (
            self.keys.save(directory, segment_file_name(name, "keys")),
            self.sparse.save(directory, segment_file_name(name, "sparse")),
            self.columns.save(directory, segment_file_name(name, "columns")),
            self.ngrams.save(directory, segment_file_name(name, NGRAM)),
        )
        return entry_of(name, self.keys.ordinals, files)

    def write_live(self, directory: Directory, generation: int) -> Piece:
        """Write the bitmap of a saved piece where it has changed."""
        if self.entry is None or self.live is None or not (self.unsaved or not self.entry.live):
            return self
        live = write_live(
            directory,
            self.entry.id,
            generation=generation,
            live=self.live,
            documents=self.document_count,
        )
        return replace(
            self, entry=replace(self.entry, live=live, deleted=self.deleted), unsaved=False
        )

    def write_ngrams(self, directory: Directory, generation: int) -> FileEntry:
        """Write the n-grams of a segment that an earlier version saved without them."""
        assert self.entry is not None
        # Nothing else may have the name, should this flush not come to its end.
        name = segment_file_name(self.entry.id, NGRAM, generation=generation)
        return self.ngrams.save(directory, name)

    def with_ngrams(self, directory: Directory, file: FileEntry) -> Piece:
        """The same piece with n-grams that have been written for it."""
        assert self.entry is not None
        entry = replace(self.entry, files=(*self.entry.files, file))
        return replace(self, entry=entry, ngrams=PieceNgrams.open(directory, entry))

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


def entry_of(name: str, ordinals: NDArray[np.int64], files: tuple[FileEntry, ...]) -> SegmentEntry:
    """What a manifest says of a new segment, in which all documents live."""
    return SegmentEntry(
        id=name,
        documents=len(ordinals),
        files=files,
        first_ordinal=int(ordinals[0]),
        last_ordinal=int(ordinals[-1]),
    )


def _ngrams(
    directory: Directory, entry: SegmentEntry, keys: KeySegment, read: ReadTexts
) -> PieceNgrams:
    if ngram_bytes(entry):
        return PieceNgrams.open(directory, entry)
    return PieceNgrams.of_catalogue(keys.ordinals, read)
