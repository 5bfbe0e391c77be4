from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mnemic.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from tests.unit.catalogue.databases import Clock

    from mnemic.catalogue import Catalogue, Job


def enqueue(catalogue: Catalogue, kind: str = "encode", **options: Any) -> Job:
    with catalogue.transaction() as transaction:
        return transaction.jobs.enqueue(kind, {"from": 0}, **options)


def lease(catalogue: Catalogue, *kinds: str, owner: str = "w1", seconds: float = 10) -> Job | None:
    with catalogue.transaction() as transaction:
        return transaction.jobs.lease(kinds or ("encode",), owner=owner, seconds=seconds)


def taken(catalogue: Catalogue, owner: str = "w1") -> Job:
    job = lease(catalogue, owner=owner)
    assert job is not None
    return job


def fail(catalogue: Catalogue, job: Job, error: str = "boom") -> Job:
    with catalogue.transaction() as transaction:
        return transaction.jobs.fail(job, error)


def test_a_job_waits_until_it_is_leased_and_done(catalogue: Catalogue) -> None:
    queued = enqueue(catalogue)
    assert (queued.state, queued.attempts, queued.payload) == ("queued", 0, {"from": 0})
    job = taken(catalogue)
    assert (job.id, job.state, job.attempts, job.owner) == (queued.id, "running", 1, "w1")
    assert lease(catalogue) is None
    with catalogue.transaction() as transaction:
        transaction.jobs.progress(job, 5, 10)
        done = transaction.jobs.complete(job)
    assert (done.state, done.done, done.total, done.owner) == ("done", 5, 10, "")
    assert lease(catalogue) is None


def test_the_oldest_of_the_asked_kinds_comes_first(catalogue: Catalogue, clock: Clock) -> None:
    ids = []
    for kind in ("other", "encode", "merge"):
        ids.append(enqueue(catalogue, kind).id)
        clock.now += 1
    leased = [lease(catalogue, "merge", "encode") for _ in range(3)]
    assert [job and job.id for job in leased] == [ids[1], ids[2], None]


def test_an_equal_key_gives_the_job_that_waits(catalogue: Catalogue) -> None:
    first = enqueue(catalogue, key="papers")
    assert enqueue(catalogue, key="papers").id == first.id
    assert enqueue(catalogue, "merge", key="papers").id != first.id
    assert enqueue(catalogue).id != enqueue(catalogue).id
    with catalogue.transaction() as transaction:
        job = transaction.jobs.lease(["encode"], owner="w", seconds=1)
        assert job is not None
        assert transaction.jobs.enqueue("encode", {}, key="papers").id == first.id
        transaction.jobs.complete(job)
        assert transaction.jobs.enqueue("encode", {}, key="papers").id != first.id


def test_a_delayed_job_is_not_leased_early(catalogue: Catalogue, clock: Clock) -> None:
    enqueue(catalogue, delay=60)
    assert lease(catalogue) is None
    clock.now += 60
    assert lease(catalogue) is not None


def test_failures_wait_twice_as_long_each_time_and_then_it_is_dead(
    catalogue: Catalogue, clock: Clock
) -> None:
    enqueue(catalogue, max_attempts=4)
    waits, states = [], []
    for _ in range(4):
        failed = fail(catalogue, taken(catalogue), "boom\0\ud800")
        waits.append(failed.available_at - clock.now)
        states.append(failed.state)
        assert (lease(catalogue), failed.error) == (None, "boom\\0\\ud800")
        clock.now = failed.available_at
    assert waits == [2, 4, 8, 16]
    assert states == ["queued"] * 3 + ["dead"]
    assert lease(catalogue) is None


def test_an_expired_lease_goes_to_another_worker(catalogue: Catalogue, clock: Clock) -> None:
    enqueue(catalogue)
    late = taken(catalogue)
    clock.now += 10
    job = taken(catalogue, "w2")
    assert (job.id, job.owner, job.attempts) == (late.id, "w2", 2)
    with catalogue.transaction() as transaction:
        for report in (transaction.jobs.complete, transaction.jobs.release):
            with pytest.raises(Conflict, match="no longer leased to 'w1'"):
                report(late)
        with pytest.raises(Conflict):
            transaction.jobs.fail(late, "late")
        with pytest.raises(Conflict):
            transaction.jobs.progress(late, 1, 2)
        transaction.jobs.complete(job)


def test_progress_renews_the_lease(catalogue: Catalogue, clock: Clock) -> None:
    enqueue(catalogue)
    job = taken(catalogue)
    clock.now += 8
    with catalogue.transaction() as transaction:
        transaction.jobs.progress(job, 1, 2)
    clock.now += 8
    assert lease(catalogue, owner="w2") is None


def test_a_worker_that_vanishes_each_time_makes_it_dead(catalogue: Catalogue, clock: Clock) -> None:
    identifier = enqueue(catalogue, max_attempts=2).id
    for _ in range(2):
        taken(catalogue)
        clock.now += 11
    assert lease(catalogue) is None
    with catalogue.reading() as transaction:
        job = transaction.jobs.get(identifier)
        assert (job.state, job.error) == ("dead", "the lease expired")
        assert transaction.jobs.all("dead") == [job]
        assert transaction.jobs.all("queued") == []
        assert transaction.jobs.all() == [job]


