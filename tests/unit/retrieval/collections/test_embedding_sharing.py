"""Two views of one folder, as two processes have them, share the work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import (
    DENSE,
    OTHER_DENSE,
    SPARSE,
    HashModels,
)
from tests.unit.retrieval.collections.embedded import (
    all_passages,
    assert_exact,
    held,
    opened,
    some,
    wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def other(papers: Collection, models: HashModels, tmp_path: Path) -> Iterator[Collection]:
    workspace = opened(tmp_path / "data", models)
    yield workspace.collection("papers")
    models.released.set()
    workspace.close()


def test_one_encodes_and_the_other_sees_it(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    papers.add(some(5))
    wait(papers)
    other._replica.refresh()
    assert_exact(other, models)


def test_never_do_two_processes_encode_the_same(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    waiting = threading.Thread(target=other.embed)
    waiting.start()
    other._embedder.wait(0.05)
    models.released.set()
    waiting.join()
    wait(papers)
    assert sorted(models.encoded) == all_passages(papers, models)
    assert_exact(other, models)


def test_the_other_adds_while_one_encodes(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    other.add(some(5, 20), encode="later")
    other.delete(["d0", "d20"])
    other._writer.lease.close()
    models.released.set()
    wait(papers)
    papers.embed()
    assert_exact(papers, models)
    other._replica.refresh()
    assert_exact(other, models)


def test_a_worker_that_lost_its_job_stops(
    papers: Collection, other: Collection, models: HashModels, workspace: Workspace
) -> None:
    held(papers, models)
    with workspace.catalogue.transaction() as tx:
        [running] = tx.jobs.all("running")
        tx.jobs._set(running.id, lease_expires_at=0.0)
    papers._writer.lease.close()
    taking = threading.Thread(target=other.embed)
    taking.start()
    models.released.set()
    taking.join()
    wait(papers)
    other._writer.lease.close()
    papers.embed()
    for collection in (papers, other):
        collection._replica.refresh()
        assert_exact(collection, models)


def test_the_other_reindexes_while_one_encodes(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    target = [models.open(OTHER_DENSE), models.open(SPARSE)]
    reindexing = threading.Thread(target=other.reindex, args=(target,))
    reindexing.start()
    models.released.set()
    reindexing.join()
    wait(papers)
    other._writer.lease.close()
    papers.embed()
    for collection in (papers, other):
        collection._replica.refresh()
        assert_exact(collection, models, (OTHER_DENSE, SPARSE))
