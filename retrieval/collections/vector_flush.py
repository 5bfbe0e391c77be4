"""Which segments of vectors are joined, rewritten and saved when a manifest is committed.

The same rules as for documents, counted in passages. Vectors cost time to make, so a rebuild keeps
what can be read of them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt
from mnemic.retrieval.collections.merging import DEAD_SHARE, run_to_merge
from mnemic.retrieval.vectors import Track, VectorPiece
from mnemic.retrieval.vectors.pieces import DENSE, SPARSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mnemic.indexes.storage import Manifest
    from mnemic.retrieval.collections.replica import Replica

# A merge holds its result in memory: 200 MB of 384 float32. Larger segments stay apart, which
# costs nothing: an exact scan reads every vector anyway.
MERGED_PASSAGES = 131_072
log = logging.getLogger(__name__)


def tidied(track: Track) -> Track:
    """Rewrite pieces in which much is deleted, and merge runs of neighbours of one class."""
    pieces = [
        VectorPiece.merge([piece]) if piece.deleted > DEAD_SHARE * piece.document_count else piece
        for piece in track.pieces
        if piece.live_count
    ]
    while run := run_to_merge([p.passage_count for p in pieces], most=MERGED_PASSAGES):
        pieces[run] = [VectorPiece.merge(pieces[run])]
    return _over(track, pieces)


def purged(track: Track) -> Track:
    """Rewrite every piece that holds anything of a deleted document."""
    return _over(
        track,
        [VectorPiece.merge([piece]) if piece.deleted else piece for piece in track.pieces],
    )


def compacted(track: Track) -> Track:
    """As few pieces without deleted documents as memory allows."""
    groups: list[list[VectorPiece]] = []
    size = MERGED_PASSAGES
    for piece in purged(track).pieces:
        if groups and size + piece.passage_count <= MERGED_PASSAGES:
            groups[-1].append(piece)
            size += piece.passage_count
        else:
            groups.append([piece])
            size = piece.passage_count
    joined = [VectorPiece.merge(group) if len(group) > 1 else group[0] for group in groups]
    return _over(track, joined)


def extended(track: Track, piece: VectorPiece | None, next_ordinal: int) -> Track:
    """The track with newly encoded documents, up to a mark.

    Raises:
        DimensionMismatch: The new vectors have another width than those that are there.
    """
    forms = {each.form for each in [*track.pieces, *([piece] if piece else [])]}
    if len(forms) > 1:
        widths = " and ".join(str(width) for _, width in sorted(forms))
        raise DimensionMismatch(
            f"{track.spec['model']} made vectors of {widths} numbers",
            hint="It is another model under the old name: encode anew, with mnemic reindex --force",
        )
    return track.over([*track.pieces, *([piece] if piece else [])], next_ordinal)


def saved(track: Track, replica: Replica, generation: int) -> Track:
    """All pieces on disk and mapped, so that their arrays leave the heap."""
    return track.over([_on_disk(piece, replica, generation) for piece in track.pieces])


def readable(replica: Replica, manifest: Manifest | None) -> dict[str, Track]:
    """What a rebuild can keep: of each track, the pieces before the first damaged one.

    The documents from there on count as not encoded, and wait to be encoded again.
    """
    found = manifest.tracks if manifest else {}
    tracks = {}
    for role, entry in found.items():
        if entry.spec.get("kind") not in (DENSE, SPARSE):
            log.warning("vectors %r of %r are left out: unknown kind", role, replica.name)
            continue
        track, pieces = replica.new_track(entry.fingerprint, entry.spec), []
        mark = entry.next_ordinal
        for segment in entry.segments:
            try:
                pieces.append(VectorPiece.open(replica.directory, segment, track.kind))
            except (IndexCorrupt, FormatTooNew) as error:
                log.warning("vectors %r of %r are encoded again: %s", role, replica.name, error)
                mark = segment.first_ordinal
                break
        tracks[role] = track.over(pieces, mark)
    return tracks


def all_saved(tracks: Mapping[str, Track], replica: Replica, generation: int) -> dict[str, Track]:
    """Every track with its pieces on disk."""
    return {role: saved(track, replica, generation) for role, track in tracks.items()}


def _on_disk(piece: VectorPiece, replica: Replica, generation: int) -> VectorPiece:
    if piece.entry is not None:
        return piece
    # What is deleted before it is ever written must not reach the disk.
    written = (VectorPiece.merge([piece]) if piece.deleted else piece).save(
        replica.directory, generation
    )
    assert written.entry is not None
    return VectorPiece.open(replica.directory, written.entry, written.kind)


def _over(track: Track, pieces: Iterable[VectorPiece]) -> Track:
    kept: Sequence[VectorPiece] = [piece for piece in pieces if piece.document_count]
    return track if tuple(kept) == track.pieces else track.over(kept)
