"""From a manifest to a snapshot: is it ours, made by our analyzer, and of the catalogue's time?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from mnemic.errors import DimensionMismatch, IndexCorrupt
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.vectors import Track
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mnemic.catalogue import CollectionRecord
    from mnemic.indexes.storage import Directory, Manifest, SegmentEntry
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.ngrams import ReadTexts
    from mnemic.retrieval.collections.snapshot import Snapshot

OPENING_THREADS = 4
REBUILD = "rebuild it from the catalogue: mnemic doctor DIR --repair, or collection.rebuild()"


def fingerprints(storage_key: str, analyzer: Analyzer) -> dict[str, Fingerprint]:
    """What a manifest says of where it belongs and how its terms were made."""
    owner = Fingerprint("collection", {}, storage_key)
    return {"analyzer": analyzer.fingerprint, "collection": owner}


def check_manifest(manifest: Manifest, name: str, storage_key: str, analyzer: Analyzer) -> None:
    """Refuse a manifest of another collection or another analyzer.

    Raises:
        IndexCorrupt: The folder is another collection's.
        DimensionMismatch: Another analyzer made its terms; the message names both.
    """
    owner = manifest.fingerprints.get("collection")
    if owner is None or owner.digest != storage_key:
        raise IndexCorrupt(
            f"MANIFEST.json of collection {name!r} is another collection's", hint=REBUILD
        )
    stored, own = manifest.fingerprints.get("analyzer"), analyzer.fingerprint
    if stored is None or stored.digest != own.digest:
        found = "none" if stored is None else f"{stored.name} {stored.digest}"
        raise DimensionMismatch(
            f"collection {name!r} was indexed with analyzer {found}, "
            f"this mnemic makes {own.name} {own.digest}",
            hint=REBUILD,
        )


def open_pieces(
    directory: Directory, manifest: Manifest, known: Iterable[Piece], read: ReadTexts
) -> Sequence[Piece]:
    """The pieces that a manifest names, those that are open already taken over.

    Raises:
        IndexCorrupt: A file is missing or damaged.
        FormatTooNew: A newer version wrote one.
    """
    there = [piece for piece in known if piece.entry is not None]
    pieces = {piece.entry: piece for piece in there if not piece.unsaved}
    # What was deleted since leaves the n-grams as they are.
    ngrams = {piece.entry.files: piece.ngrams for piece in there if piece.entry}
    missing = [entry for entry in manifest.segments if entry not in pieces]

    def opened(entry: SegmentEntry) -> Piece:
        return Piece.open(directory, entry, read, known=ngrams.get(entry.files))

    # Hashing and checking let other threads run.
    with ThreadPoolExecutor(OPENING_THREADS) as pool:
        pieces |= dict(zip(missing, pool.map(opened, missing), strict=True))
    return [pieces[entry] for entry in manifest.segments]


def open_tracks(
    directory: Directory, manifest: Manifest, known: Mapping[str, Track], *, threads: int
) -> dict[str, Track]:
    """The vectors that a manifest names; those that are open already are taken over.

    Raises:
        IndexCorrupt: A file is missing or damaged.
        FormatTooNew: A newer version wrote one.
    """
    pieces = [piece for track in known.values() for piece in track.pieces]
    return {
        role: Track.open(directory, entry, pieces, threads=threads)
        for role, entry in manifest.tracks.items()
    }


def check_position(snapshot: Snapshot, record: CollectionRecord, deletions: int) -> None:
    """Refuse segments that are older or newer than the catalogue allows.

    Args:
        snapshot: What the segments hold.
        record: What the catalogue holds.
        deletions: How many deletions since the snapshot the catalogue still knows.

    Raises:
        IndexCorrupt: The catalogue or the folder was restored without the other.
    """
    if snapshot.next_ordinal == 0 and not snapshot.tracks:
        return
    expected = record.deletion_seq - snapshot.deletion_seq
    marks = [snapshot.next_ordinal, *(track.next_ordinal for track in snapshot.tracks.values())]
    if max(marks) > record.next_ordinal or deletions != expected:
        raise IndexCorrupt(
            f"the segments of collection {record.name!r} and its catalogue are of different times",
            hint=REBUILD,
        )
