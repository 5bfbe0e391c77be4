"""When memory becomes segments, and which segments are joined.

A flush writes what is in memory as one segment, merges neighbours of one size class, rewrites
segments in which much is deleted, and commits all of it with one manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mnemic.errors import IndexCorrupt
from mnemic.retrieval.collections import vector_flush
from mnemic.retrieval.collections.merging import DEAD_SHARE, run_to_merge
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import Snapshot
from mnemic.retrieval.collections.undoing import files_of, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mnemic.catalogue import Transaction
    from mnemic.indexes.storage import Manifest
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.vectors import Track

Fence: TypeAlias = "Callable[[Transaction], None]"
"""Raises ``Conflict`` inside a transaction when this process is no longer the writer."""

# A merge holds its result in memory: about 600 bytes a passage, and its n-grams, which take more
# than its text. Larger segments stay apart.
MERGED_DOCUMENTS = 500_000
REBUILD_BATCH = 10_000


def flush(replica: Replica, fence: Fence) -> bool:
    """Write memory and changed bitmaps, keep segments few, commit; False if nothing changed."""
    with replica.lock:
        if not replica.unsaved:
            return False
        commit(replica, _tidied(replica), fence, tracks=_each(replica, vector_flush.tidied))
        return True


def extend(replica: Replica, fence: Fence, tracks: Mapping[str, Track]) -> None:
    """Commit vectors that were made since, together with all that a flush writes.

    Args:
        replica: Whose vectors they are.
        fence: Proves that this process is the writer.
        tracks: All tracks as they shall be; what is not live any more is left out.
    """
    with replica.lock:
        live = replica.snapshot.live
        kept = {role: vector_flush.tidied(track.within(live)) for role, track in tracks.items()}
        commit(replica, _tidied(replica), fence, tracks=kept)


def compact(replica: Replica, fence: Fence) -> None:
    """Join everything into one segment without deleted documents."""
    with replica.lock:
        pieces = replica.snapshot.pieces
        if len(pieces) > 1 or any(piece.deleted or piece.entry is None for piece in pieces):
            pieces = tuple(p for p in [Piece.merge(pieces)] if p.document_count)
        commit(replica, pieces, fence, tracks=_each(replica, vector_flush.compacted))


def purge(replica: Replica, fence: Fence) -> int:
    """Write every segment anew that holds a deleted document; how many those were."""
    with replica.lock:
        pieces, tracks = replica.snapshot.pieces, replica.snapshot.tracks
        rewritten = sum(1 for piece in pieces if piece.deleted and piece.entry is not None)
        for track in tracks.values():
            rewritten += sum(1 for piece in track.pieces if piece.deleted)
        clean = [Piece.merge([piece]) if piece.deleted else piece for piece in pieces]
        kept = [piece for piece in clean if piece.document_count]
        commit(replica, kept, fence, tracks=_each(replica, vector_flush.purged))
        return rewritten


def rebuild(replica: Replica, fence: Fence) -> None:
    """Make every segment again from the catalogue, in bounded memory, beside the old ones.

    Searches keep what they have until the new manifest is committed in one step.
    """
    old = _readable(replica)
    generation = old.generation if old else 0
    with undone(replica) as written:
        pieces, position = _built(replica, generation + 1, written)
        with replica.lock:
            replica.generation = generation
            tracks = _kept(replica, old, position)
            _swap(replica, pieces, position, fence, tracks=tracks, repair=True)


def _built(
    replica: Replica, generation: int, written: set[str]
) -> tuple[Sequence[Piece], Snapshot]:
    """Saved pieces of all documents, and the position that they hold."""
    pieces: list[Piece] = []
    with replica.catalogue.reading() as tx:
        record = tx.collections.by_id(replica.id)
        for batch in tx.documents.iterate(replica.id, start=0, batch=REBUILD_BATCH):
            ordinals, documents = [d.ordinal for d in batch], [d.document for d in batch]
            pieces.append(Piece.build(ordinals, documents, replica.analyzer))
            pieces = _all_saved(_planned(pieces), replica, generation, written)
    next_ordinal, deletion_seq = record.next_ordinal, record.deletion_seq
    return pieces, Snapshot(pieces, next_ordinal=next_ordinal, deletion_seq=deletion_seq)


def _readable(replica: Replica) -> Manifest | None:
    try:
        return replica.manifests.load()
    except IndexCorrupt:
        return None  # a rebuild is the cure for exactly this


def _kept(replica: Replica, old: Manifest | None, position: Snapshot) -> dict[str, Track]:
    found = vector_flush.readable(replica, old)
    return {role: track.within(position.live) for role, track in found.items()}


def _each(replica: Replica, rewrite: Callable[[Track], Track]) -> dict[str, Track]:
    return {role: rewrite(track) for role, track in replica.snapshot.tracks.items()}


def _tidied(replica: Replica) -> list[Piece]:
    return _planned(_with_memory_joined(replica.snapshot.pieces))


def _all_saved(
    pieces: Iterable[Piece], replica: Replica, generation: int, written: set[str]
) -> list[Piece]:
    saved = []
    for piece in pieces:
        saved.append(_on_disk(piece, replica, generation))
        written |= files_of([saved[-1].entry])
    return saved


def _on_disk(piece: Piece, replica: Replica, generation: int) -> Piece:
    """The piece saved and mapped, so that its arrays leave the heap."""
    saved = piece.save(replica.directory, generation)
    if saved is piece or saved.entry is None:
        return saved
    known = piece.ngrams if piece.ngrams.stored else None
    return Piece.open(replica.directory, saved.entry, replica.texts, known=known)


def commit(
    replica: Replica, pieces: Sequence[Piece], fence: Fence, *, tracks: Mapping[str, Track]
) -> None:
    """Save pieces, write the manifest, let the catalogue forget what it covers, sweep.

    A crash leaves the old or the new manifest, and the catalogue can replay from either.
    """
    with replica.lock:
        _sweep_leftovers(replica, fence)
        generation = replica.generation + 1
        with undone(replica) as written:
            saved = _all_saved(pieces, replica, generation, written)
            kept = vector_flush.all_saved(tracks, replica, generation)
            written |= files_of(piece.entry for track in kept.values() for piece in track.pieces)
            _swap(replica, saved, replica.snapshot, fence, tracks=kept)


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
            replica.manifests.sweep(manifest)
    except BaseException:
        # Another writer was faster, or something failed after the rename: what is on disk is
        # then not what this view stands on.
        if not replica.knows(replica.manifests.stamp()):
            replica.forget()
        raise
    replica.adopt(pieces, tracks, manifest, stamp)


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
    while run := run_to_merge([piece.size for piece in pieces], most=MERGED_DOCUMENTS):
        pieces[run] = [Piece.merge(pieces[run])]
    return pieces
