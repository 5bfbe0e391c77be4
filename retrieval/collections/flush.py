"""When memory becomes segments, and which segments are joined.

A flush writes what is in memory as one segment, merges neighbours of one size class, rewrites
segments in which much is deleted, and commits all of it with one manifest.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from mnemic.errors import IndexCorrupt
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.catalogue import Transaction
    from mnemic.retrieval.collections.replica import Replica

Fence: TypeAlias = "Callable[[Transaction], None]"
"""Raises ``Conflict`` inside a transaction when this process is no longer the writer."""

# Eight neighbours of one class become one of the next: a document is copied log8(N / flush) times.
FAN_IN = 8
CLASS_FLOOR = 4_096
# A merge holds its result in memory: about 600 bytes a passage. Larger segments stay apart.
MERGED_DOCUMENTS = 500_000
DEAD_SHARE = 0.2
REBUILD_BATCH = 10_000


def flush(replica: Replica, fence: Fence) -> bool:
    """Write memory and changed bitmaps, keep segments few, commit; False if nothing changed."""
    with replica.lock:
        if not replica.unsaved:
            return False
        commit(replica, _planned(_with_memory_joined(replica.snapshot.pieces)), fence)
        return True


def compact(replica: Replica, fence: Fence) -> None:
    """Join everything into one segment without deleted documents."""
    with replica.lock:
        pieces = replica.snapshot.pieces
        if len(pieces) > 1 or any(piece.deleted or piece.entry is None for piece in pieces):
            pieces = tuple(p for p in [Piece.merge(pieces)] if p.document_count)
        commit(replica, pieces, fence)


def purge(replica: Replica, fence: Fence) -> int:
    """Write every segment anew that holds a deleted document; how many those were."""
    with replica.lock:
        pieces = replica.snapshot.pieces
        rewritten = sum(1 for piece in pieces if piece.deleted and piece.entry is not None)
        clean = [Piece.merge([piece]) if piece.deleted else piece for piece in pieces]
        commit(replica, [piece for piece in clean if piece.document_count], fence)
        return rewritten


def rebuild(replica: Replica, fence: Fence) -> None:
    """Make every segment again from the catalogue, in bounded memory, beside the old ones.

    Searches keep what they have until the new manifest is committed in one step.
    """
    generation = _readable_generation(replica)
    pieces: list[Piece] = []
    with replica.catalogue.reading() as tx:
        record = tx.collections.by_id(replica.id)
        for batch in tx.documents.iterate(replica.id, start=0, batch=REBUILD_BATCH):
            ordinals, documents = [d.ordinal for d in batch], [d.document for d in batch]
            pieces.append(Piece.build(ordinals, documents, replica.analyzer))
            pieces = [_on_disk(piece, replica, generation + 1) for piece in _planned(pieces)]
    with replica.lock:
        replica.generation = generation
        position = Snapshot(
            pieces, next_ordinal=record.next_ordinal, deletion_seq=record.deletion_seq
        )
        _swap(replica, pieces, position, fence, repair=True)


def _readable_generation(replica: Replica) -> int:
    try:
        present = replica.manifests.load()
    except IndexCorrupt:
        return 0  # a rebuild is the cure for exactly this
    return present.generation if present else 0


def _on_disk(piece: Piece, replica: Replica, generation: int) -> Piece:
    """The piece saved and mapped, so that its arrays leave the heap."""
    saved = piece.save(replica.directory, generation)
    return (
        saved if saved is piece or not saved.entry else Piece.open(replica.directory, saved.entry)
    )


def commit(replica: Replica, pieces: Sequence[Piece], fence: Fence) -> None:
    """Save pieces, write the manifest, let the catalogue forget what it covers, sweep.

    A crash leaves the old or the new manifest, and the catalogue can replay from either.
    """
    with replica.lock:
        _sweep_leftovers(replica, fence)
        saved = [_on_disk(piece, replica, replica.generation + 1) for piece in pieces]
        _swap(replica, saved, replica.snapshot, fence)


def _sweep_leftovers(replica: Replica, fence: Fence) -> None:
    """Delete what a flush that did not finish has left; it may be what fills the disk."""
    with replica.catalogue.transaction() as tx:
        # Without the fence, a writer that was taken over would delete its successor's files.
        fence(tx)
        if (current := replica.manifests.load()) is not None:
            replica.manifests.sweep(current)


def _swap(
    replica: Replica,
    pieces: Sequence[Piece],
    position: Snapshot,
    fence: Fence,
    *,
    repair: bool = False,
) -> None:
    """Put the manifest in place inside a transaction that nobody else can be writer during."""
    manifest = replica.manifest(pieces, position)
    try:
        with replica.catalogue.transaction() as tx:
            fence(tx)
            replica.manifests.commit(manifest, repair=repair)
            stamp = replica.manifests.stamp()
            tx.documents.purge_deletions(replica.id, manifest.deletion_seq)
            replica.manifests.sweep(manifest)
    except BaseException:
        # Another writer was faster, or something failed after the rename: what is on disk is
        # then not what this view stands on.
        if not replica.knows(replica.manifests.stamp()):
            replica.forget()
        raise
    replica.adopt(pieces, manifest, stamp)


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
