"""Every segment again from the catalogue, which is the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt
from mnemic.retrieval.collections import planning, vector_flush
from mnemic.retrieval.collections.commits import delete_segment, swap
from mnemic.retrieval.collections.flush import opened
from mnemic.retrieval.collections.joining import join
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import Snapshot
from mnemic.retrieval.collections.undoing import making

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.indexes.storage import Manifest
    from mnemic.retrieval.collections.commits import Access
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.vectors import Track

REBUILD_BATCH = 10_000


def rebuild(access: Access) -> None:
    """Make every segment again from the catalogue, in bounded memory, beside the old ones.

    The caller is the only writer. Searches keep what they have until the new manifest is committed
    in one step.
    """
    replica = access.replica
    old = _readable(replica)
    with making(replica) as new_id:
        pieces, position = _built(replica, new_id)
        with replica.lock:
            replica.generation = old.generation if old else 0
            tracks = _kept(replica, old, position)
            swap(replica, pieces, position, access.fence, tracks=tracks, repair=True)


def _built(replica: Replica, new_id: Callable[[], str]) -> tuple[Sequence[Piece], Snapshot]:
    """Saved pieces of all documents, and the position that they hold."""
    pieces: list[Piece] = []
    with replica.catalogue.reading() as tx:
        record = tx.collections.by_id(replica.id)
        for batch in tx.documents.iterate(replica.id, start=0, batch=REBUILD_BATCH):
            ordinals, documents = [d.ordinal for d in batch], [d.document for d in batch]
            piece = Piece.build(ordinals, documents, replica.analyzer)
            pieces += opened(replica, piece.write(replica.directory, new_id()))
            while at := planning.due(pieces, most=planning.MERGED_DOCUMENTS):
                joined = pieces[at]
                pieces[at] = opened(replica, join(joined, new_id(), replica.directory))
                # The sweep after the commit leaves alone what this rebuild has written.
                for old in joined:
                    delete_segment(replica, old.entry)
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
