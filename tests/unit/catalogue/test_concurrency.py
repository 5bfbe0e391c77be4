from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue

INSERT = """
import sys
from mnemic.catalogue import Catalogue
from mnemic.types import Document
url, who, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Catalogue.open(url, lock_wait=60) as catalogue:
    for call in range(calls):
        with catalogue.transaction() as transaction:
            batch = [Document(id=f"{who}-{call}-{n}", text=who) for n in range(20)]
            transaction.documents.insert(1, batch, on_duplicate="error")
            transaction.audit.append(who, "add", "papers", {"call": call})
        print(call, flush=True)
"""
WORK = """
import sys
from mnemic.catalogue import Catalogue
with Catalogue.open(sys.argv[1], lock_wait=60) as catalogue:
    while True:
        with catalogue.transaction() as transaction:
            job = transaction.jobs.lease(["count"], owner=sys.argv[2], seconds=60)
        if job is None:
            break
        with catalogue.transaction() as transaction:
            transaction.jobs.complete(job)
        print(job.id)
"""


def child(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_an_interrupt_leaves_open_does_not_lock_the_clean_up_out(
    catalogue: Catalogue,
) -> None:
    abandoned = catalogue.transaction()
    try:
        abandoned.__enter__().collections.create("lost", settings={})
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        with catalogue.transaction() as transaction:
            transaction.collections.create("kept", settings={})
    with pytest.raises(InvalidInput, match="began inside"):
        abandoned.__exit__(None, None, None)
    with catalogue.reading() as transaction:
        assert [each.name for each in transaction.collections.all()] == ["kept"]


def test_two_processes_insert_without_loss(catalogue: Catalogue, papers: int, url: str) -> None:
    children = [child(INSERT, url, who, "15") for who in ("one", "two", "three")]
    for process in children:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with catalogue.reading() as transaction:
        batches = list(transaction.documents.iterate(papers, batch=2000))
        assert [item.ordinal for item in batches[0]] == list(range(900))
        assert len({item.document.id for item in batches[0]}) == 900
        assert transaction.documents.count(papers) == 900
        assert transaction.audit.verify() == 45


def test_what_a_killed_writer_had_acknowledged_is_there(
    catalogue: Catalogue, papers: int, url: str
) -> None:
    process = child(INSERT, url, "one", "10000")
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    acknowledged = 5 + len(process.communicate()[0].splitlines())
    with catalogue.transaction() as transaction:
        count = transaction.documents.count(papers)
        assert count in {20 * acknowledged, 20 * (acknowledged + 1)}
        assert sum(len(batch) for batch in transaction.documents.iterate(papers)) == count
        assert transaction.collections.by_id(papers).next_ordinal == count
        report = transaction.documents.insert(papers, [Document(id="x")], on_duplicate="error")
        assert report.ordinals == (count,)


def test_readers_see_one_state_and_block_nobody(catalogue: Catalogue, papers: int) -> None:
    with catalogue.reading() as reader:
        assert reader.documents.count(papers) == 0
        with catalogue.transaction() as writer:
            writer.documents.insert(papers, [Document(id="a")], on_duplicate="error")
            assert reader.documents.count(papers) == 0
        assert reader.documents.count(papers) == 0
        assert reader.documents.by_ordinals(papers, [0]) == {}
        with catalogue.reading() as later:
            assert later.documents.count(papers) == 1


def test_a_snapshot_stays_consistent_while_others_write(catalogue: Catalogue, papers: int) -> None:
    stop = threading.Event()
    failures: list[str] = []

    def read() -> None:
        while not stop.is_set():
            with catalogue.reading() as transaction:
                record = transaction.collections.by_id(papers)
                time.sleep(0.002)
                live = sum(len(batch) for batch in transaction.documents.iterate(papers, batch=7))
                gone = len(transaction.documents.deletions_since(papers, 0))
                seen = (live, gone, live + gone)
                if seen != (record.documents, record.deletion_seq, record.next_ordinal):
                    failures.append(f"{record} but {live} live and {gone} gone")

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(30):
        with catalogue.transaction() as transaction:
            batch = [Document(id=str(n), text=f"{number}") for n in range(number, number + 5)]
            transaction.documents.insert(papers, batch, on_duplicate="replace")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_each_job_goes_to_one_worker(catalogue: Catalogue, url: str) -> None:
    with catalogue.transaction() as transaction:
        ids = [transaction.jobs.enqueue("count", {"n": n}).id for n in range(40)]
    workers = [child(WORK, url, f"w{number}") for number in range(3)]
    done = [line for worker in workers for line in worker.communicate(timeout=120)[0].split()]
    assert sorted(map(int, done)) == ids
