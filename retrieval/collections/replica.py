"""A process's own view of a collection, kept in step with the manifest and the catalogue.

The catalogue is the truth. The manifest says up to where the segments hold it; what came later is
replayed into memory. Replaying is idempotent, so a crash at any point costs only the replay.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import IndexCorrupt, Unavailable
from mnemic.indexes.storage import Manifest, ManifestStore
from mnemic.indexes.storage.names import MANIFEST_NAME
from mnemic.retrieval.collections import opening
from mnemic.retrieval.collections.ngrams import indexed
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import NO_TRACKS, Snapshot
from mnemic.retrieval.vectors import Track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.catalogue import Catalogue, CollectionRecord, Transaction
    from mnemic.indexes.storage import Directory
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.types import Document, Fingerprint

REPLAY_BATCH = 2_000
ATTEMPTS = 20
log = logging.getLogger(__name__)


class Replica:
    """Holds the current snapshot; searches read it, the writer and ``refresh`` replace it.

    Args:
        catalogue: The truth.
        record: The collection's row.
        directory: The collection's segment folder.
        analyzer: Turns text into terms; its fingerprint must be the manifest's.
        threads: Worker threads of native searches; 0 for one per core.

    Attributes:
        behind: A write of this process is being committed and not yet in the snapshot; while it
            is set, only what ``refresh`` has just read is current.
        writing: Ids of segments that are being written and that no manifest names yet.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        record: CollectionRecord,
        directory: Directory,
        analyzer: Analyzer,
        *,
        threads: int = 0,
    ) -> None:
        self.catalogue = catalogue
        self.id = record.id
        self.name = record.name
        self.storage_key = record.storage_key
        self.settings = record.settings
        self.directory = directory
        self.analyzer = analyzer
        self.manifests = ManifestStore(directory)
        self.lock = RLock()
        self.behind = False
        self.writing: set[str] = set()
        self.generation = 0
        self._threads = threads
        self._committed = (0, 0)
        self._stamp: object = ()
        self._version = -1
        self._checked = float("-inf")
        self._snapshot = self._over((), 0, 0)

    @property
    def snapshot(self) -> Snapshot:
        """What a search that starts now sees."""
        return self._snapshot

    @property
    def unsaved(self) -> bool:
        """Whether a flush would change the manifest."""
        snapshot = self._snapshot
        moved = (snapshot.next_ordinal, snapshot.deletion_seq) != self._committed
        return moved or any(piece.entry is None or piece.unsaved for piece in snapshot.pieces)

    @property
    def tail(self) -> int:
        """Documents that are only in memory and in the catalogue."""
        return sum(piece.document_count for piece in self._snapshot.pieces if piece.entry is None)

    @property
    def tail_bytes(self) -> int:
        """About how many bytes of text are only in memory and in the catalogue."""
        return sum(piece.ngrams.size for piece in self._snapshot.pieces if piece.entry is None)

    @property
    def growing(self) -> int:
        """Documents of the tail that no flush is writing."""
        tail = [piece for piece in self._snapshot.pieces if piece.entry is None]
        return sum(piece.document_count for piece in tail if not piece.sealed)

    def seal(self) -> tuple[Piece, ...]:
        """All that is only in memory, from now on apart from what is added."""
        with self.lock:
            now = self._snapshot
            pieces = [p if p.entry is not None else replace(p, sealed=True) for p in now.pieces]
            self._snapshot = self._over(pieces, now.next_ordinal, now.deletion_seq, now.tracks)
            return tuple(piece for piece in pieces if piece.entry is None)

    def fresh(self, seconds: float) -> Snapshot:
        """The snapshot, after looking for other processes' work if that was long ago."""
        if self.behind or time.monotonic() - self._checked > seconds:
            self.refresh()
        return self._snapshot

    def refresh(self) -> None:
        """Take in what was flushed, added and removed since, by this process or others.

        Raises:
            IndexCorrupt: A segment or the manifest is damaged, or does not fit the catalogue.
            NotFound: The collection was dropped.
        """
        with self.lock:
            for _ in range(ATTEMPTS):
                if self._caught_up():
                    self._checked = time.monotonic()
                    return
        raise Unavailable(f"collection {self.name!r} changes faster than it can be read")

    def _caught_up(self) -> bool:
        """Read manifest, then catalogue; False when a flush came in between.

        Such a flush sweeps files of the old manifest and purges deletions that it still needs, so
        what was read with it may be damaged or incomplete.
        """
        before = self.manifests.stamp()
        try:
            base, generation = self._base(before)
            with self.catalogue.reading() as tx:
                record = tx.collections.by_id(self.id)
                current = base is self._snapshot and record.version == self._version
                snapshot = base if current else self._replayed(tx, record, base)
        except IndexCorrupt:
            if self.manifests.stamp() != before:
                return False
            raise
        if self.manifests.stamp() != before:
            return False
        if generation is not None:
            self.generation, self._committed = generation, (base.next_ordinal, base.deletion_seq)
        self._snapshot, self._stamp, self._version = snapshot, before, record.version
        self.settings = record.settings
        return True

    def _base(self, stamp: object) -> tuple[Snapshot, int | None]:
        """What to replay upon, and the manifest's generation if it had to be read."""
        if stamp == self._stamp:
            return self._snapshot, None
        manifest = self.manifests.load()
        if manifest is None:
            return self._over((), 0, 0), 0
        opening.check_manifest(manifest, self.name, self.storage_key, self.analyzer)
        known = self._snapshot.pieces
        pieces = opening.open_pieces(self.directory, manifest, known, self.texts)
        tracks = opening.open_tracks(
            self.directory, manifest, self._snapshot.tracks, threads=self._threads
        )
        snapshot = self._over(pieces, manifest.next_ordinal, manifest.deletion_seq, tracks)
        return snapshot, manifest.generation

    def _replayed(self, tx: Transaction, record: CollectionRecord, base: Snapshot) -> Snapshot:
        deletions = tx.documents.deletions_since(self.id, base.deletion_seq)
        opening.check_position(base, record, len(deletions))
        snapshot = self._without(base, [item for _, item in deletions], record.deletion_seq)
        start = base.next_ordinal
        for batch in tx.documents.iterate(self.id, start=start, batch=REPLAY_BATCH):
            ordinals = [item.ordinal for item in batch]
            snapshot = self._with(snapshot, ordinals, [item.document for item in batch])
        tracks = snapshot.tracks
        if base is not self._snapshot:
            # Vectors have no tombstones of their own: they live while their documents do.
            tracks = {role: track.within(snapshot.live) for role, track in tracks.items()}
        return self._over(snapshot.pieces, record.next_ordinal, record.deletion_seq, tracks)

    def apply(
        self,
        removed: Sequence[int],
        ordinals: Sequence[int],
        documents: Sequence[Document],
        *,
        deletion_seq: int,
    ) -> None:
        """Make a committed write of this process visible, in one step.

        Args:
            removed: Ordinals that it deleted.
            ordinals: Ordinals that it added, ascending.
            documents: What stands under them.
            deletion_seq: The collection's last deletion number afterwards.
        """
        with self.lock:
            snapshot = self._snapshot
            follows = snapshot.deletion_seq + len(removed) == deletion_seq
            if follows and (not ordinals or ordinals[0] == snapshot.next_ordinal):
                snapshot = self._without(snapshot, removed, deletion_seq)
                self._snapshot = self._with(snapshot, ordinals, documents)
            else:
                # A refresh of another thread has seen the commit already, or this view was behind.
                self.refresh()
            self.behind = False

    def _with(
        self, snapshot: Snapshot, ordinals: Sequence[int], documents: Sequence[Document]
    ) -> Snapshot:
        if not ordinals:
            return snapshot
        piece = Piece.build(ordinals, documents, self.analyzer)
        pieces = _settled([*snapshot.pieces, piece])
        return self._over(pieces, ordinals[-1] + 1, snapshot.deletion_seq, snapshot.tracks)

    def _without(self, snapshot: Snapshot, ordinals: Sequence[int], deletion_seq: int) -> Snapshot:
        if not ordinals:
            pieces, tracks = snapshot.pieces, snapshot.tracks
        else:
            gone = np.array(sorted(ordinals), np.int64)
            pieces = tuple(piece.without(gone) for piece in snapshot.pieces)
            tracks = {role: track.without(gone) for role, track in snapshot.tracks.items()}
        return self._over(pieces, snapshot.next_ordinal, deletion_seq, tracks)

    def _over(
        self,
        pieces: Sequence[Piece],
        next_ordinal: int,
        deletion_seq: int,
        tracks: Mapping[str, Track] = NO_TRACKS,
    ) -> Snapshot:
        return Snapshot(
            pieces,
            next_ordinal=next_ordinal,
            deletion_seq=deletion_seq,
            tracks=tracks,
            threads=self._threads,
        )

    def texts(self, ordinals: NDArray[np.int64]) -> list[bytes]:
        """The bytes of stored documents for the n-gram index; none of those deleted since.

        Only of documents that an earlier version wrote to disk without that index.
        """
        log.warning(
            "the substrings of %s documents of %r are not on disk and are indexed in memory now; "
            "'mnemic compact DIR --collection %s' keeps them",
            f"{len(ordinals):,}",
            self.name,
            self.name,
        )
        found: list[bytes] = []
        with self.catalogue.reading() as tx:
            for start in range(0, len(ordinals), REPLAY_BATCH):
                batch = ordinals[start : start + REPLAY_BATCH].tolist()
                stored = tx.documents.by_ordinals(self.id, batch)
                found += [indexed(stored[each]) if each in stored else b"" for each in batch]
        return found

    def discard(self) -> None:
        """Remove the files of a collection that is being dropped."""
        with self.lock:
            if self.manifests.stamp() is not None:
                self.directory.delete(MANIFEST_NAME)
            self.manifests.sweep(self.manifest((), self._snapshot))
            self._snapshot = self._over((), 0, 0)

    def forget(self) -> None:
        """Distrust what is in memory: the next refresh reads everything again."""
        with self.lock:
            self._stamp, self._version, self.behind = (), -1, True

    def adopt(
        self,
        pieces: Sequence[Piece],
        tracks: Mapping[str, Track],
        position: Snapshot,
        stamp: object,
    ) -> None:
        """Take over what has just been committed as the next generation, under a stamp."""
        with self.lock:
            at = (position.next_ordinal, position.deletion_seq)
            self._snapshot, self._committed = self._over(pieces, *at, tracks), at
            self.generation += 1
            self._stamp = stamp

    def has_seen(self, version: int) -> bool:
        """Whether the last refresh read the collection at this version."""
        return version == self._version

    def knows(self, stamp: object) -> bool:
        """Whether a manifest's stamp is that of the one this view stands on."""
        return stamp == self._stamp

    def new_track(self, fingerprint: Fingerprint, spec: Mapping[str, Any]) -> Track:
        """The empty track of an encoder."""
        return Track(fingerprint, spec, threads=self._threads)

    def manifest(
        self,
        pieces: Sequence[Piece],
        position: Snapshot,
        tracks: Mapping[str, Track] = NO_TRACKS,
    ) -> Manifest:
        """The manifest that would describe the saved ones of pieces at a position.

        What is only in memory stands at the end, and is replayed from the catalogue.
        """
        memory = [int(piece.keys.ordinals[0]) for piece in pieces if piece.entry is None]
        return Manifest(
            generation=self.generation + 1,
            next_ordinal=min([position.next_ordinal, *memory]),
            deletion_seq=position.deletion_seq,
            segments=tuple(piece.entry for piece in pieces if piece.entry is not None),
            fingerprints=opening.fingerprints(self.storage_key, self.analyzer),
            tracks={role: track.entry for role, track in tracks.items()},
        )


def _settled(pieces: list[Piece]) -> list[Piece]:
    """Join small in-memory pieces as a binary counter does: O(log n) pieces, O(log n) copies."""
    while len(pieces) > 1 and pieces[-2].entry is None and not pieces[-2].sealed:
        last, previous = pieces[-1], pieces[-2]
        if previous.size > 2 * last.size:
            break
        pieces[-2:] = [Piece.merge([previous, last])]
    return pieces
