"""Keeps the lease of a job alive while its work goes on in another thread."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from mnemic.errors import Conflict, MnemicError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.catalogue import Catalogue, Job

BEATS_PER_LEASE = 4
log = logging.getLogger(__name__)


class Heartbeat:
    """Reports progress several times per lease; use it in a ``with`` block.

    Args:
        catalogue: Holds the job.
        job: As it was leased.
        state: Gives what is done and what there is in all.

    Attributes:
        lost: Another worker has taken over: stop.
    """

    def __init__(
        self, catalogue: Catalogue, job: Job, state: Callable[[], tuple[int, int]]
    ) -> None:
        self._catalogue = catalogue
        self._job = job
        self._state = state
        self._end = Event()
        self._thread = Thread(target=self._beat, name=f"mnemic job {job.id}", daemon=True)
        self.lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._end.wait(self._job.lease_seconds / BEATS_PER_LEASE):
            try:
                with self._catalogue.transaction() as tx:
                    tx.jobs.progress(self._job, *self._state())
            except Conflict:
                self.lost = True
                return
            except MnemicError:
                # A busy database now is no reason to give up a lease that still runs.
                log.debug("no heartbeat of job %d", self._job.id, exc_info=True)
