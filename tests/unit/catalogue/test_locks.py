from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, update

from mnemic.catalogue.processes import Process, is_dead, this_process
from mnemic.catalogue.tables import locks
from mnemic.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from tests.unit.catalogue.databases import Clock

    from mnemic.catalogue import Catalogue, Lease

HOLD = """
import sys
from mnemic.catalogue import Catalogue
with Catalogue.open(sys.argv[1]) as catalogue, catalogue.transaction() as transaction:
    transaction.locks.acquire("papers", owner="child", seconds=1e9)
"""


def acquire(catalogue: Catalogue, owner: str = "w1", seconds: float = 10) -> Lease:
    with catalogue.transaction() as transaction:
        return transaction.locks.acquire("papers", owner=owner, seconds=seconds)


def require(catalogue: Catalogue, lease: Lease) -> None:
    with catalogue.transaction() as transaction:
        transaction.locks.require(lease)


def test_a_held_lock_names_its_holder(catalogue: Catalogue) -> None:
    require(catalogue, acquire(catalogue))
    where = f"process {os.getpid()} on {socket.gethostname()}, since 1970-01-12T13:46:40"
    with pytest.raises(Conflict, match=f"'papers' is held by 'w1', {where}"):
        acquire(catalogue, "w2")
    with pytest.raises(Conflict):
        acquire(catalogue, "w1")


def test_a_released_lock_is_free(catalogue: Catalogue) -> None:
    lease = acquire(catalogue)
    with catalogue.transaction() as transaction:
        transaction.locks.release(lease)
        transaction.locks.release(lease)
        with pytest.raises(Conflict, match="was released"):
            transaction.locks.require(lease)
    assert acquire(catalogue, "w2").token == lease.token + 1


def test_an_expired_lease_is_taken_over_and_fenced_off(catalogue: Catalogue, clock: Clock) -> None:
    old = acquire(catalogue)
    clock.now += 10
    require(catalogue, old)
    new = acquire(catalogue, "w2")
    assert new.token > old.token
    require(catalogue, new)
    with catalogue.transaction() as transaction:
        with pytest.raises(Conflict, match="held by 'w2'"):
            transaction.locks.require(old)
        with pytest.raises(Conflict):
            transaction.locks.renew(old)
        transaction.locks.release(old)
        transaction.locks.require(new)


def test_a_renewed_lease_lasts_longer(catalogue: Catalogue, clock: Clock) -> None:
    lease = acquire(catalogue)
    clock.now += 9
    with catalogue.transaction() as transaction:
        assert transaction.locks.renew(lease).expires_at == clock.now + 10
    clock.now += 9
    with pytest.raises(Conflict):
        acquire(catalogue, "w2")


def test_locks_of_different_names_are_independent(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        for name in ("a", "b"):
            transaction.locks.acquire(name, owner="w", seconds=1)


def test_the_lock_of_a_dead_process_is_taken_over(catalogue: Catalogue, url: str) -> None:
    subprocess.run([sys.executable, "-c", HOLD, url], check=True)
    assert acquire(catalogue).token == 2


def test_the_lock_of_another_machine_is_not(catalogue: Catalogue, url: str) -> None:
    subprocess.run([sys.executable, "-c", HOLD, url], check=True)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(locks).values(machine="elsewhere", host="far"))
    engine.dispose()
    with pytest.raises(Conflict, match="on far"):
        acquire(catalogue)


def test_a_process_number_in_use_again_is_a_dead_process() -> None:
    this = this_process()
    assert not is_dead(this)
    assert this.start > 0
    assert is_dead(Process(this.host, this.machine, this.pid, this.start - 1))
    assert is_dead(Process(this.host, this.machine, 2**22 + 1, 5))
    assert not is_dead(Process(this.host, "elsewhere", 2**22 + 1, 5))


@pytest.mark.parametrize(("owner", "seconds"), [("", 1), ("w", 0), ("w", float("nan"))])
def test_impossible_leases_are_refused(catalogue: Catalogue, owner: str, seconds: float) -> None:
    with pytest.raises(InvalidInput):
        acquire(catalogue, owner, seconds)
