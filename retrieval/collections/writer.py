"""How a collection changes: fenced, audited transactions, then memory, then segments.

Acknowledged means that the catalogue has committed. Everything after that can be replayed.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from mnemic.errors import LimitExceeded, MnemicError
from mnemic.retrieval.collections import flush as flushing
from mnemic.retrieval.collections import rebuilding
from mnemic.retrieval.collections.commits import Access
from mnemic.retrieval.collections.embedding import EMBED, embed_kind
from mnemic.retrieval.collections.housekeeping import Housekeeping
from mnemic.retrieval.collections.lease import IDLE_SECONDS, LEASE_SECONDS, WriterLease
from mnemic.retrieval.collections.merger import Limits
from mnemic.retrieval.collections.records import AddReport, ErasureReceipt
from mnemic.retrieval.collections.validation import checked, checked_ids
from mnemic.retrieval.collections.wanted import ENCODERS, TOKENIZER, followed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Literal

    from mnemic.catalogue import Deletion, Insertion, Transaction
    from mnemic.retrieval.collections.records import MergeStats
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Document

FLUSH_DOCUMENTS = 20_000
FLUSH_CHARACTERS = 64 * 1024 * 1024
FLUSH_SECONDS = 10.0
# With a tail of this many times the flush size, adds wait for the flush that runs.
ROOM = 3
# A tail this many times the flush size means that flushing fails: stop before memory is full.
TAIL_LIMIT = 10
LOCAL = "local"
ERASE = "erase"
ERASE_ATTEMPTS = 1_000_000
ERASE_WAIT = 60.0
log = logging.getLogger(__name__)
Changed = TypeVar("Changed")


class Writer:
    """Serialises the writes of this process and excludes those of others.

    Args:
        replica: The view that committed writes are applied to.
        lock_wait: Seconds to wait for another process before ``Conflict``.
        endpoint: Where encoders called ``openai:`` send texts now.
        limits: What merges in the background may take.
    """

    def __init__(
        self, replica: Replica, *, lock_wait: float, endpoint: str, limits: Limits | None = None
    ) -> None:
        self._replica = replica
        self._endpoint = endpoint
        self._characters = 0
        self._flushed = time.monotonic()
        self._changed = 0.0
        self._erase_again = 0.0
        self.lease = WriterLease(
            replica.catalogue,
            f"collection:{replica.id}",
            wait=lock_wait,
            taken=self._catch_up,
            quiet=self._is_quiet,
        )
        self._access = Access(replica=replica, exclusive=self._operation, fence=self.lease.fence)
        self._background = Housekeeping(self._access, limits or Limits(), offer=self._offer)

    def add(
        self,
        documents: Iterable[Document],
        *,
        actor: str | None,
        on_duplicate: Literal["error", "skip", "replace"],
    ) -> AddReport:
        """Store documents in one transaction and make them searchable."""
        batch = checked(documents)
        self._background.wait_for_room(
            documents=ROOM * FLUSH_DOCUMENTS, size=ROOM * FLUSH_CHARACTERS
        )
        with self._operation():
            self._refuse_a_swollen_tail()

            def insert(tx: Transaction) -> Insertion:
                if followed(self._replica.settings):
                    tx.jobs.enqueue(embed_kind(self._replica.id), {}, key=EMBED)
                return tx.documents.insert(self._replica.id, batch, on_duplicate=on_duplicate)

            done = self._commit("documents.add", insert, actor=actor, count=len(batch))
            placed = {o: d for o, d in zip(done.ordinals, batch, strict=True) if o is not None}
            ordinals = sorted(placed)
            stored = [placed[ordinal] for ordinal in ordinals]
            self._replica.apply(done.removed, ordinals, stored, deletion_seq=done.deletion_seq)
            self._characters += sum(len(item.text) + len(item.title) for item in stored)
            self._flush_when_due()
        return AddReport(done.added, done.replaced, done.skipped, done.same_content)

    def delete(self, ids: Sequence[str], *, actor: str | None) -> Deletion:
        """Remove documents from every search, at once."""
        names = checked_ids(ids)
        with self._operation():
            return self._remove("documents.delete", names, actor=actor)

    def erase(self, ids: Sequence[str], *, actor: str | None) -> ErasureReceipt:
        """Remove documents and every byte of them that mnemic can reach.

        The work is a durable job: after a crash the next writer finishes it, and a repeated call
        reports what an earlier one could not finish.
        """
        # Costs 60 ms, which nobody pays who only searches.
        from mnemic.retrieval.collections.unreachable import unreachable

        names = checked_ids(ids)
        with self._background.undisturbed(), self._operation():
            deletion = self._remove("documents.erase", names, actor=actor, job=ERASE)
            erased, rewritten = self._finish_erasures()
            places = unreachable(self._replica, self._endpoint)
        return ErasureReceipt(erased, deletion.missing, rewritten, places)

    def set_encoders(self, encoders: Mapping[str, Any], *, actor: str | None) -> None:
        """Say which encoders the collection shall have; the embedder does what that needs."""
        self._set(ENCODERS, dict(encoders), "collection.reindex", actor=actor, count=len(encoders))

    def set_tokenizer(self, tokenizer: Mapping[str, Any] | None, *, actor: str | None) -> None:
        """Say whose tokens the collection shall have, if any, as ``set_encoders`` does."""
        count = 0 if tokenizer is None else 1
        self._set(TOKENIZER, tokenizer, "collection.index_tokens", actor=actor, count=count)

    def _set(self, key: str, value: Any, action: str, *, actor: str | None, count: int) -> None:
        with self._operation():

            def change(tx: Transaction) -> None:
                settings = tx.collections.by_id(self._replica.id).settings
                tx.collections.update_settings(self._replica.id, {**settings, key: value})
                if value is not None:
                    tx.jobs.enqueue(embed_kind(self._replica.id), {}, key=EMBED)

            self._commit(action, change, actor=actor, count=count)
            self._see_what_was_committed()

    def extend(self, change: Callable[[Snapshot], Mapping[str, Track]]) -> None:
        """Commit vectors.

        Args:
            change: Makes the tracks that shall be of those that are now.

        Raises:
            Conflict: Another process is writing.
        """
        with self._operation(), self._replica.lock:
            flushing.extend(self._access, change(self._replica.snapshot))

    def flush(self) -> bool:
        """Write the tail into a segment; False when there is nothing to write.

        Raises:
            MnemicError: It failed, or a merge in the background has failed since the last call.
        """
        self._note_flush()
        return self._background.flush()

    def settle(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Write the tail and make every merge that is due."""
        self._note_flush()
        self._background.settle(progress)

    def compact(self) -> None:
        """Join everything into one segment without deleted documents."""
        with self._background.undisturbed():
            flushing.compact(self._access)

    def rebuild(self) -> None:
        """Make the segments again from the catalogue; works on damaged ones."""
        with self._background.undisturbed(), self.lease.exclusive(catch_up=False):
            rebuilding.rebuild(self._access)

    def close(self) -> None:
        """Flush, abandon long merges, and let other processes write.

        Raises:
            MnemicError: The flush failed, or a merge in the background has.
        """
        self._background.stop()
        try:
            if self.lease.held:
                self._finish()
        finally:
            self.lease.close()
            # Before the keeper of the lease ended, it may have begun a flush, which took it again.
            self._background.stop()
            self.lease.close()
        self._background.raise_failed()

    def merges(self, snapshot: Snapshot) -> MergeStats:
        """What goes on in the background."""
        return self._background.stats(snapshot)

    @contextmanager
    def dropping(self) -> Iterator[None]:
        """Be the only writer of a collection that is about to go."""
        self._background.stop()
        with self._background.undisturbed(), self.lease.exclusive(catch_up=False):
            yield

    def _finish(self) -> None:
        self._background.finish()

    @contextmanager
    def _operation(self) -> Iterator[None]:
        """Be the only writer, with all that was committed before in view."""
        with self.lease.exclusive():
            self._see_what_was_committed()
            yield

    def _see_what_was_committed(self) -> None:
        if self._replica.behind:
            self._replica.refresh()
            self._replica.behind = False

    def _catch_up(self) -> None:
        self._replica.refresh()
        self._replica.behind = False
        with self._replica.catalogue.reading() as tx:
            pending = any(job.kind == self._erasures for job in tx.jobs.all("queued"))
        if not pending or time.monotonic() < self._erase_again:
            return
        try:
            self._finish_erasures()
        except MnemicError:
            # A reader that holds on to the old state must not keep everybody from writing.
            log.exception("erasures in %r wait; they will be tried again", self._replica.name)

    def _commit(
        self,
        action: str,
        change: Callable[[Transaction], Changed],
        *,
        actor: str | None,
        count: int,
        ids: Sequence[str] = (),
    ) -> Changed:
        """Run a change in one fenced, audited transaction; durable when it returns.

        From before the commit, when nothing is left that could refuse the change, until ``apply``
        the replica counts as behind, so that no interrupt in between can hide what was committed.
        """
        subject = f"collection:{self._replica.name}"
        self._changed = time.monotonic()
        with self._replica.catalogue.transaction() as tx:
            self.lease.fence(tx)
            if actor is not None:
                tx.grants.require(self._replica.id, actor, "writer")
            changed = change(tx)
            tx.audit.append(actor or LOCAL, action, subject, {"count": count}, document_ids=ids)
            self._replica.behind = True
        return changed

    def _remove(
        self, action: str, ids: Sequence[str], *, actor: str | None, job: str = ""
    ) -> Deletion:
        def remove(tx: Transaction) -> Deletion:
            deletion = tx.documents.delete(self._replica.id, ids)
            if job:
                payload = {"erased": len(deletion.ordinals)}
                tx.jobs.enqueue(self._erasures, payload, max_attempts=ERASE_ATTEMPTS)
            return deletion

        done = self._commit(action, remove, actor=actor, count=len(ids), ids=ids)
        self._replica.apply(done.ordinals, (), (), deletion_seq=done.deletion_seq)
        return done

    @property
    def _erasures(self) -> str:
        return f"{ERASE}:{self._replica.id}"

    def _finish_erasures(self) -> tuple[int, int]:
        """Rewrite segments, scrub jobs and catalogue for every erasure that waits.

        Returns:
            Documents erased and segments rewritten.

        Raises:
            Unavailable: A reader holds on to the old state; the jobs stay queued.
        """
        self._erase_again = time.monotonic() + ERASE_WAIT
        with self._replica.catalogue.transaction() as tx:
            self.lease.fence(tx)
            # After the commit that removed the documents: who leases the job from now on never
            # reads them.
            tx.jobs.recall([embed_kind(self._replica.id)])
        rewritten = flushing.purge(self._access)
        self._replica.catalogue.scrub()
        erased = 0
        while True:
            with self._replica.catalogue.transaction() as tx:
                self.lease.fence(tx)
                job = tx.jobs.lease([self._erasures], owner=LOCAL, seconds=LEASE_SECONDS)
                if job is None:
                    return erased, rewritten
                erased += int(job.payload["erased"])
                tx.jobs.complete(job)

    def _note_flush(self) -> None:
        self._characters, self._flushed = 0, time.monotonic()

    def _flush_when_due(self) -> None:
        """Begin a flush. What was added is durable and searchable, whatever becomes of it.

        It is tried again where it fails, and the tail limit refuses further adds long before
        memory is full.
        """
        waiting = self._replica.tail if self._background.failed else self._replica.growing
        full = waiting >= FLUSH_DOCUMENTS or self._characters >= FLUSH_CHARACTERS
        if full or time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self._note_flush()
            self._background.wake_flush()

    def _is_quiet(self) -> bool:
        """Whether other processes may write; else, see to it that they soon may."""
        if self._background.active:
            return False
        if self._replica.unsaved and not self._background.failed:
            self._note_flush()
            self._background.wake_flush()
            return False
        # Who waits has all that is in the catalogue, should the flush have failed.
        return not self._background.wake_merges()

    def _offer(self) -> bool:
        idle = time.monotonic() - self._changed >= IDLE_SECONDS
        return idle and self.lease.offer()

    def _refuse_a_swollen_tail(self) -> None:
        if self._replica.tail >= TAIL_LIMIT * FLUSH_DOCUMENTS:
            raise LimitExceeded(
                f"{self._replica.tail} documents of {self._replica.name!r} wait for a flush",
                hint="see the log for why flushing fails; free disk space, then flush()",
            )
