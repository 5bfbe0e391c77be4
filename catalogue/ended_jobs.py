"""How many jobs that have ended stay on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select

from mnemic.catalogue.tables import jobs

if TYPE_CHECKING:
    from mnemic.catalogue.records import Job
    from mnemic.catalogue.session import Session

KEPT = 3


def forget_earlier(session: Session, job: Job) -> None:
    """Keep the last few of the jobs that a job which has just ended makes superfluous.

    With a key these are all that have ended under it. Without one, each job is work of its own:
    those that are done go, and the dead ones stay until somebody revives them.

    Args:
        session: A transaction that writes.
        job: Has ended; it stays.
    """
    same = and_(jobs.c.kind == job.kind, jobs.c.key.is_not_distinct_from(job.key))
    over = or_(jobs.c.state == "done", and_(jobs.c.state == "dead", jobs.c.key.is_not(None)))
    others = and_(same, over, jobs.c.id != job.id)
    last = select(jobs.c.id).where(others).order_by(jobs.c.id.desc()).limit(KEPT)
    # Workers of PostgreSQL that end jobs of one kind at a time must not wait for each other.
    gone = select(jobs.c.id).where(others, jobs.c.id.not_in(last)).with_for_update(skip_locked=True)
    session.write().execute(delete(jobs).where(jobs.c.id.in_(gone)))
