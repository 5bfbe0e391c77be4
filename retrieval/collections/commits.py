"""How a collection's next state is put in place: files first, then one manifest.

Work that takes long is done on an immutable snapshot, without a lock; what it made is then put in
the place of what it was made of, if that is still there, with all that was deleted meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.errors import Conflict
from mnemic.retrieval.collections import vector_flush
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.undoing import Superseded, files_of, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from mnemic.catalogue import Transaction
    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.vectors import Track
    from mnemic.retrieval.vectors.track_pieces import TrackPiece

Fence: TypeAlias = "Callable[[Transaction], None]"
"""Raises ``Conflict`` inside a transaction when this process is no longer the writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What it takes to change a collection.

    Attributes:
        replica: The view that is changed.
        exclusive: Makes the block in which this thread is the only writer, for a short time.
        fence: Proves that this process is the writer.
    """

    replica: Replica
    exclusive: Callable[[], AbstractContextManager[None]]
    fence: Fence


def commit(
    replica: Replica, pieces: Sequence[Piece], fence: Fence, *, tracks: Mapping[str, Track]
) -> None:
    """Save bitmaps and vectors, write the manifest, let the catalogue forget what it covers, sweep.

    A crash leaves the old or the new manifest, and the catalogue can replay from either.
    """
    with replica.lock:
        generation = replica.generation + 1
        with undone(replica) as written:
            saved = [piece.write_live(replica.directory, generation) for piece in pieces]
            written |= files_of(piece.entry for piece in saved)
            kept = vector_flush.all_saved(tracks, replica, generation)
            written |= files_of(piece.entry for track in kept.values() for piece in track.pieces)
            swap(replica, saved, replica.snapshot, fence, tracks=kept)


def sweep_leftovers(replica: Replica, fence: Fence) -> None:
    """Delete what a writer that did not finish has left; it may be what fills the disk."""
    with replica.lock, replica.catalogue.transaction() as tx:
        # Without the fence, a writer that was taken over would delete its successor's files.
        fence(tx)
        if (current := replica.manifests.load()) is not None:
            replica.manifests.sweep(current, keep=replica.writing)


def swap(
    replica: Replica,
    pieces: Sequence[Piece],
    position: Snapshot,
    fence: Fence,
    *,
    tracks: Mapping[str, Track],
    repair: bool = False,
) -> None:
    """Put the manifest in place inside a transaction that nobody else can be writer during."""
    manifest = replica.manifest(pieces, position, tracks)
    try:
        with replica.catalogue.transaction() as tx:
            fence(tx)
            replica.manifests.commit(manifest, repair=repair)
            stamp = replica.manifests.stamp()
            tx.documents.purge_deletions(replica.id, manifest.deletion_seq)
            replica.manifests.sweep(manifest, keep=replica.writing)
    except BaseException:
        # Another writer was faster, or something failed after the rename: what is on disk is
        # then not what this view stands on.
        if not replica.knows(replica.manifests.stamp()):
            replica.forget()
        raise
    replica.adopt(pieces, tracks, position, stamp)


def put_documents(access: Access, sources: Sequence[Piece], made: Piece | None) -> None:
    """Commit one piece in the place of others; ``None`` where nothing of them was left.

    Raises:
        Conflict: They are not there any more (the cause is ``Superseded``), or another process
            is writing.
    """
    with access.exclusive(), access.replica.lock:
        now = access.replica.snapshot
        at = _place(now.pieces, sources)
        new = [] if made is None else [_carried(made, sources, now.pieces[at])]
        left = [piece for piece in new if piece.live_count]
        pieces = [*now.pieces[: at.start], *left, *now.pieces[at.stop :]]
        commit(access.replica, pieces, access.fence, tracks=now.tracks)
        if made is not None and not left:
            delete_segment(access.replica, made.entry)


def put_vectors(
    access: Access, role: str, sources: Sequence[TrackPiece], made: TrackPiece | None
) -> None:
    """Commit one piece of a track in the place of others, as ``put_documents`` does."""
    with access.exclusive(), access.replica.lock:
        now = access.replica.snapshot
        pieces = now.tracks[role].pieces if role in now.tracks else ()
        at = _place(pieces, sources)
        new = [] if made is None else [made.within(now.live)]
        left = [piece for piece in new if piece.live_count]
        kept = [*pieces[: at.start], *left, *pieces[at.stop :]]
        tracks = {**now.tracks, role: now.tracks[role].over(kept)}
        commit(access.replica, now.pieces, access.fence, tracks=tracks)
        if made is not None and not left:
            delete_segment(access.replica, made.entry)


def delete_segment(replica: Replica, entry: SegmentEntry | None) -> None:
    """Remove the files of a segment that no manifest names and none will."""
    for name in sorted(files_of([entry])):
        replica.directory.delete(name)


def _place(pieces: Sequence[Piece | TrackPiece], sources: Sequence[Piece | TrackPiece]) -> slice:
    """Where the sources stand, side by side."""
    for start in range(len(pieces) - len(sources) + 1):
        there = pieces[start : start + len(sources)]
        if all(_same(one, other) for one, other in zip(there, sources, strict=True)):
            return slice(start, start + len(sources))
    message = "segments that were worked on have been replaced"
    raise Conflict(message, hint="try again") from Superseded(message)


def _same(one: Piece | TrackPiece, other: Piece | TrackPiece) -> bool:
    if isinstance(one, Piece) and isinstance(other, Piece):
        return one.is_of(other)
    return one.entry is not None and other.entry is not None and one.entry.id == other.entry.id


def _carried(made: Piece, sources: Sequence[Piece], now: Sequence[Piece]) -> Piece:
    """What was made, without what was deleted while it was made."""
    pairs = zip(now, sources, strict=True)
    gone = np.concatenate([current.deleted_since(before) for current, before in pairs])
    return made.without(gone) if len(gone) else made
