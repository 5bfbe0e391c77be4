"""Read a manifest's JSON strictly: right types, no negative numbers, no way out of the folder."""

from __future__ import annotations

import re
from typing import Any

from mnemic.indexes.storage.layout import Malformed
from mnemic.indexes.storage.names import (
    MAX_GENERATION,
    is_kind,
    is_safe,
    is_segment_id,
    segment_of,
)
from mnemic.indexes.storage.records import FileEntry, Manifest, SegmentEntry, TrackEntry
from mnemic.types import Fingerprint

LIVE = "live"
_CHECKSUM = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LARGEST = 2**63 - 1


def parsed(value: Any) -> Manifest:
    """The manifest that a JSON value spells.

    Raises:
        Malformed: It spells none.
    """
    names = ("generation", "next_ordinal", "deletion_seq", "segments", "fingerprints")
    tracked = isinstance(value, dict) and "tracks" in value
    fields = _object(value, *names, *(["tracks"] if tracked else []))
    manifest = Manifest(
        generation=_number(fields["generation"], MAX_GENERATION),
        next_ordinal=_number(fields["next_ordinal"]),
        deletion_seq=_number(fields["deletion_seq"]),
        segments=tuple(_segment(item) for item in _list(fields["segments"])),
        fingerprints={
            role: _fingerprint(item) for role, item in _mapping(fields["fingerprints"]).items()
        },
        tracks=_tracks(fields["tracks"]) if tracked else {},
    )
    _check_whole(manifest)
    return manifest


def _tracks(value: Any) -> dict[str, TrackEntry]:
    tracks = {role: _track(role, item) for role, item in _mapping(value).items()}
    if not tracks:
        raise Malformed("has an empty object of tracks")
    return tracks


def _track(role: str, value: Any) -> TrackEntry:
    fields = _object(value, "fingerprint", "spec", "next_ordinal", "segments")
    track = TrackEntry(
        fingerprint=_fingerprint(fields["fingerprint"]),
        spec=_mapping(fields["spec"]),
        next_ordinal=_number(fields["next_ordinal"]),
        segments=tuple(_segment(item) for item in _list(fields["segments"])),
    )
    if not is_kind(role):
        raise Malformed(f"has a track of a foreign name: {role!r}")
    _check_ascending(role, track)
    return track


def _check_ascending(role: str, track: TrackEntry) -> None:
    edges = [
        edge for item in track.segments for edge in (item.first_ordinal, item.last_ordinal + 1)
    ]
    if edges != sorted(edges) or (edges and edges[-1] > track.next_ordinal):
        raise Malformed(f"has segments of track {role!r} that overlap or go beyond it")
    if any(item.live is not None for item in track.segments):
        raise Malformed(f"has a live bitmap in track {role!r}")


def _segment(value: Any) -> SegmentEntry:
    names = ("id", "documents", "files", "live", "deleted", "first_ordinal", "last_ordinal")
    fields = _object(value, *names)
    segment = SegmentEntry(
        id=_text(fields["id"]),
        documents=_number(fields["documents"]),
        files=tuple(_file(item) for item in _list(fields["files"])),
        live=None if fields["live"] is None else _file(fields["live"]),
        deleted=_number(fields["deleted"]),
        first_ordinal=_number(fields["first_ordinal"]),
        last_ordinal=_number(fields["last_ordinal"]),
    )
    _check_segment(segment)
    return segment


def _check_segment(segment: SegmentEntry) -> None:
    if not is_segment_id(segment.id):
        raise Malformed(f"has a segment id of a foreign form: {segment.id!r}")
    span = segment.last_ordinal - segment.first_ordinal + 1
    if not 1 <= segment.documents <= span:
        raise Malformed(f"has {segment.documents} documents over {span} ordinals in {segment.id}")
    if segment.deleted > segment.documents or (segment.deleted and segment.live is None):
        raise Malformed(f"has an impossible count of deletions in {segment.id}")
    kinds = [entry.kind for entry in segment.files]
    if len(set(kinds)) != len(kinds) or LIVE in kinds:
        raise Malformed(f"has two files of one kind in {segment.id}")
    if segment.live is not None and segment.live.kind != LIVE:
        raise Malformed(f"has a live bitmap of kind {segment.live.kind!r} in {segment.id}")
    if foreign := [e.name for e in segment.all_files if segment_of(e.name) != segment.id]:
        raise Malformed(f"has a file that does not carry the id of its segment: {foreign[0]!r}")


def _check_whole(manifest: Manifest) -> None:
    names = [entry.name for entry in manifest.files]
    if len(set(names)) != len(names):
        raise Malformed("names a file twice")
    if any(segment.last_ordinal >= manifest.next_ordinal for segment in manifest.segments):
        raise Malformed("has a segment beyond next_ordinal")


def _file(value: Any) -> FileEntry:
    fields = _object(value, "name", "kind", "size", "checksum")
    entry = FileEntry(
        name=_text(fields["name"]),
        kind=_text(fields["kind"]),
        size=_number(fields["size"]),
        checksum=_text(fields["checksum"]),
    )
    if not is_safe(entry.name) or not is_kind(entry.kind):
        raise Malformed(f"has a file name or kind of a forbidden form: {entry.name!r}")
    if _CHECKSUM.fullmatch(entry.checksum) is None:
        raise Malformed(f"has no checksum for {entry.name}")
    return entry


def _fingerprint(value: Any) -> Fingerprint:
    fields = _object(value, "name", "settings", "digest")
    return Fingerprint(_text(fields["name"]), _mapping(fields["settings"]), _text(fields["digest"]))


def _object(value: Any, *keys: str) -> dict[str, Any]:
    fields = _mapping(value)
    if fields.keys() != set(keys):
        raise Malformed(f"has other fields than {', '.join(keys)}")
    return fields


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("has something else where an object belongs")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed("has something else where a list belongs")
    return value


def _number(value: Any, largest: int = _LARGEST) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise Malformed(f"has {value!r} where a number from 0 to {largest} belongs")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed("has something else where a text belongs")
    return value
