"""Does a collection hold what it should? Every file, and index against catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt, Unavailable
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.vectors import Track
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.indexes.storage import Manifest
    from mnemic.retrieval.collections.replica import Replica

ATTEMPTS = 5


def verify(replica: Replica) -> list[str]:
    """Problems in words, none when all is well; reads every byte of every segment.

    Raises:
        Unavailable: Another process writes so fast that the two sides are never of one moment.
    """
    try:
        replica.manifests.snapshot(lambda manifest: _read_all(replica, manifest))
        # Without the lock a writer of this process could change the index between the two sides.
        with replica.lock:
            return _differences(replica)
    except (IndexCorrupt, FormatTooNew, DimensionMismatch) as error:
        return [str(error)]


def _read_all(replica: Replica, manifest: Manifest | None) -> None:
    if manifest is None:
        return
    for entry in manifest.segments:
        Piece.open(replica.directory, entry, replica.texts).ngrams.check()
    for track in manifest.tracks.values():
        Track.open(replica.directory, track, (), threads=0)


def _differences(replica: Replica) -> list[str]:
    for _ in range(ATTEMPTS):
        replica.refresh()
        version, stored = _stored(replica)
        if replica.has_seen(version):
            return [*_compared(stored, set(_indexed(replica))), *_not_encoded(replica, stored)]
    raise Unavailable(f"collection {replica.name!r} is being written all the time")


def _stored(replica: Replica) -> tuple[int, set[tuple[int, str]]]:
    with replica.catalogue.reading() as tx:
        version = tx.collections.by_id(replica.id).version
        batches = tx.documents.iterate(replica.id)
        return version, {(item.ordinal, item.document.id) for batch in batches for item in batch}


def _compared(stored: set[tuple[int, str]], indexed: set[tuple[int, str]]) -> list[str]:
    problems = []
    if missing := stored - indexed:
        problems.append(f"{len(missing)} stored documents are not in the index")
    if extra := indexed - stored:
        problems.append(f"{len(extra)} indexed documents are not in the catalogue")
    return problems


def _not_encoded(replica: Replica, stored: set[tuple[int, str]]) -> Iterator[str]:
    """Tracks that lack documents which they say they have."""
    ordinals = np.array(sorted(ordinal for ordinal, _ in stored), np.int64)
    for role, track in replica.snapshot.tracks.items():
        encoded = [piece.spans.ordinals for piece in track.pieces]
        due = ordinals[ordinals < track.next_ordinal]
        missing = np.setdiff1d(due, np.concatenate([np.empty(0, np.int64), *encoded]))
        if len(missing):
            what = "tokens" if track.kind == TOKENS else f"{role} vectors"
            yield f"{len(missing)} stored documents are not among the {what}"


def _indexed(replica: Replica) -> Iterator[tuple[int, str]]:
    for piece in replica.snapshot.pieces:
        rows = np.arange(piece.document_count)
        if piece.live is not None:
            rows = np.flatnonzero(to_bool(piece.live, piece.document_count))
        yield from zip(piece.keys.ordinals[rows].tolist(), piece.keys.ids(rows), strict=True)
