"""Flushes and merges of one collection: when they begin, who waits for them, how they end.

Two threads at most, and only while there is work: one writes memory to disk, one merges. Each does
its long part without a lock. Whoever wants neither to disturb pauses both first, and only then
becomes the only writer: never the other way round.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.retrieval.collections import flush as flushing
from mnemic.retrieval.collections.background import Worker
from mnemic.retrieval.collections.merger import Limits, Merger
from mnemic.retrieval.collections.pacing import Abandoned
from mnemic.retrieval.collections.planning import excess, next_merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnemic.retrieval.collections.commits import Access
    from mnemic.retrieval.collections.records import MergeStats
    from mnemic.retrieval.collections.snapshot import Snapshot

# With more segments than this to merge, writes wait; a search looks into every one of them.
MOST_EXCESS = 64
# While documents are added, merges wait for this many segments, so that adds have the machine.
BUSY_EXCESS = 14
# What is merged before a collection is closed, so that processes that add a little and end leave
# few segments: a second or two of work.
CLOSING_BYTES = 8 * 1024 * 1024
CLOSING_SECONDS = 2.0
POLL_SECONDS = 0.02
# Others ask for the lease twenty times a second.
OFFER_SECONDS = 0.2


class Housekeeping:
    """Keeps segments few and memory small, in the background.

    Args:
        access: To the collection.
        limits: What merges may take.
        offer: Lets other processes have a turn between two merges; says whether it did.
    """

    def __init__(self, access: Access, limits: Limits, *, offer: Callable[[], bool]) -> None:
        self._access = access
        self._offer = offer
        self._merging = Merger(access, limits)
        name = access.replica.name
        self._saver = Worker(f"mnemic flush of {name!r}", self._save_once)
        self._merger = Worker(f"mnemic merge of {name!r}", self._merge)
        self._rate = limits.rate
        self._waited = 0.0

    @property
    def failed(self) -> bool:
        """Whether the last flush in the background failed."""
        return self._saver.error is not None

    @property
    def active(self) -> bool:
        """Whether something is being written or merged."""
        return self._saver.active or self._merger.active

    @property
    def flushing(self) -> bool:
        """Whether memory is being written."""
        return self._saver.active

    def wake_flush(self) -> None:
        """Begin to write what is in memory now, and return."""
        self._saver.wake()

    def wake_merges(self) -> bool:
        """Begin to merge and return; False where nothing is due, or the last merge failed."""
        failed = self._merger.error is not None
        if failed or next_merge(self._access.replica.snapshot) is None:
            return False
        self._merger.wake()
        return True

    def flush(self) -> bool:
        """Write what is in memory now; False where that was nothing.

        Raises:
            MnemicError: It failed, or a merge in the background has failed since the last call.
        """
        self._saver.take_error()
        wrote = self._saver.run(self._save)
        self.raise_failed()
        return wrote

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Write what is in memory and make every merge that is due.

        Args:
            progress: Told bytes done and bytes in all of the merge that runs, now and then.

        Raises:
            Conflict: Another process is writing.
            MnemicError: Something of that failed.
        """
        self._merger.take_error()
        self.flush()
        while next_merge(self._access.replica.snapshot) is not None:
            self._merger.wake()
            while not self._merger.wait(POLL_SECONDS):
                if progress is not None:
                    progress(*self._merging.done)
            self.raise_failed()
            self._merge_now()

    def _merge_now(self) -> None:
        """Make what the thread has left, and raise what it keeps to itself: others who write."""
        try:
            self._merger.run()
        except Abandoned:
            # Another thread compacts or closes meanwhile; what is due may have changed.
            time.sleep(POLL_SECONDS)

    def finish(self) -> None:
        """Write what is in memory, and make the merges that take a moment, or are long overdue.

        Raises:
            MnemicError: Something of that failed.
        """
        self._saver.take_error()
        self._saver.run(lambda: flushing.flush(self._access))
        overdue = excess(self._access.replica.snapshot) > MOST_EXCESS
        most = None if overdue else self._closing_bytes

        def small() -> bool:
            return self._merging.step(self._merger.ending, most_bytes=most)

        while self._merger.run(small):
            pass

    @property
    def _closing_bytes(self) -> int:
        slow = int(self._rate * CLOSING_SECONDS)
        return min(slow, CLOSING_BYTES) if self._rate else CLOSING_BYTES

    def stop(self) -> None:
        """Abandon merges and end the threads; what was being flushed is flushed."""
        self._merger.stop()
        self._saver.stop()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """A block in which nothing is flushed or merged; a merge that runs is abandoned."""
        with self._merger.paused(), self._saver.paused():
            yield

    def wait_for_room(self, *, documents: int, size: int) -> None:
        """Wait while too much is in memory, or far too many segments are on disk.

        Args:
            documents: Too many of them, in memory.
            size: Too many bytes of text, in memory.
        """
        began, replica = time.monotonic(), self._access.replica
        while self._saver.active and (replica.tail >= documents or replica.tail_bytes >= size):
            self._saver.wait(POLL_SECONDS)
        while self._merger.active and excess(replica.snapshot) > MOST_EXCESS:
            self._merger.wait(POLL_SECONDS)
        self._waited += time.monotonic() - began

    def stats(self, snapshot: Snapshot) -> MergeStats:
        """What is due, what runs and what went wrong."""
        error = self._merger.error or self._saver.error
        return self._merging.stats(snapshot, waited=self._waited, error=error)

    def raise_failed(self) -> None:
        """Raise what went wrong in the background, once.

        Raises:
            MnemicError: It was this.
        """
        for worker in (self._saver, self._merger):
            if (error := worker.take_error()) is not None:
                raise error

    def _save(self) -> bool:
        wrote = flushing.flush(self._access)
        if excess(self._access.replica.snapshot) >= BUSY_EXCESS:
            self._merger.wake()
        return wrote

    def _save_once(self) -> bool:
        self._save()
        # What has come meanwhile waits until it is worth a segment.
        return False

    def _merge(self) -> bool:
        more = self._merging.step(self._merger.ending)
        # A flush that runs needs the lease.
        if more and not self._saver.active and self._offer():
            self._merger.ending.wait(OFFER_SECONDS)
        return more
