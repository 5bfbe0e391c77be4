"""What a collection holds and costs, as one snapshot has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.collections.ngrams import ngram_bytes
from mnemic.retrieval.collections.records import CollectionStats
from mnemic.retrieval.collections.wanted import encoder_stats, token_stats

if TYPE_CHECKING:
    from mnemic.retrieval.collections.records import MergeStats
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot


def stats_of(replica: Replica, snapshot: Snapshot, merges: MergeStats) -> CollectionStats:
    """Counts and sizes; O(segments), and O(documents) where there are vectors.

    Args:
        replica: The collection.
        snapshot: The state to describe.
        merges: What goes on in the background.
    """
    saved = [piece.entry for piece in snapshot.pieces if piece.entry is not None]
    encoders = encoder_stats(replica.settings, snapshot)
    return CollectionStats(
        documents=snapshot.documents,
        deleted=sum(piece.deleted for piece in snapshot.pieces),
        segments=len(saved),
        tail=replica.tail,
        bytes=sum(file.size for entry in saved for file in entry.files)
        + sum(track.bytes for track in snapshot.tracks.values()),
        generation=replica.generation,
        pending=max((item.pending for item in encoders), default=0),
        encoders=encoders,
        tokens=token_stats(replica.settings, snapshot),
        ngram_bytes=sum(map(ngram_bytes, saved)),
        ngram_missing=sum(e.documents - e.deleted for e in saved if not ngram_bytes(e)),
        merges=merges,
    )
