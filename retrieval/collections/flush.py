"""When memory becomes segments, and which segments are joined.

A flush writes what is in memory as one segment, merges neighbours of one size class, rewrites
segments in which much is deleted, and commits all of it with one manifest.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from mnemic.errors import MnemicError
from mnemic.retrieval.collections.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.collections.replica import Replica

# Eight neighbours of one class become one of the next: a document is copied log8(N / flush) times.
FAN_IN = 8
CLASS_FLOOR = 4_096
# A merge holds its result in memory: about 600 bytes a passage. Larger segments stay apart.
MERGED_DOCUMENTS = 500_000
DEAD_SHARE = 0.2
REBUILD_BATCH = 10_000


def flush(replica: Replica) -> bool:
    """Write memory and changed bitmaps, keep segments few, commit; False if nothing changed."""
    with replica.lock:
        if not replica.unsaved:
            return False
        commit(replica, _planned(_with_memory_joined(replica.snapshot.pieces)))
        return True


def compact(replica: Replica) -> None:
    """Join everything into one segment without deleted documents."""
    with replica.lock:
        pieces = replica.snapshot.pieces
        if len(pieces) > 1 or any(piece.deleted or piece.entry is None for piece in pieces):
            pieces = tuple(p for p in [Piece.merge(pieces)] if p.document_count)
        commit(replica, pieces)


def purge(replica: Replica) -> int:
    """Write every segment anew that holds a deleted document; how many those were."""
    with replica.lock:
        pieces = replica.snapshot.pieces
        rewritten = sum(1 for piece in pieces if piece.deleted and piece.entry is not None)
        clean = [Piece.merge([piece]) if piece.deleted else piece for piece in pieces]
        commit(replica, [piece for piece in clean if piece.document_count])
        return rewritten


def rebuild(replica: Replica) -> None:
    """Make every segment again from the catalogue, in bounded memory."""
    with replica.lock:
        replica.restart()
        with replica.catalogue.reading() as tx:
            record = tx.collections.by_id(replica.id)
            for batch in tx.documents.iterate(replica.id, start=0, batch=REBUILD_BATCH):
                replica.append([item.ordinal for item in batch], [item.document for item in batch])
                flush(replica)
        replica.remove((), deletion_seq=record.deletion_seq)
        commit(replica, replica.snapshot.pieces)


def commit(replica: Replica, pieces: Sequence[Piece]) -> None:
    """Save pieces, write the manifest, let the catalogue forget what it covers, sweep.

    A crash leaves the old or the new manifest, and the catalogue can replay from either.
    """
    with replica.lock:
        _free_leftovers(replica)
        saved = [piece.save(replica.directory, replica.generation + 1) for piece in pieces]
        manifest = replica.manifest(saved)
        before = replica.manifests.stamp()
        try:
            replica.manifests.commit(manifest)
        except MnemicError:
            # The last fsync can fail after the rename: then the new manifest is the one on disk.
            if replica.manifests.stamp() != before:
                replica.forget()
                replica.refresh()
            raise
        replica.adopt(saved, manifest)
        with replica.catalogue.transaction() as tx:
            tx.documents.purge_deletions(replica.id, manifest.deletion_seq)
        replica.manifests.sweep(manifest)


def _free_leftovers(replica: Replica) -> None:
    """Delete what a flush that did not finish has left; it may be what fills the disk."""
    if (current := replica.manifests.load()) is not None:
        replica.manifests.sweep(current)


def _with_memory_joined(pieces: Sequence[Piece]) -> list[Piece]:
    saved = [piece for piece in pieces if piece.entry is not None]
    memory = [piece for piece in pieces if piece.entry is None]
    if len(memory) > 1 or any(piece.deleted for piece in memory):
        memory = [Piece.merge(memory)]
    return [*saved, *(piece for piece in memory if piece.document_count)]


def _planned(pieces: list[Piece]) -> list[Piece]:
    """Rewrite half-dead pieces, then merge runs of neighbours of one class, smallest first."""
    pieces = [
        Piece.merge([piece]) if piece.deleted > DEAD_SHARE * piece.document_count else piece
        for piece in pieces
        if piece.live_count
    ]
    while (run := _run_to_merge([piece.live_count for piece in pieces])) is not None:
        pieces[run] = [Piece.merge(pieces[run])]
    return pieces


def _run_to_merge(sizes: Sequence[int]) -> slice | None:
    """The last ``FAN_IN`` neighbours of one class that are not too many documents together.

    A piece counts as its larger followers; counting so makes the classes fall from left to right,
    hence at most ``FAN_IN - 1`` pieces of each class that may be merged can stay, whatever the
    order in which sizes came.
    """
    falling = list(accumulate(reversed([size_class(size) for size in sizes]), max))[::-1]
    for end in range(len(falling), FAN_IN - 1, -1):
        run = slice(end - FAN_IN, end)
        if falling[end - FAN_IN] == falling[end - 1] and sum(sizes[run]) <= MERGED_DOCUMENTS:
            return run
    return None


def size_class(documents: int) -> int:
    """0 below 4,096 documents, and one more with every factor of eight."""
    return max(0, math.floor(math.log(max(documents, 1) / CLASS_FLOOR, FAN_IN)) + 1)
