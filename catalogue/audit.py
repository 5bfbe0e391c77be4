"""The audit log: append-only, chained by keyed hashes, without anybody's document ids."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert, select, update

from mnemic.catalogue.content import check_name, encode_json
from mnemic.catalogue.records import AuditEntry
from mnemic.catalogue.tables import audit, audit_head
from mnemic.errors import IndexCorrupt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Row

    from mnemic.catalogue.session import Session

_BATCH = 1000


class Audit:
    """The log, as one transaction sees it; triggers refuse to change or delete a line."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(
        self,
        actor: str,
        action: str,
        subject: str,
        detail: Mapping[str, Any],
        *,
        document_ids: Sequence[str] = (),
    ) -> AuditEntry:
        """Add a line, committed together with what it reports.

        Args:
            actor: Who did it.
            action: What was done, e.g. ``documents.erase``.
            subject: To what, e.g. ``collection:papers``.
            detail: JSON object; put no document ids into it.
            document_ids: Ids that stand in ``detail["documents"]`` as keyed hashes.

        Raises:
            InvalidInput: A name or the detail cannot be stored.
        """
        head = self._head()
        if document_ids:
            hashes = [_keyed(head.key, identifier) for identifier in document_ids]
            detail = {**detail, "documents": hashes}
        entry = AuditEntry(
            seq=head.seq + 1,
            at=self._session.clock(),
            actor=check_name(actor, argument="actor"),
            action=check_name(action, argument="action"),
            subject=check_name(subject, argument="subject"),
            detail=orjson.loads(encode_json(detail, argument="detail")),
        )
        entry = replace(entry, hash=_chained(head.key, head.hash, entry))
        self._write(entry)
        return entry

    def keyed(self, document_id: str) -> str:
        """The hash that stands for a document's id in the log, to look it up there."""
        return _keyed(self._head(lock=False).key, document_id)

    def iterate(self, *, start: int = 1) -> Iterator[AuditEntry]:
        """Lines from a number on, oldest first; memory: a thousand lines."""
        while True:
            rows = self._session.connection.execute(
                select(audit).where(audit.c.seq >= start).order_by(audit.c.seq).limit(_BATCH)
            ).all()
            yield from map(_entry, rows)
            if len(rows) < _BATCH:
                return
            start = rows[-1].seq + 1

    def verify(self) -> int:
        """Recompute the chain; the number of lines.

        Raises:
            IndexCorrupt: A line was changed, removed or slipped in; the message names it.
        """
        head = self._head(lock=False)
        previous, count = "", 0
        for entry in self.iterate():
            count += 1
            expected = _chained(head.key, previous, replace(entry, hash=""))
            if entry.seq != count or not hmac.compare_digest(expected, entry.hash):
                raise self._broken(count)
            previous = entry.hash
        if (count, previous) != (head.seq, head.hash):
            raise self._broken(count + 1)
        return count

    def _write(self, entry: AuditEntry) -> None:
        connection = self._session.write()
        row = {
            "seq": entry.seq,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": orjson.dumps(entry.detail),
            "hash": entry.hash,
        }
        connection.execute(insert(audit), [row])
        connection.execute(update(audit_head).values(seq=entry.seq, hash=entry.hash))

    def _head(self, *, lock: bool = True) -> Row[Any]:
        # The row's lock is what keeps two writers of PostgreSQL from taking the same number.
        statement = select(audit_head).with_for_update() if lock else select(audit_head)
        return (
            (self._session.write() if lock else self._session.connection).execute(statement).one()
        )

    def _broken(self, seq: int) -> IndexCorrupt:
        return IndexCorrupt(
            f"{self._session.file}: line {seq} of the audit log is not the one that was written",
            hint="compare with a backup; somebody changed the log past its triggers",
        )


def _keyed(key: bytes, document_id: str) -> str:
    return hmac.digest(key, b"id\0" + document_id.encode(), "sha256").hex()[:32]


def _chained(key: bytes, previous: str, entry: AuditEntry) -> str:
    line = [
        previous, entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail
    ]  # fmt: skip
    message = orjson.dumps(line, option=orjson.OPT_SORT_KEYS)
    return hmac.digest(key, b"line\0" + message, "sha256").hex()


def _entry(row: Row[Any]) -> AuditEntry:
    values = row._asdict()
    return AuditEntry(**{**values, "detail": orjson.loads(values["detail"])})