def test_a_released_job_has_lost_no_attempt(catalogue: Catalogue) -> None:
    enqueue(catalogue, max_attempts=1)
    with catalogue.transaction() as transaction:
        job = transaction.jobs.lease(["encode"], owner="w", seconds=5)
        assert job is not None
        assert transaction.jobs.release(job).attempts == 0
    assert taken(catalogue).attempts == 1


def test_a_dead_job_can_be_revived(catalogue: Catalogue) -> None:
    enqueue(catalogue, key="k", max_attempts=1)
    dead = fail(catalogue, taken(catalogue))
    with catalogue.transaction() as transaction:
        assert transaction.jobs.revive(dead.id).state == "queued"
        with pytest.raises(Conflict, match="queued, not dead"):
            transaction.jobs.revive(dead.id)
    assert taken(catalogue).id == dead.id


def test_a_dead_job_stays_dead_beside_its_successor(catalogue: Catalogue) -> None:
    enqueue(catalogue, key="k", max_attempts=1)
    dead = fail(catalogue, taken(catalogue))
    enqueue(catalogue, key="k")
    with catalogue.transaction() as transaction, pytest.raises(Conflict, match="does the same"):
        transaction.jobs.revive(dead.id)


@pytest.mark.parametrize("options", [{"max_attempts": 0}, {"delay": -1}, {"key": ""}])
def test_impossible_jobs_are_refused(catalogue: Catalogue, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        enqueue(catalogue, **options)


def test_jobs_that_do_not_exist_are_named(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        with pytest.raises(NotFound, match="job 5"):
            transaction.jobs.get(5)
        with pytest.raises(InvalidInput, match="seconds"):
            transaction.jobs.lease(["encode"], owner="w", seconds=0)


def ended(catalogue: Catalogue, kind: str = "encode") -> list[tuple[str, str | None]]:
    with catalogue.reading() as transaction:
        found = [job for job in transaction.jobs.all() if job.kind == kind]
    return [(job.state, job.key) for job in found if job.state in ("done", "dead")]


def done(catalogue: Catalogue, **options: Any) -> Job:
    job = enqueue(catalogue, **options)
    with catalogue.transaction() as transaction:
        leased = transaction.jobs.lease([job.kind], owner="w", seconds=10)
        assert leased is not None
        return transaction.jobs.complete(leased)


@pytest.mark.parametrize("key", ["papers", None])
def test_few_of_those_that_are_done_are_kept(catalogue: Catalogue, key: str | None) -> None:
    done(catalogue, key="another")
    done(catalogue, kind="merge", key=key)
    last = [done(catalogue, key=key).id for _ in range(12)][-4:]
    assert ended(catalogue) == [("done", "another"), *[("done", key)] * 4]
    assert len(ended(catalogue, "merge")) == 1
    with catalogue.reading() as transaction:
        kept = [job.id for job in transaction.jobs.all() if job.kind == "encode"]
    assert kept[1:] == last


def test_of_dead_jobs_those_are_forgotten_that_a_later_one_repeats(
    catalogue: Catalogue, clock: Clock
) -> None:
    for key in ("papers", None):
        for _ in range(8):
            enqueue(catalogue, key=key, max_attempts=1)
            fail(catalogue, taken(catalogue))
    dead = ended(catalogue)
    assert dead == [*[("dead", "papers")] * 4, *[("dead", None)] * 8]
    for _ in range(8):
        done(catalogue)
    assert ended(catalogue) == [*dead, *[("done", None)] * 4]
    for _ in range(8):
        done(catalogue, key="papers")
    assert [state for state, key in ended(catalogue) if key] == ["done"] * 4


def test_a_job_that_ends_late_is_kept_itself(catalogue: Catalogue) -> None:
    enqueue(catalogue)
    slow = taken(catalogue)
    for _ in range(8):
        done(catalogue)
    with catalogue.transaction() as transaction:
        assert transaction.jobs.complete(slow).state == "done"
        assert transaction.jobs.get(slow.id).state == "done"


def test_a_recalled_job_waits_again_and_its_late_report_is_refused(catalogue: Catalogue) -> None:
    enqueue(catalogue, max_attempts=2)
    late = taken(catalogue)
    with catalogue.transaction() as transaction:
        transaction.jobs.recall(["encode"])
        for report in (transaction.jobs.complete, transaction.jobs.release):
            with pytest.raises(Conflict, match="no longer leased"):
                report(late)
        with pytest.raises(Conflict):
            transaction.jobs.fail(late, "a sentinel")
    again = taken(catalogue, "w2")
    assert (again.id, again.attempts, again.error) == (late.id, 1, "")


def test_recalling_blanks_the_errors_of_a_kind(catalogue: Catalogue, clock: Clock) -> None:
    for kind in ("encode", "merge"):
        for attempts in (1, 2):
            enqueue(catalogue, kind, max_attempts=attempts)
            job = lease(catalogue, kind)
            assert job is not None
            fail(catalogue, job, f"quotes {kind}")
    with catalogue.transaction() as transaction:
        transaction.jobs.recall(["encode"])
        errors = [(job.state, job.error) for job in transaction.jobs.all()]
    assert errors == [
        ("dead", ""),
        ("queued", ""),
        ("dead", "quotes merge"),
        ("queued", "quotes merge"),
    ]
