"""The n-gram index of a piece: made, joined or read when it is first needed.

Adding keeps only the bytes of the documents. A segment of n-grams takes far longer to make than
the rest of a piece, so it is made when somebody asks for substrings, or for the disk.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.indexes.ngram import MERGED_SYMBOLS, LiveNgrams, NgramSegment, SymbolBatch
from mnemic.indexes.storage import RamDirectory, open_arrays
from mnemic.indexes.storage.bitmaps import to_bool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry, SegmentEntry
    from mnemic.types import Document

    ReadTexts: TypeAlias = Callable[[NDArray[np.int64]], list[bytes]]
    """Gives what ``indexed`` makes of documents by their ordinals; nothing of those deleted."""

KIND = "ngram"
BOUNDARY = b"\xff"
"""Stands between title and text. It is in no UTF-8, so nothing matches across it."""


def indexed(document: Document) -> bytes:
    """The bytes of a document in which substrings are looked for."""
    text = document.text.encode()
    return document.title.encode() + BOUNDARY + text if document.title else text


def ngram_bytes(entry: SegmentEntry) -> int:
    """Size of a segment's n-grams on disk; 0 where an earlier version wrote none."""
    return sum(file.size for file in entry.files if file.kind == KIND)


class PieceNgrams:
    """The n-grams of the documents of one piece; safe to share among threads.

    Args:
        make: Makes the segment, once.
        size: About how many bytes the documents have.
        texts: The bytes of the documents, where they are in memory anyway.
        stored: Whether the segment is a file.
    """

    def __init__(
        self,
        make: Callable[[], NgramSegment],
        *,
        size: int = 0,
        texts: tuple[bytes, ...] | None = None,
        stored: bool = False,
    ) -> None:
        self.size = size
        self.stored = stored
        self._texts = texts
        self._make: Callable[[], NgramSegment] | None = make
        self._segment: NgramSegment | None = None
        self._live: LiveNgrams | None = None
        self._lock = RLock()

    @classmethod
    def of_texts(cls, texts: Sequence[bytes]) -> Self:
        """Of documents in memory; O(1)."""
        kept = tuple(texts)
        size = sum(map(len, kept))

        def build() -> NgramSegment:
            return NgramSegment.build(SymbolBatch.of_bytes(kept), block_symbols=MERGED_SYMBOLS)

        return cls(build, size=size, texts=kept)

    @classmethod
    def of_catalogue(cls, ordinals: NDArray[np.int64], read: ReadTexts) -> Self:
        """Of documents that an earlier version wrote to disk without n-grams."""

        def build() -> NgramSegment:
            texts = SymbolBatch.of_bytes(read(ordinals))
            return NgramSegment.build(texts, block_symbols=MERGED_SYMBOLS)

        return cls(build)

    @classmethod
    def open(cls, directory: Directory, entry: SegmentEntry) -> Self:
        """Map a file; its bytes are compared with their checksums when it is first needed.

        Raises:
            IndexCorrupt: The file is missing, or is not the one that was written.
            FormatTooNew: A newer version wrote it.
        """
        file = entry.file(KIND)
        open_arrays(directory, file, kind=KIND, verify=False)
        kept = _Kept(directory, file)
        return cls(lambda: _checked(kept, entry), size=file.size, stored=True)

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join in order what is kept; O(documents) in memory, and files when it is needed."""
        texts = [part._kept(keep) for part, keep in parts]
        if all(each is not None for each in texts):
            return cls.of_texts([item for each in texts if each is not None for item in each])
        kept, size = list(parts), sum(part.size for part, _ in parts)

        def join() -> NgramSegment:
            return NgramSegment.merge([(part.segment, keep) for part, keep in kept])

        return cls(join, size=size)

    def _kept(self, keep: Bitmap | None) -> Sequence[bytes] | None:
        if self._texts is None or keep is None:
            return self._texts
        mask = to_bool(keep, len(self._texts))
        return [text for text, wanted in zip(self._texts, mask.tolist(), strict=True) if wanted]

    @property
    def segment(self) -> NgramSegment:
        """The segment; the first call makes it.

        Raises:
            IndexCorrupt: The file is damaged.
        """
        with self._lock:
            if self._segment is None:
                assert self._make is not None
                self._segment = self._make()
                # It may hold on to the segments that were joined.
                self._make = None
            return self._segment

    def live(self, ordinals: NDArray[np.int64], live: Bitmap | None) -> LiveNgrams:
        """What the n-gram index reads of the piece; goes on from what fewer deletions left."""
        with self._lock:
            known = self._live
            if known is not None and _equal(known.live, live):
                return known
            if known is not None and live is not None and _within(live, known.live):
                self._live = known.without(live)
                return self._live
            made = LiveNgrams(self.segment, ordinals, live)
            if known is None:
                # Else an older snapshot asks again for what newer ones have left behind.
                self._live = made
            return made

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file, durable when it returns."""
        return self.segment.save(directory, name)

    def check(self) -> None:
        """Compare the bytes of a file with their checksums.

        Raises:
            IndexCorrupt: They are not those that were written.
        """
        if self.stored:
            _ = self.segment


class _Kept(RamDirectory):
    """One file of a folder, mapped now, so that it outlives a sweep."""

    def __init__(self, directory: Directory, file: FileEntry) -> None:
        super().__init__()
        self._directory = directory
        self._put(file.name, directory.map(file.name))

    def describe(self, name: str) -> str:
        """Where the file was."""
        return self._directory.describe(name)


def _checked(directory: Directory, entry: SegmentEntry) -> NgramSegment:
    segment = NgramSegment.open(directory, entry.file(KIND))
    if segment.level != "bytes" or segment.document_count != entry.documents:
        raise IndexCorrupt(f"the n-grams of segment {entry.id} are of other documents")
    return segment


def _equal(one: Bitmap | None, other: Bitmap | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))


def _within(fewer: Bitmap, more: Bitmap | None) -> bool:
    return more is None or not bool(np.any(fewer & ~more))
