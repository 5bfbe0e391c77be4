"""Merges, one at a time, beside reads and writes."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnemic.retrieval.collections.commits import put_documents, put_vectors, sweep_leftovers
from mnemic.retrieval.collections.flush import opened
from mnemic.retrieval.collections.joining import BYTES_A_SYMBOL, join
from mnemic.retrieval.collections.ngrams import ngram_bytes
from mnemic.retrieval.collections.pacing import Pace, PacedDirectory
from mnemic.retrieval.collections.planning import Documents, excess, next_merge
from mnemic.retrieval.collections.records import MergeStats
from mnemic.retrieval.collections.undoing import making
from mnemic.retrieval.vectors.track import open_piece

if TYPE_CHECKING:
    from threading import Event

    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections.commits import Access
    from mnemic.retrieval.collections.planning import Vectors
    from mnemic.retrieval.collections.snapshot import Snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What merges in the background may take.

    Attributes:
        rate: Most bytes written a second; 0 for no limit.
        memory: About how many bytes the index of substrings may take while it is made anew.
    """

    rate: float = 0.0
    memory: int = 512 * 2**20

    @property
    def symbols(self) -> int:
        """Most bytes of text that are indexed at once."""
        return max(1, self.memory // BYTES_A_SYMBOL)


class Merger:
    """Makes the merges that are due.

    Args:
        access: To the collection.
        limits: What a merge may take.
    """

    def __init__(self, access: Access, limits: Limits) -> None:
        self._access = access
        self._limits = limits
        self._pace: Pace | None = None

    def step(self, ending: Event, *, most_bytes: int | None = None) -> bool:
        """Make the next merge; False when none is due, or none of at most so many bytes.

        Raises:
            Abandoned: ``ending`` was set.
            Conflict: Its sources were replaced meanwhile, or another process is writing.
            IndexCorrupt: A source is damaged.
            LimitExceeded: The disk is full.
        """
        replica = self._access.replica
        with self._access.exclusive(), replica.lock:
            merge = next_merge(replica.snapshot)
            if merge is None or (most_bytes is not None and _bytes(merge) > most_bytes):
                return False
            sweep_leftovers(replica, self._access.fence)
        began = time.monotonic()
        self._pace = Pace(_work(merge), rate=self._limits.rate, ending=ending)
        try:
            if isinstance(merge, Documents):
                self._join(merge, self._pace)
            else:
                self._join_vectors(merge, self._pace)
        finally:
            self._pace = None
        taken = time.monotonic() - began
        log.debug("merged %d segments of %r in %.1f s", len(merge.sources), replica.name, taken)
        return True

    def _join(self, merge: Documents, pace: Pace) -> None:
        replica = self._access.replica
        directory = PacedDirectory(replica.directory, pace)
        with making(replica) as new_id:
            entry = join(
                merge.sources,
                new_id(),
                directory,
                symbols=self._limits.symbols,
                advance=pace.advance,
            )
            made = opened(replica, entry)
            pace.check()
            put_documents(self._access, merge.sources, made[0] if made else None)

    def _join_vectors(self, merge: Vectors, pace: Pace) -> None:
        replica = self._access.replica
        directory = PacedDirectory(replica.directory, pace)
        with making(replica) as new_id:
            joined = type(merge.sources[0]).merge(merge.sources)
            made = None
            if joined.document_count:
                saved = joined.save(directory, replica.generation + 1, name=new_id())
                assert saved.entry is not None
                made = open_piece(replica.directory, saved.entry, saved.kind)
            pace.check()
            put_vectors(self._access, merge.role, merge.sources, made)

    @property
    def done(self) -> tuple[int, int]:
        """Bytes done and bytes in all of the merge that runs; 0 of 0 when none does."""
        pace = self._pace
        return (min(pace.done, pace.total), pace.total) if pace else (0, 0)

    def stats(self, snapshot: Snapshot, *, waited: float, error: Exception | None) -> MergeStats:
        """What is due and what runs.

        Args:
            snapshot: The segments.
            waited: Seconds that writes have waited for merges and flushes.
            error: What went wrong last.
        """
        pace = self._pace
        return MergeStats(
            excess=excess(snapshot),
            running=pace is not None,
            done=min(1.0, pace.done / pace.total) if pace else 0.0,
            seconds_left=pace.seconds_left if pace else None,
            waited=waited,
            error=str(error) if error else "",
        )


def _entries(merge: Documents | Vectors) -> list[SegmentEntry]:
    return [piece.entry for piece in merge.sources if piece.entry is not None]


def _bytes(merge: Documents | Vectors) -> int:
    return sum(entry.bytes for entry in _entries(merge))


def _work(merge: Documents | Vectors) -> int:
    """Bytes to write, and those of n-grams to be indexed anew."""
    anew = sum(map(ngram_bytes, _entries(merge))) if isinstance(merge, Documents) else 0
    return _bytes(merge) + anew
