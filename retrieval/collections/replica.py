"""A process's own view of a collection, kept in step with the manifest and the catalogue.

The catalogue is the truth. The manifest says up to where the segments hold it; what came later is
replayed into memory. Replaying is idempotent, so a crash at any point costs only the replay.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import DimensionMismatch, IndexCorrupt, Unavailable
from mnemic.indexes.storage import Manifest, ManifestStore
from mnemic.indexes.storage.names import MANIFEST_NAME
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.catalogue import Catalogue, CollectionRecord, Transaction
    from mnemic.indexes.storage import Directory
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.types import Document

REPLAY_BATCH = 2_000
ATTEMPTS = 20
OPENING_THREADS = 4
log = logging.getLogger(__name__)


class Replica:
    """Holds the current snapshot; searches read it, the writer and ``refresh`` replace it.

    Args:
        catalogue: The truth.
        record: The collection's row.
        directory: The collection's segment folder.
        analyzer: Turns text into terms; its fingerprint must be the manifest's.
        threads: Worker threads of native searches; 0 for one per core.
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
        self.directory = directory
        self.analyzer = analyzer
        self.manifests = ManifestStore(directory)
        self.lock = RLock()
        self.generation = 0
        self._threads = threads
        self._committed = (0, 0)
        self._stamp: object = ()
        self._version = -1
        self._checked = float("-inf")
        self._snapshot = self._empty()

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

    def fresh(self, seconds: float) -> Snapshot:
        """The snapshot, after looking for other processes' work if that was long ago."""
        if time.monotonic() - self._checked > seconds:
            self.refresh()
        return self._snapshot

    def refresh(self) -> None:
        """Take in what other processes flushed, added and removed.

        Raises:
            IndexCorrupt: A segment or the manifest is damaged.
            NotFound: The collection was dropped.
        """
        with self.lock:
            for _ in range(ATTEMPTS):
                if self._caught_up():
                    self._checked = time.monotonic()
                    return
        raise Unavailable(f"collection {self.name!r} changes faster than it can be read")

    def _caught_up(self) -> bool:
        # The stamp is read before and after: a flush in between purges deletions that the old
        # manifest still needs, so what was read with it would be incomplete.
        before = self.manifests.stamp()
        if before != self._stamp and not self._reload(before):
            return False
        with self.catalogue.reading() as tx:
            record = tx.collections.by_id(self.id)
            if record.version != self._version:
                self._replay(tx, record)
        return self.manifests.stamp() == before

    def _reload(self, stamp: object) -> bool:
        manifest = self.manifests.load()
        try:
            snapshot = self._empty() if manifest is None else self._opened(manifest)
        except IndexCorrupt:
            # Another process swept the files of a manifest that it has replaced meanwhile.
            if self.manifests.stamp() != stamp:
                return False
            raise
        self._snapshot, self._stamp, self._version = snapshot, stamp, -1
        self._committed = (snapshot.next_ordinal, snapshot.deletion_seq)
        self.generation = 0 if manifest is None else manifest.generation
        return True

    def _empty(self) -> Snapshot:
        return Snapshot((), next_ordinal=0, deletion_seq=0, threads=self._threads)

    def _opened(self, manifest: Manifest) -> Snapshot:
        self._check_fingerprint(manifest)
        known = {piece.entry: piece for piece in self._snapshot.pieces if not piece.unsaved}
        missing = [entry for entry in manifest.segments if entry not in known]
        # Hashing and checking let other threads run; a collection opens as fast as the disk reads.
        with ThreadPoolExecutor(OPENING_THREADS) as pool:
            opened = pool.map(lambda entry: Piece.open(self.directory, entry), missing)
            known |= dict(zip(missing, opened, strict=True))
        pieces = [known[entry] for entry in manifest.segments]
        return Snapshot(
            pieces,
            next_ordinal=manifest.next_ordinal,
            deletion_seq=manifest.deletion_seq,
            threads=self._threads,
        )

    def _check_fingerprint(self, manifest: Manifest) -> None:
        stored, own = manifest.fingerprints.get("analyzer"), self.analyzer.fingerprint
        if stored is None or stored.digest != own.digest:
            found = "none" if stored is None else f"{stored.name} {stored.digest}"
            raise DimensionMismatch(
                f"collection {self.name!r} was indexed with analyzer {found}, "
                f"this mnemic makes {own.name} {own.digest}",
                hint="rebuild it: mnemic doctor DIR --repair",
            )

    def _replay(self, tx: Transaction, record: CollectionRecord) -> None:
        removed = [item for _, item in tx.documents.deletions_since(self.id, self._seq())]
        self.remove(removed, deletion_seq=record.deletion_seq)
        for batch in tx.documents.iterate(
            self.id, start=self._snapshot.next_ordinal, batch=REPLAY_BATCH
        ):
            self.append([item.ordinal for item in batch], [item.document for item in batch])
        self._publish(self._snapshot.pieces, max(record.next_ordinal, self._snapshot.next_ordinal))
        self._version = record.version

    def _seq(self) -> int:
        return self._snapshot.deletion_seq

    def append(self, ordinals: Sequence[int], documents: Sequence[Document]) -> None:
        """Make committed documents searchable from memory."""
        if not ordinals:
            return
        with self.lock:
            piece = Piece.build(ordinals, documents, self.analyzer)
            pieces = _settled([*self._snapshot.pieces, piece])
            self._publish(pieces, ordinals[-1] + 1)

    def remove(self, ordinals: Sequence[int], *, deletion_seq: int) -> None:
        """Make committed deletions effective in every index kind."""
        with self.lock:
            gone = np.array(sorted(ordinals), np.int64)
            pieces = [piece.without(gone) for piece in self._snapshot.pieces]
            self._publish(pieces, self._snapshot.next_ordinal, deletion_seq=deletion_seq)

    def restart(self) -> None:
        """Commit an empty manifest over the present one, damaged or not: all is replayed."""
        with self.lock:
            self._snapshot = self._empty()
            try:
                present = self.manifests.load()
            except IndexCorrupt:
                present = None  # a rebuild is the cure for exactly this
            self.generation = present.generation if present else 0
            manifest = self.manifest(())
            self.manifests.commit(manifest, repair=True)
            self.adopt((), manifest)

    def discard(self) -> None:
        """Remove the files of a collection that was dropped."""
        with self.lock:
            if self.manifests.stamp() is not None:
                self.directory.delete(MANIFEST_NAME)
            self.manifests.sweep(self.manifest(()))
            self._snapshot = self._empty()

    def forget(self) -> None:
        """Distrust what is in memory: the next refresh reads everything again."""
        with self.lock:
            self._stamp, self._version, self._checked = (), -1, float("-inf")

    def adopt(self, pieces: Sequence[Piece], manifest: Manifest) -> None:
        """Take over what a flush has just committed."""
        with self.lock:
            self._publish(pieces, manifest.next_ordinal, deletion_seq=manifest.deletion_seq)
            self._committed = (manifest.next_ordinal, manifest.deletion_seq)
            self.generation = manifest.generation
            self._stamp = self.manifests.stamp()

    def manifest(self, pieces: Sequence[Piece]) -> Manifest:
        """The manifest that would describe saved pieces and the current position."""
        return Manifest(
            generation=self.generation + 1,
            next_ordinal=self._snapshot.next_ordinal,
            deletion_seq=self._snapshot.deletion_seq,
            segments=tuple(piece.entry for piece in pieces if piece.entry is not None),
            fingerprints={"analyzer": self.analyzer.fingerprint},
        )

    def _publish(
        self, pieces: Sequence[Piece], next_ordinal: int, *, deletion_seq: int | None = None
    ) -> None:
        seq = self._seq() if deletion_seq is None else deletion_seq
        self._snapshot = Snapshot(
            pieces, next_ordinal=next_ordinal, deletion_seq=seq, threads=self._threads
        )


def _settled(pieces: list[Piece]) -> list[Piece]:
    """Join small in-memory pieces as a binary counter does: O(log n) pieces, O(log n) copies."""
    while len(pieces) > 1 and pieces[-2].entry is None:
        last, previous = pieces[-1], pieces[-2]
        if previous.document_count > 2 * last.document_count:
            break
        pieces[-2:] = [Piece.merge([previous, last])]
    return pieces
