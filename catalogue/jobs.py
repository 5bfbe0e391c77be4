"""Durable work: queued in the transaction that makes it necessary, leased by workers.

A job is done at least once. Whoever leased it must report within its lease; after that another
worker gets it, and the late one's report is refused. Failures wait 2, 4, 8 ... seconds, and after
``max_attempts`` the job is dead until somebody revives it. Of jobs that have ended, few are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, true, update

from mnemic.catalogue.content import check_name, encode_json
from mnemic.catalogue.ended_jobs import forget_earlier
from mnemic.catalogue.records import Job, JobState
from mnemic.catalogue.tables import jobs
from mnemic.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from mnemic.catalogue.session import Session

BACKOFF_SECONDS = 2.0
LONGEST_BACKOFF_SECONDS = 3600.0
MAX_ERROR_CHARACTERS = 4000
_LIVE: tuple[JobState, ...] = ("queued", "running")
_UNLEASED: dict[str, Any] = {"owner": "", "lease_seconds": 0.0, "lease_expires_at": 0.0}
_NO_PROGRESS: dict[str, Any] = {"done": 0, "total": 0}


class Jobs:
    """The jobs, as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str | None = None,
        max_attempts: int = 5,
        delay: float = 0,
    ) -> Job:
        """Add a job, or return the queued or running one of this kind with the same key.

        Raises:
            InvalidInput: A name or the payload cannot be stored, or a number is out of range.
        """
        if max_attempts < 1 or delay < 0:
            raise InvalidInput(
                f"max_attempts is {max_attempts}, delay is {delay}",
                hint="at least 1 attempt, and no negative delay",
            )
        now = self._session.clock()
        row = {
            "kind": check_name(kind, argument="job kind"),
            "payload": encode_json(payload, argument="payload"),
            "key": None if key is None else check_name(key, argument="job key"),
            "state": "queued",
            "attempts": 0,
            "max_attempts": max_attempts,
            "available_at": now + delay,
            "token": 0,
            "error": "",
            "created_at": now,
            "updated_at": now,
            **_UNLEASED,
            **_NO_PROGRESS,
        }
        return self._add(row)

    def lease(self, kinds: Sequence[str], *, owner: str, seconds: float) -> Job | None:
        """Take the job that waits longest, or ``None``; expired leases are taken over.

        Raises:
            InvalidInput: ``seconds`` is not above 0, or the owner's name cannot be stored.
        """
        if not seconds > 0:
            raise InvalidInput(f"seconds is {seconds}", hint="give a time above 0")
        check_name(owner, argument="job owner")
        while job := self._next(kinds):
            if job.attempts >= job.max_attempts:
                # Its last worker vanished without a word.
                self._end(job, state="dead", error=job.error or "the lease expired")
                continue
            return self._set(
                job.id,
                state="running",
                attempts=job.attempts + 1,
                owner=owner,
                token=job.token + 1,
                lease_seconds=seconds,
                lease_expires_at=self._session.clock() + seconds,
            )
        return None

    def progress(self, job: Job, done: int, total: int) -> Job:
        """Report how far it is; renews the lease by its length.

        Raises:
            Conflict: The lease was lost: stop working on it.
        """
        self._require(job)
        expires_at = self._session.clock() + job.lease_seconds
        return self._set(job.id, done=done, total=total, lease_expires_at=expires_at)

    def complete(self, job: Job) -> Job:
        """Report success.

        Raises:
            Conflict: The lease was lost; another worker reports.
        """
        return self._end(self._require(job), state="done", error="")

    def fail(self, job: Job, error: str) -> Job:
        """Report failure: the job waits twice as long as the last time, or is dead.

        Raises:
            Conflict: The lease was lost; another worker reports.
        """
        held = self._require(job)
        wait = min(BACKOFF_SECONDS * 2 ** (held.attempts - 1), LONGEST_BACKOFF_SECONDS)
        told = {"available_at": self._session.clock() + wait, "error": _stored(error)}
        if held.attempts >= held.max_attempts:
            return self._end(held, state="dead", **told)
        return self._set(job.id, state="queued", **told, **_UNLEASED)

    def release(self, job: Job) -> Job:
        """Give a job back untried, e.g. when the worker is told to stop.

        Raises:
            Conflict: The lease was lost.
        """
        held = self._require(job)
        return self._set(job.id, state="queued", attempts=held.attempts - 1, **_UNLEASED)

    def recall(self, kinds: Sequence[str]) -> None:
        """Take the running jobs of some kinds back untried, and blank every error of theirs.

        An error may quote what is being erased. Whoever runs a job now may have read that, so the
        late report is refused as after a lost lease.
        """
        connection, theirs = self._session.write(), jobs.c.kind.in_(kinds)
        back = {"state": "queued", "attempts": jobs.c.attempts - 1, **_UNLEASED}
        # First: it waits for a report that is just being committed, whose error is then blanked.
        connection.execute(update(jobs).where(theirs, jobs.c.state == "running").values(back))
        connection.execute(update(jobs).where(theirs, jobs.c.error != "").values(error=""))

    def get(self, job_id: int) -> Job:
        """A job by its number.

        Raises:
            NotFound: There is none.
        """
        found = self._select(jobs.c.id == job_id)
        if not found:
            raise NotFound(f"job {job_id} does not exist", hint="check the number")
        return found[0]

    def all(self, state: JobState | None = None) -> list[Job]:
        """Every job, or those in one state, oldest first."""
        return self._select(true() if state is None else jobs.c.state == state)

    def revive(self, job_id: int) -> Job:
        """Queue a dead job again, with all its attempts.

        Raises:
            NotFound: There is no such job.
            Conflict: It is not dead, or another one with its key is queued or running.
        """
        job = self.get(job_id)
        if job.state != "dead":
            raise Conflict(f"job {job_id} is {job.state}, not dead", hint="nothing to revive")
        if job.key is not None and (twin := self._live(job.kind, job.key)):
            raise Conflict(f"job {twin.id} does the same already", hint="wait for it")
        now = self._session.clock()
        return self._set(job_id, state="queued", attempts=0, available_at=now, **_NO_PROGRESS)

    def _add(self, row: dict[str, Any]) -> Job:
        if row["key"] is None:
            result = self._session.write().execute(insert(jobs).values(row))
            assert result.inserted_primary_key is not None
            return self.get(result.inserted_primary_key[0])
        # Again when the one in the way ends between the two statements, as on PostgreSQL.
        while (job := self._live(row["kind"], row["key"])) is None:
            self._session.insert_missing(jobs, row)
        return job

    def _live(self, kind: str, key: str) -> Job | None:
        condition = and_(jobs.c.kind == kind, jobs.c.key == key, jobs.c.state.in_(_LIVE))
        return next(iter(self._select(condition)), None)

    def _next(self, kinds: Sequence[str]) -> Job | None:
        now = self._session.clock()
        due = or_(
            and_(jobs.c.state == "queued", jobs.c.available_at <= now),
            and_(jobs.c.state == "running", jobs.c.lease_expires_at <= now),
        )
        statement = (
            select(jobs)
            .where(due, jobs.c.kind.in_(kinds))
            .order_by(jobs.c.available_at, jobs.c.id)
            .limit(1)
            # Workers of PostgreSQL pass over a job that another one is just taking.
            .with_for_update(skip_locked=True)
        )
        row = self._session.write().execute(statement).mappings().one_or_none()
        return None if row is None else Job(**row)

    def _require(self, job: Job) -> Job:
        statement = select(jobs).where(jobs.c.id == job.id).with_for_update()
        row = self._session.write().execute(statement).mappings().one_or_none()
        if row is None or row["state"] != "running" or row["token"] != job.token:
            raise Conflict(
                f"job {job.id} is no longer leased to {job.owner!r}",
                hint="another worker has it: stop, and make the lease longer than the work",
            )
        return Job(**row)

    def _end(self, job: Job, **values: Any) -> Job:
        ended = self._set(job.id, **values, **_UNLEASED)
        forget_earlier(self._session, ended)
        return ended

    def _set(self, job_id: int, **values: Any) -> Job:
        values["updated_at"] = self._session.clock()
        self._session.write().execute(update(jobs).where(jobs.c.id == job_id).values(values))
        return self.get(job_id)

    def _select(self, condition: ColumnElement[bool]) -> list[Job]:
        rows = self._session.connection.execute(select(jobs).where(condition).order_by(jobs.c.id))
        return [Job(**row) for row in rows.mappings()]


def _stored(error: str) -> str:
    cut = error[:MAX_ERROR_CHARACTERS].replace("\0", "\\0")
    return cut.encode("utf-8", "backslashreplace").decode()
