"""The bytes of a manifest, formats 1 to 3: JSON in exactly one spelling.

    {
      "checksum": "<XXH3-128 of the body in compact form>",
      "format": {"check": "<XXH3-64 of name and version>", "name": ..., "version": 1},
      "manifest": {...}
    }

Format 2 adds ``tracks`` of vectors, format 3 those of tokens; a manifest is written in the lowest
format that has what it holds, so that older versions of mnemic can read it. Reading spells the
parsed value again and compares: so every byte is checked, white space too.
The ``format`` object never changes its form; it lets every reader recognise every version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.errors import FormatTooNew, InvalidInput
from mnemic.indexes.storage import canonical, layout
from mnemic.indexes.storage.failures import corrupt
from mnemic.indexes.storage.layout import Malformed
from mnemic.indexes.storage.manifest_rules import parsed

if TYPE_CHECKING:
    from mnemic.indexes.storage.records import FileEntry, Manifest, SegmentEntry, TrackEntry
    from mnemic.types import Fingerprint

NAME = "mnemic-manifest"
PLAIN, VECTORS, TOKENS = 1, 2, 3
VERSION = TOKENS


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest.

    Raises:
        InvalidInput: The manifest contradicts itself, or could not be read back as it is.
    """
    try:
        body = canonical.dumps(_body(manifest))
        if parsed(canonical.loads(body)) != manifest:
            raise Malformed("would be read back as another value")
    except (Malformed, ValueError) as error:
        raise InvalidInput(f"manifest {manifest.generation} {error}") from error
    return _spelled(body, _version_of(manifest))


def decode(data: bytes, where: str) -> Manifest:
    """Read and check the bytes of a manifest.

    Raises:
        IndexCorrupt: They are not the bytes that were written.
        FormatTooNew: A newer mnemic wrote them.
    """
    try:
        content = canonical.loads(data)
        version = _checked_version(content, where)
        body = canonical.dumps(content.get("manifest"))
        if _spelled(body, version) != data:
            raise Malformed("does not match its checksum")
        manifest = parsed(content["manifest"])
        if version != _version_of(manifest):
            raise Malformed(f"has the form of another version than {version}")
        return manifest
    except (Malformed, ValueError) as error:  # ValueError: numbers that JSON has no spelling for
        raise corrupt(where, str(error)) from error


def format_field(version: int) -> dict[str, Any]:
    """The ``format`` object of a version."""
    check = layout.hash_of(f"{NAME} {version}".encode())
    return {"check": f"{check:016x}", "name": NAME, "version": version}


def _version_of(manifest: Manifest) -> int:
    """The lowest format that can say it."""
    if any(track.spec.get("kind") == "tokens" for track in manifest.tracks.values()):
        return TOKENS
    return VECTORS if manifest.tracks else PLAIN


def _spelled(body: bytes, version: int) -> bytes:
    content = {
        "checksum": layout.checksum_of(body),
        "format": format_field(version),
        "manifest": canonical.loads(body),
    }
    return canonical.dumps(content, indent=1) + b"\n"


def _checked_version(content: Any, where: str) -> int:
    stated = content.get("format") if isinstance(content, dict) else None
    version = stated.get("version") if isinstance(stated, dict) else None
    if type(version) is not int or version < 1 or stated != format_field(version):
        raise Malformed("is not a manifest of mnemic, or its format version is damaged")
    if version > VERSION:
        raise FormatTooNew(
            f"{where} has format version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )
    return version


def _body(manifest: Manifest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "generation": manifest.generation,
        "next_ordinal": manifest.next_ordinal,
        "deletion_seq": manifest.deletion_seq,
        "segments": [_segment(segment) for segment in manifest.segments],
        "fingerprints": {
            role: _fingerprint(value) for role, value in manifest.fingerprints.items()
        },
    }
    if manifest.tracks:
        body["tracks"] = {role: _track(track) for role, track in manifest.tracks.items()}
    return body


def _track(track: TrackEntry) -> dict[str, Any]:
    return {
        "fingerprint": _fingerprint(track.fingerprint),
        "spec": dict(track.spec),
        "next_ordinal": track.next_ordinal,
        "segments": [_segment(segment) for segment in track.segments],
    }


def _fingerprint(value: Fingerprint) -> dict[str, Any]:
    return {"name": value.name, "settings": dict(value.settings), "digest": value.digest}


def _segment(segment: SegmentEntry) -> dict[str, Any]:
    return {
        "id": segment.id,
        "documents": segment.documents,
        "files": [_file(entry) for entry in segment.files],
        "live": None if segment.live is None else _file(segment.live),
        "deleted": segment.deleted,
        "first_ordinal": segment.first_ordinal,
        "last_ordinal": segment.last_ordinal,
    }


def _file(entry: FileEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "size": entry.size,
        "checksum": entry.checksum,
    }
