"""How a collection changes: fenced, audited transactions, then memory, then segments.

Acknowledged means that the catalogue has committed. Everything after that can be replayed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from mnemic.errors import LimitExceeded, MnemicError
from mnemic.retrieval.collections import flush as flushing
from mnemic.retrieval.collections.lease import WriterLease
from mnemic.retrieval.collections.records import AddReport, ErasureReceipt
from mnemic.retrieval.collections.validation import checked, checked_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Literal

    from mnemic.catalogue import Deletion, Insertion, Transaction
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.types import Document

FLUSH_DOCUMENTS = 20_000
FLUSH_CHARACTERS = 64 * 1024 * 1024
# A tail this many times the flush size means that flushing fails: stop before memory is full.
TAIL_LIMIT = 10
LOCAL = "local"
UNREACHABLE = (
    "backups and snapshots that were taken before",
    "copies that the file system or the disk keeps of overwritten blocks",
    "PostgreSQL's own write-ahead log and dead tuples until VACUUM, where it is the catalogue",
)
log = logging.getLogger(__name__)
Changed = TypeVar("Changed")


class Writer:
    """Serialises the writes of this process and excludes those of others.

    Args:
        replica: The view that committed writes are applied to.
        lock_wait: Seconds to wait for another process before ``Conflict``.
    """

    def __init__(self, replica: Replica, *, lock_wait: float) -> None:
        self._replica = replica
        self._characters = 0
        self.lease = WriterLease(
            replica.catalogue,
            f"collection:{replica.id}",
            wait=lock_wait,
            taken=replica.refresh,
            idle=lambda: flushing.flush(replica),
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
        with self.lease.exclusive():
            self._refuse_a_swollen_tail()

            def insert(tx: Transaction) -> Insertion:
                return tx.documents.insert(self._replica.id, batch, on_duplicate=on_duplicate)

            insertion = self._commit("documents.add", insert, actor=actor, count=len(batch))
            self._apply(insertion, batch)
            self._flush_when_due()
        return AddReport(
            insertion.added, insertion.replaced, insertion.skipped, insertion.same_content
        )

    def delete(self, ids: Sequence[str], *, actor: str | None) -> Deletion:
        """Remove documents from every search, at once."""
        with self.lease.exclusive():
            return self._remove("documents.delete", checked_ids(ids), actor=actor)

    def erase(self, ids: Sequence[str], *, actor: str | None) -> ErasureReceipt:
        """Remove documents and every byte of them that mnemic can reach."""
        with self.lease.exclusive():
            deletion = self._remove("documents.erase", checked_ids(ids), actor=actor)
            rewritten = flushing.purge(self._replica)
            self._replica.catalogue.scrub()
        return ErasureReceipt(len(deletion.ordinals), deletion.missing, rewritten, UNREACHABLE)

    def flush(self) -> bool:
        """Write the tail into a segment; False when there is nothing to write."""
        with self.lease.exclusive():
            self._characters = 0
            return flushing.flush(self._replica)

    def compact(self) -> None:
        """Join everything into one segment without deleted documents."""
        with self.lease.exclusive():
            flushing.compact(self._replica)

    def rebuild(self) -> None:
        """Throw the segments away and make them again from the catalogue."""
        with self.lease.exclusive(catch_up=False):
            flushing.rebuild(self._replica)

    def close(self) -> None:
        """Flush and let other processes write."""
        self.lease.close()

    def _commit(
        self,
        action: str,
        change: Callable[[Transaction], Changed],
        *,
        actor: str | None,
        count: int,
        ids: Sequence[str] = (),
    ) -> Changed:
        """Run a change in one fenced, audited transaction; durable when it returns."""
        with self.lease.exclusive() as lease, self._replica.catalogue.transaction() as tx:
            tx.locks.require(lease)
            if actor is not None:
                tx.grants.require(self._replica.id, actor, "writer")
            changed = change(tx)
            subject = f"collection:{self._replica.name}"
            tx.audit.append(actor or LOCAL, action, subject, {"count": count}, document_ids=ids)
        return changed

    def _remove(self, action: str, ids: Sequence[str], *, actor: str | None) -> Deletion:
        def remove(tx: Transaction) -> Deletion:
            return tx.documents.delete(self._replica.id, ids)

        deletion = self._commit(action, remove, actor=actor, count=len(ids), ids=ids)
        self._replica.remove(deletion.ordinals, deletion_seq=deletion.deletion_seq)
        return deletion

    def _apply(self, insertion: Insertion, batch: Sequence[Document]) -> None:
        placed = [
            (ordinal, document)
            for ordinal, document in zip(insertion.ordinals, batch, strict=True)
            if ordinal is not None
        ]
        try:
            self._replica.remove(insertion.removed, deletion_seq=insertion.deletion_seq)
            self._replica.append([o for o, _ in placed], [d for _, d in placed])
        except BaseException:
            # The documents are durable; memory is behind. Reading again from the truth heals it.
            self._replica.forget()
            raise
        self._characters += sum(len(document.text) for _, document in placed)

    def _flush_when_due(self) -> None:
        if self._replica.tail < FLUSH_DOCUMENTS and self._characters < FLUSH_CHARACTERS:
            return
        try:
            self.flush()
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
