"""Which segments of vectors and tokens are rewritten and saved at a commit.

They are merged by the same rules as documents, counted in passages or tokens. They cost time to
make, so a rebuild keeps what can be read of them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt
from mnemic.retrieval.vectors.track import KINDS, open_piece
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mnemic.indexes.storage import Manifest
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.vectors import Track
    from mnemic.retrieval.vectors.track_pieces import TrackPiece

# A merge holds its result in memory: 200 MB of 384 float32. Larger segments stay apart, which
# costs nothing: an exact scan reads every vector anyway.
MERGED_PASSAGES = 131_072
# As many as 130 MB of English. Their index is made anew, in half a gigabyte.
MERGED_TOKENS = 1 << 25
log = logging.getLogger(__name__)


def purged(track: Track) -> Track:
    """Rewrite every piece that holds anything of a deleted document."""
    return _over(
        track,
        [_merged([piece]) if piece.deleted else piece for piece in track.pieces],
    )


def compacted(track: Track) -> Track:
    """As few pieces without deleted documents as memory allows."""
    groups: list[list[TrackPiece]] = []
    size, most = 0, largest(track)
    for piece in purged(track).pieces:
        if groups and size + piece.size <= most:
            groups[-1].append(piece)
            size += piece.size
        else:
            groups.append([piece])
            size = piece.size
    joined = [_merged(group) if len(group) > 1 else group[0] for group in groups]
    return _over(track, joined)


def extended(track: Track, piece: TrackPiece | None, next_ordinal: int) -> Track:
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
    """All pieces on disk and mapped, so that their arrays leave the heap.

    A new piece whose documents were all deleted while it was made is left out.
    """
    left = [piece for piece in track.pieces if piece.entry is not None or piece.live_count]
    return track.over([_on_disk(piece, replica, generation) for piece in left])


def readable(replica: Replica, manifest: Manifest | None) -> dict[str, Track]:
    """What a rebuild can keep: of each track, the pieces before the first damaged one.

    The documents from there on count as not encoded, and wait to be encoded again.
    """
    found = manifest.tracks if manifest else {}
    tracks = {}
    for role, entry in found.items():
        if entry.spec.get("kind") not in KINDS:
            log.warning("%r of %r is left out: unknown kind", role, replica.name)
            continue
        track, pieces = replica.new_track(entry.fingerprint, entry.spec), []
        mark = entry.next_ordinal
        for segment in entry.segments:
            try:
                pieces.append(open_piece(replica.directory, segment, track.kind))
            except (IndexCorrupt, FormatTooNew) as error:
                log.warning("%r of %r is encoded again: %s", role, replica.name, error)
                mark = segment.first_ordinal
                break
        tracks[role] = track.over(pieces, mark)
    return tracks


def all_saved(tracks: Mapping[str, Track], replica: Replica, generation: int) -> dict[str, Track]:
    """Every track with its pieces on disk."""
    return {role: saved(track, replica, generation) for role, track in tracks.items()}


def _merged(pieces: Sequence[TrackPiece]) -> TrackPiece:
    return type(pieces[0]).merge(pieces)


def largest(track: Track) -> int:
    """What a merge of its pieces may make, in passages or tokens."""
    return MERGED_TOKENS if track.kind == TOKENS else MERGED_PASSAGES


def _on_disk(piece: TrackPiece, replica: Replica, generation: int) -> TrackPiece:
    if piece.entry is not None:
        return piece
    # What is deleted before it is ever written must not reach the disk.
    written = (_merged([piece]) if piece.deleted else piece).save(replica.directory, generation)
    assert written.entry is not None
    return open_piece(replica.directory, written.entry, written.kind)


def _over(track: Track, pieces: Iterable[TrackPiece]) -> Track:
    kept: Sequence[TrackPiece] = [piece for piece in pieces if piece.document_count]
    return track if tuple(kept) == track.pieces else track.over(kept)
