"""A job stays leased while its worker works, and a worker that lost it is told."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from mnemic.catalogue import Catalogue
from mnemic.errors import Unavailable
from mnemic.retrieval.collections.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.catalogue import Job


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.sqlite'}", lock_wait=30.0) as catalogue:
        yield catalogue


def leased(catalogue: Catalogue, seconds: float = 0.04) -> Job:
    with catalogue.transaction() as tx:
        tx.jobs.enqueue("work", {})
        job = tx.jobs.lease(["work"], owner="me", seconds=seconds)
    assert job is not None
    return job


class Counter:
    """Gives ever more progress, and says when it was asked often enough."""

    def __init__(self, enough: int) -> None:
        self.asked = 0
        self.enough = enough
        self.reached = Event()

    def __call__(self) -> tuple[int, int]:
        self.asked += 1
        if self.asked >= self.enough:
            self.reached.set()
        return self.asked, 100


def test_progress_is_reported_and_the_lease_renewed(catalogue: Catalogue) -> None:
    job, state = leased(catalogue), Counter(4)
    with Heartbeat(catalogue, job, state) as heartbeat:
        assert state.reached.wait(60.0)
        assert not heartbeat.lost
    with catalogue.reading() as tx:
        found = tx.jobs.get(job.id)
    assert (found.state, found.total) == ("running", 100)
    assert 3 <= found.done <= state.asked
    assert found.lease_expires_at > job.lease_expires_at


def test_a_worker_is_told_that_it_lost_its_job(catalogue: Catalogue) -> None:
    job, state = leased(catalogue), Counter(1)
    with catalogue.transaction() as tx:
        tx.jobs.complete(job)
    with Heartbeat(catalogue, job, state) as heartbeat:
        heartbeat._thread.join(60.0)
        assert heartbeat.lost
    assert state.asked == 1


def test_a_catalogue_that_is_busy_costs_no_job(catalogue: Catalogue) -> None:
    job, state = leased(catalogue), Counter(3)

    def busy() -> tuple[int, int]:
        found = state()
        if state.asked < 3:
            raise Unavailable("the database is locked")
        return found

    with Heartbeat(catalogue, job, busy) as heartbeat:
        assert state.reached.wait(60.0)
    assert not heartbeat.lost
    with catalogue.reading() as tx:
        assert tx.jobs.get(job.id).done >= 3
