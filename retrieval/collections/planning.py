"""Which merge is due next, and how many segments all that are due would take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mnemic.retrieval.collections.merging import DEAD_SHARE, run_to_merge
from mnemic.retrieval.collections.vector_flush import largest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.collections.pieces import Piece
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.vectors.track_pieces import TrackPiece

# The postings of a merge's result are in memory until they are written. Larger segments stay apart.
MERGED_DOCUMENTS = 500_000


class Mergeable(Protocol):
    """What decides whether a piece is merged: a segment of documents or of vectors."""

    @property
    def document_count(self) -> int:
        """Documents, deleted ones included."""
        ...

    @property
    def live_count(self) -> int:
        """Documents that are not deleted."""
        ...

    @property
    def size(self) -> int:
        """What it counts for in a merge."""
        ...


@dataclass(frozen=True, slots=True)
class Documents:
    """Neighbouring segments that shall become one."""

    sources: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Neighbouring segments of a track that shall become one."""

    role: str
    sources: tuple[TrackPiece, ...]


def next_merge(snapshot: Snapshot) -> Documents | Vectors | None:
    """What to join first; ``None`` when segments are as few as they shall be."""
    pieces = saved(snapshot)
    if (at := due(pieces, most=MERGED_DOCUMENTS)) is not None:
        return Documents(tuple(pieces[at]))
    for role, track in snapshot.tracks.items():
        if (at := due(track.pieces, most=largest(track))) is not None:
            return Vectors(role, track.pieces[at])
    return None


def due(pieces: Sequence[Mergeable], *, most: int) -> slice | None:
    """One piece in which much is deleted, else a run of neighbours of one class.

    Args:
        pieces: In the order of their ordinals.
        most: What a merge may make, in the unit of their sizes.
    """
    for place, piece in enumerate(pieces):
        deleted = piece.document_count - piece.live_count
        if not piece.live_count or deleted > DEAD_SHARE * piece.document_count:
            return slice(place, place + 1)
    return run_to_merge([piece.size for piece in pieces], most=most)


def excess(snapshot: Snapshot) -> int:
    """How many segments there are more than there would be after every merge that is due."""
    counts = [_excess([piece.size for piece in saved(snapshot)], MERGED_DOCUMENTS)]
    for track in snapshot.tracks.values():
        counts.append(_excess([piece.size for piece in track.pieces], largest(track)))
    return sum(counts)


def saved(snapshot: Snapshot) -> list[Piece]:
    """The pieces that are on disk."""
    return [piece for piece in snapshot.pieces if piece.entry is not None]


def _excess(sizes: list[int], most: int) -> int:
    before = len(sizes)
    while run := run_to_merge(sizes, most=most):
        sizes[run] = [sum(sizes[run])]
    return before - len(sizes)
