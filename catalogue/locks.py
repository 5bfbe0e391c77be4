"""Named leases with fencing: one writer at a time, also after a crash.

A lease ends when it is released, when it expires, or when its process is seen to be dead. Whoever
held it before finds out by ``require`` inside its own transaction, because tokens only grow
(Gray and Cheriton 1989, leases; Kleppmann 2016, fencing tokens).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from mnemic.catalogue.content import check_name
from mnemic.catalogue.processes import Process, is_dead, this_process
from mnemic.catalogue.records import Lease
from mnemic.catalogue.tables import locks
from mnemic.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Row

    from mnemic.catalogue.session import Session

_FREE: dict[str, Any] = {
    "owner": "",
    "host": "",
    "machine": "",
    "pid": 0,
    "process_start": 0,
    "acquired_at": 0.0,
    "expires_at": 0.0,
}


class Locks:
    """The locks, as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def acquire(self, name: str, *, owner: str, seconds: float) -> Lease:
        """Take a lock that is free, expired, or held by a dead process of this machine.

        Raises:
            Conflict: Somebody holds it; the message names host, process and since when.
            InvalidInput: ``seconds`` is not above 0, or a name cannot be stored.
        """
        _check_seconds(seconds)
        check_name(name, argument="lock name")
        check_name(owner, argument="lock owner")
        self._session.insert_missing(locks, {"name": name, "token": 0, **_FREE})
        row = self._row(name)
        now = self._session.clock()
        if row is not None and row.owner and row.expires_at > now and not is_dead(_holder(row)):
            raise _held(row)
        lease = Lease(name, owner, (row.token if row else 0) + 1, now + seconds, seconds)
        process = this_process()
        self._update(
            name,
            token=lease.token,
            owner=owner,
            host=process.host,
            machine=process.machine,
            pid=process.pid,
            process_start=process.start,
            acquired_at=now,
            expires_at=lease.expires_at,
        )
        return lease

    def renew(self, lease: Lease) -> Lease:
        """Hold a lock from now on for as long as it was taken for.

        Raises:
            Conflict: The lease was lost.
        """
        self.require(lease)
        renewed = replace(lease, expires_at=self._session.clock() + lease.seconds)
        self._update(lease.name, expires_at=renewed.expires_at)
        return renewed

    def release(self, lease: Lease) -> None:
        """Give a lock back; nothing happens when it was lost already."""
        row = self._row(lease.name)
        if row is not None and row.token == lease.token:
            self._update(lease.name, **_FREE)

    def require(self, lease: Lease) -> None:
        """Go on only while nobody else can have written under this lock since ``acquire``.

        An expired lease that nobody took over is still good: the check holds the lock's row
        until the commit, so nobody can take it in between.

        Raises:
            Conflict: The lock was released or taken over.
        """
        row = self._row(lease.name)
        if row is None or not row.owner:
            raise Conflict(f"lock {lease.name!r} was released", hint="acquire it again")
        if row.token != lease.token:
            raise _held(row)

    def _row(self, name: str) -> Row[Any] | None:
        statement = select(locks).where(locks.c.name == name).with_for_update()
        return self._session.write().execute(statement).one_or_none()

    def _update(self, name: str, **values: Any) -> None:
        self._session.write().execute(update(locks).where(locks.c.name == name).values(values))


def _holder(row: Row[Any]) -> Process:
    return Process(row.host, row.machine, row.pid, row.process_start)


def _held(row: Row[Any]) -> Conflict:
    since = datetime.fromtimestamp(row.acquired_at, UTC).isoformat(timespec="seconds")
    return Conflict(
        f"{row.name!r} is held by {row.owner!r}, process {row.pid} on {row.host}, since {since}",
        hint="wait until it is done, or end that process",
    )


def _check_seconds(seconds: float) -> None:
    if not seconds > 0:
        raise InvalidInput(f"seconds is {seconds}", hint="give a time above 0")
