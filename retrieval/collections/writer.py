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
from mnemic.retrieval.collections.embedding import EMBED, embed_kind
from mnemic.retrieval.collections.lease import LEASE_SECONDS, WriterLease
from mnemic.retrieval.collections.records import AddReport, ErasureReceipt
from mnemic.retrieval.collections.validation import checked, checked_ids
from mnemic.retrieval.collections.wanted import ENCODERS, TOKENIZER, followed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Literal

    from mnemic.catalogue import Deletion, Insertion, Transaction
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.vectors import Track
    from mnemic.types import Document

FLUSH_DOCUMENTS = 20_000
FLUSH_CHARACTERS = 64 * 1024 * 1024
FLUSH_SECONDS = 10.0
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
    """

    def __init__(self, replica: Replica, *, lock_wait: float, endpoint: str) -> None:
        self._replica = replica
        self._endpoint = endpoint
        self._characters = 0
        self._flushed = time.monotonic()
        self._erase_again = 0.0
        self.lease = WriterLease(
            replica.catalogue,
            f"collection:{replica.id}",
            wait=lock_wait,
            taken=self._catch_up,
            idle=self._flush,
        )

    def add(
        self,
        documents: Iterable[Document],
        *,
        actor: str | None,
        on_duplicate: Literal["error", "skip", "replace"],
    ) -> AddReport:
        """Store documents in one transaction and make them searchable."""
        batch = checked(documents)
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
        with self._operation():
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
            tracks = change(self._replica.snapshot)
            flushing.extend(self._replica, self.lease.fence, tracks)

    def flush(self) -> bool:
        """Write the tail into a segment; False when there is nothing to write."""
        with self._operation():
            return self._flush()

    def compact(self) -> None:
        """Join everything into one segment without deleted documents."""
        with self._operation():
            flushing.compact(self._replica, self.lease.fence)

    def rebuild(self) -> None:
        """Make the segments again from the catalogue; works on damaged ones."""
        with self.lease.exclusive(catch_up=False):
            flushing.rebuild(self._replica, self.lease.fence)

    def close(self) -> None:
        """Flush and let other processes write."""
        self.lease.close()

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
        rewritten = flushing.purge(self._replica, self.lease.fence)
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

    def _flush(self) -> bool:
        self._see_what_was_committed()
        self._characters, self._flushed = 0, time.monotonic()
        return flushing.flush(self._replica, self.lease.fence)

    def _flush_when_due(self) -> None:
        waited = time.monotonic() - self._flushed
        full = self._replica.tail >= FLUSH_DOCUMENTS or self._characters >= FLUSH_CHARACTERS
        if not full and waited < FLUSH_SECONDS:
            return
        try:
            self._flush()
        except MnemicError:
            # What was added is durable and searchable, so the add succeeded. The flush is tried
            # again, and the tail limit refuses further adds long before memory is full.
            log.exception("flush of %r failed; it will be tried again", self._replica.name)

    def _refuse_a_swollen_tail(self) -> None:
        if self._replica.tail >= TAIL_LIMIT * FLUSH_DOCUMENTS:
            raise LimitExceeded(
                f"{self._replica.tail} documents of {self._replica.name!r} wait for a flush",
                hint="see the log for why flushing fails; free disk space, then flush()",
            )
