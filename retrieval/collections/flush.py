"""When memory becomes segments, and when everything is written anew.

A flush writes what is in memory as one segment and commits it; it merges nothing. Its long part,
the index of substrings, runs without a lock: searches and further adds go on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mnemic.errors import Conflict
from mnemic.retrieval.collections import vector_flush
from mnemic.retrieval.collections.commits import commit, put_documents, sweep_leftovers
from mnemic.retrieval.collections.joining import join
from mnemic.retrieval.collections.ngrams import ngram_bytes
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.planning import saved
from mnemic.retrieval.collections.undoing import Superseded, making, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections.commits import Access
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.vectors import Track

log = logging.getLogger(__name__)


def flush(access: Access) -> bool:
    """Write memory and changed bitmaps, and commit; False if nothing has changed.

    One thread at a time. The caller must not hold what ``access.exclusive`` takes.

    Raises:
        Conflict: Another process is writing.
        LimitExceeded: The disk is full; what is in memory stays there.
    """
    replica = access.replica
    with access.exclusive(), replica.lock:
        if not replica.unsaved:
            return False
        sweep_leftovers(replica, access.fence)
        memory = replica.seal()
        pieces = saved(replica.snapshot)
    for piece in pieces:
        if _lacks_ngrams(piece):
            _complete(access, piece)
    if memory:
        with making(replica) as new_id:
            put_documents(access, memory, _on_disk(memory, replica, new_id))
    else:
        with access.exclusive(), replica.lock:
            now = replica.snapshot
            commit(replica, now.pieces, access.fence, tracks=now.tracks)
    return True


def extend(access: Access, tracks: Mapping[str, Track]) -> None:
    """Commit vectors that were made since.

    Args:
        access: To the collection, whose only writer the caller is now.
        tracks: All tracks as they shall be; what is not live any more is left out.
    """
    replica = access.replica
    with replica.lock:
        live = replica.snapshot.live
        kept = {role: track.within(live) for role, track in tracks.items()}
        commit(replica, replica.snapshot.pieces, access.fence, tracks=kept)


def compact(access: Access) -> None:
    """Join everything into one segment without deleted documents.

    Nothing is merged or flushed meanwhile; searches go on.
    """
    replica = access.replica
    with access.exclusive(), making(replica) as new_id:
        sweep_leftovers(replica, access.fence)
        pieces: Sequence[Piece] = replica.snapshot.pieces
        if len(pieces) > 1 or any(piece.deleted or piece.entry is None for piece in pieces):
            memory = _joined([piece for piece in pieces if piece.entry is None])
            pieces = _written([*saved(replica.snapshot), *memory], replica, new_id)
        with replica.lock:
            commit(replica, pieces, access.fence, tracks=_each(replica, vector_flush.compacted))


def purge(access: Access) -> int:
    """Write every segment anew that holds a deleted document; how many those were.

    The caller is the only writer. Nothing is merged or flushed meanwhile.
    """
    replica = access.replica
    with making(replica) as new_id:
        sweep_leftovers(replica, access.fence)
        pieces, tracks = replica.snapshot.pieces, replica.snapshot.tracks
        rewritten = sum(1 for piece in pieces if piece.deleted and piece.entry is not None)
        for track in tracks.values():
            rewritten += sum(1 for piece in track.pieces if piece.deleted)
        kept: list[Piece] = []
        for piece in pieces:
            if piece.deleted and piece.entry is None:
                kept += _joined([piece])
            elif piece.deleted or _lacks_ngrams(piece):
                kept += _written([piece], replica, new_id)
            else:
                kept.append(piece)
        with replica.lock:
            commit(replica, kept, access.fence, tracks=_each(replica, vector_flush.purged))
        return rewritten


def opened(replica: Replica, entry: SegmentEntry | None) -> list[Piece]:
    """A piece whose arrays are mapped; none for a segment of nothing."""
    return [] if entry is None else [Piece.open(replica.directory, entry, replica.texts)]


def _on_disk(memory: Sequence[Piece], replica: Replica, new_id: Callable[[], str]) -> Piece | None:
    """One saved piece of what lives in memory."""
    for piece in _joined(memory):
        [mapped] = opened(replica, piece.write(replica.directory, new_id()))
        return mapped
    return None


def _joined(memory: Sequence[Piece]) -> list[Piece]:
    """What lives in pieces in memory, as one of them; none where nothing does."""
    if len(memory) == 1 and not memory[0].deleted:
        return list(memory)
    joined = [Piece.merge(memory)] if memory else []
    return [piece for piece in joined if piece.document_count]


def _written(pieces: Sequence[Piece], replica: Replica, new_id: Callable[[], str]) -> list[Piece]:
    return opened(replica, join(pieces, new_id(), replica.directory)) if pieces else []


def _lacks_ngrams(piece: Piece) -> bool:
    """Whether an earlier version saved it without."""
    return piece.entry is not None and not ngram_bytes(piece.entry)


def _complete(access: Access, piece: Piece) -> None:
    """Write n-grams beside the files of a segment."""
    replica = access.replica
    assert piece.entry is not None
    replica.writing.add(piece.entry.id)
    try:
        with undone(replica) as written:
            file = piece.write_ngrams(replica.directory, replica.generation + 1)
            written.add(file.name)
            put_documents(access, [piece], piece.with_ngrams(replica.directory, file))
    except Conflict as error:
        if not isinstance(error.__cause__, Superseded):
            raise
        log.debug("segment %s was merged before its n-grams were written", piece.entry.id)
    finally:
        replica.writing.discard(piece.entry.id)


def _each(replica: Replica, rewrite: Callable[[Track], Track]) -> dict[str, Track]:
    return {role: rewrite(track) for role, track in replica.snapshot.tracks.items()}
