"""What a manifest says: which files there are, and what they cover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnemic.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.types import Fingerprint


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file, tied to its exact content.

    Attributes:
        name: Its name in the folder.
        kind: What it holds, e.g. ``sparse``.
        size: Bytes.
        checksum: Hex XXH3-128 over header and table, which hold the hashes of all the rest.
    """

    name: str
    kind: str
    size: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """Files over the same local documents ``0..documents-1``.

    Attributes:
        id: From ``new_segment_id``.
        documents: Documents in it, deleted ones included; at least 1.
        files: One per kind.
        live: Bitmap of the documents that are not deleted; ``None`` when all are live.
        deleted: How many bits of ``live`` are clear.
        first_ordinal: Ordinal of local document 0.
        last_ordinal: Ordinal of the last local document.
    """

    id: str
    documents: int
    files: tuple[FileEntry, ...]
    live: FileEntry | None = None
    deleted: int = 0
    first_ordinal: int
    last_ordinal: int

    def file(self, kind: str) -> FileEntry:
        """The file of a kind.

        Raises:
            NotFound: The segment has none.
        """
        for entry in self.files:
            if entry.kind == kind:
                return entry
        raise NotFound(f"segment {self.id} has no file of kind {kind!r}", hint="rebuild it")

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(entry.size for entry in self.all_files)

    @property
    def all_files(self) -> tuple[FileEntry, ...]:
        """Its files, the live bitmap included."""
        return self.files if self.live is None else (*self.files, self.live)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEntry:
    """The vectors of one encoder; they follow the documents at their own pace.

    Attributes:
        fingerprint: Identity of the encoder that made them.
        spec: How to open that encoder again, as JSON.
        next_ordinal: Every live document below it has been encoded.
        segments: In order of ordinals; which of their documents are deleted is known from the
            manifest's own segments, so they have no live bitmaps.
    """

    fingerprint: Fingerprint
    spec: Mapping[str, Any]
    next_ordinal: int = 0
    segments: tuple[SegmentEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One state of a collection's files; a commit puts the next one in its place.

    Attributes:
        generation: Grows with every commit.
        next_ordinal: Every document below it is in a segment or was dead before the flush.
        deletion_seq: Every deletion up to it is reflected in the live bitmaps.
        segments: In order of search.
        fingerprints: Identity of the analyzer and the collection, by role.
        tracks: The vectors, by role.
    """

    generation: int
    next_ordinal: int
    deletion_seq: int
    segments: tuple[SegmentEntry, ...] = ()
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    tracks: Mapping[str, TrackEntry] = field(default_factory=dict)

    @property
    def all_segments(self) -> tuple[SegmentEntry, ...]:
        """Its segments, those of the tracks included."""
        tracked = (segment for track in self.tracks.values() for segment in track.segments)
        return (*self.segments, *tracked)

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Every file that it references."""
        return tuple(entry for segment in self.all_segments for entry in segment.all_files)
