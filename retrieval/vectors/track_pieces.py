"""What all pieces of a track have alike: whose they are, which of them live, and their files.

Local document ``i`` is the same document in the spans and in the content. A piece never changes;
deleting gives a new one that shares all arrays but the bitmap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from mnemic.indexes.storage import SegmentEntry, new_segment_id, segment_file_name
from mnemic.indexes.storage.bitmaps import clear, from_bool, full, to_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.spans import SpanSegment
    from mnemic.indexes.storage import Directory, FileEntry

TOKENS = "tokens"
"""The role and the kind of the track that holds documents as token ids."""


class Content(Protocol):
    """What a piece holds besides the spans."""

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file, durable when it returns."""
        ...


@dataclass(frozen=True)
class TrackPiece(ABC):
    """A segment of a track.

    Attributes:
        spans: Ordinals, and where the parts of each document stand.
        live: Bitmap of the documents that are not deleted; ``None`` when all live.
        deleted: Number of cleared bits.
        entry: Its place in the manifest; ``None`` while it is only in memory.
    """

    spans: SpanSegment
    live: Bitmap | None = field(default=None, kw_only=True)
    deleted: int = field(default=0, kw_only=True)
    entry: SegmentEntry | None = field(default=None, kw_only=True)

    @classmethod
    @abstractmethod
    def merge(cls, pieces: Sequence[Any]) -> Self:
        """Join pieces of its own class in order, in memory, leaving out what is deleted."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind of the track: ``dense``, ``sparse`` or ``tokens``."""

    @property
    @abstractmethod
    def form(self) -> tuple[str, int]:
        """The kind, and what all pieces of one track have alike: a width or a vocabulary."""

    @property
    @abstractmethod
    def size(self) -> int:
        """What it counts for where pieces are merged: its passages or its tokens."""

    @property
    @abstractmethod
    def content(self) -> tuple[str, Content]:
        """What is saved beside the spans, and the kind of that file."""

    @property
    @abstractmethod
    def empty(self) -> int:
        """Live documents of which it holds nothing; O(documents)."""

    @property
    def document_count(self) -> int:
        """Documents, deleted ones included."""
        return self.spans.document_count

    @property
    def live_count(self) -> int:
        """Documents that searches can find."""
        return self.document_count - self.deleted

    @property
    def passage_count(self) -> int:
        """Passages, those of deleted documents included."""
        return self.spans.passage_count

    def without(self, ordinals: NDArray[np.int64]) -> Self:
        """The same piece with more documents deleted; those that are elsewhere are ignored."""
        return self._clearing(self.spans.rows(ordinals))

    def within(self, ordinals: NDArray[np.int64]) -> Self:
        """The same piece with only those documents live that are among ascending ordinals."""
        places = np.searchsorted(ordinals, self.spans.ordinals)
        inside = places < len(ordinals)
        inside[inside] = ordinals[places[inside]] == self.spans.ordinals[inside]
        return self._clearing(np.flatnonzero(~inside))

    def _clearing(self, rows: NDArray[np.int64]) -> Self:
        live = full(self.document_count) if self.live is None else self.live
        rows = rows[to_bool(live, self.document_count)[rows]]
        if not len(rows):
            return self
        return self._living(clear(live, rows), self.deleted + len(rows))

    def _living(self, live: Bitmap, deleted: int) -> Self:
        """The same piece under another bitmap."""
        return replace(self, live=live, deleted=deleted)

    def _live_among(self, chosen: NDArray[np.bool_]) -> int:
        """How many of some of its documents live."""
        if self.live is not None:
            chosen = chosen & to_bool(self.live, self.document_count)
        return int(np.count_nonzero(chosen))

    def mask(self, ordinals: NDArray[np.int64]) -> Bitmap:
        """Bitmap of the documents whose ordinals are among some."""
        chosen = np.zeros(self.document_count, np.bool_)
        chosen[self.spans.rows(ordinals)] = True
        return from_bool(chosen)

    def save(self, directory: Directory, generation: int, *, name: str = "") -> Self:
        """Write its files, once; deletions are known from the documents' own segments.

        Args:
            directory: Where to.
            generation: Of the manifest that will name it.
            name: The segment's id; empty for a new one.
        """
        if self.entry is not None:
            return self
        name = name or new_segment_id(generation)
        kind, content = self.content
        files = (
            self.spans.save(directory, segment_file_name(name, "spans")),
            content.save(directory, segment_file_name(name, kind)),
        )
        ordinals = self.spans.ordinals
        entry = SegmentEntry(
            id=name,
            documents=self.document_count,
            files=files,
            first_ordinal=int(ordinals[0]),
            last_ordinal=int(ordinals[-1]),
        )
        return replace(self, entry=entry)
