"""Merges go on beside everything else, and lose nothing of it."""

from __future__ import annotations

import errno
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.counts import scaled
from tests.unit.retrieval.collections.held_merges import FILES, HeldMerge
from tests.unit.retrieval.collections.plain import found, opened, some

from mnemic.errors import Conflict, LimitExceeded, MnemicError
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, housekeeping, merging, planning, writer
from mnemic.retrieval.collections.pacing import Abandoned
from mnemic.retrieval.collections.undoing import Superseded
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(merging, "FAN_IN", 2)
    workspace = opened(tmp_path / "data")
    yield workspace
    faults.reset()
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """Two segments of five documents that shall become one, as soon as somebody says so."""
    papers = workspace.create("papers")
    # However slow the machine, no merge begins before the test says so.
    monkeypatch.setattr(papers._writer._background, "wake_merges", lambda: False)
    for start in (0, 5):
        papers.add(some(5, start))
        papers.flush()
    return papers


def leftovers(collection: Collection) -> list[str]:
    manifests = collection._replica.manifests
    manifest = manifests.load()
    assert manifest is not None
    return manifests.unreferenced(manifest)


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def merged(collection: Collection, segments: int) -> None:
    """Wait until merges have left so many segments."""
    deadline = time.monotonic() + 60.0
    while collection.stats().segments != segments:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_segments_are_merged_when_nobody_writes(workspace: Workspace) -> None:
    papers = workspace.create("papers")
    for start in (0, 5, 10):
        papers.add(some(5, start))
        papers.flush()
    merged(papers, 1)
    assert len(found(papers)) == 15
    assert papers.verify() == []


def test_many_segments_are_merged_while_others_are_added(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BUSY_EXCESS", 2)
    papers.add(some(5, 10))
    papers.flush()
    merged(papers, 1)


@pytest.mark.parametrize("file", range(1, FILES + 1))
def test_a_merge_keeps_nobody_waiting(papers: Collection, file: int) -> None:
    merge = HeldMerge(papers, file=file)
    papers.add(some(5, 20))
    assert len(found(papers)) == 15
    assert papers.substrings.count(["common"]) == [15]
    assert papers.flush()
    assert merge.merged is None
    assert papers.stats().merges.running
    merge.release()
    assert merge.merged
    assert len(found(papers)) == 15
    assert papers.substrings.count(["common"]) == [15]
    assert papers.verify() == []


@pytest.mark.parametrize("flushed", [False, True])
def test_what_is_deleted_during_a_merge_stays_deleted(
    papers: Collection, tmp_path: Path, flushed: bool
) -> None:
    papers.delete(["d0"])
    merge = HeldMerge(papers)
    papers.delete(["d1", "d9"])
    papers.upsert([Document(id="d5", text="common again")])
    if flushed:
        papers.flush()
    merge.release()
    left = [f"d{number}" for number in range(2, 9)]
    assert (merge.merged, found(papers)) == (True, left)
    assert papers.verify() == []
    papers.flush()
    assert found(opened(tmp_path / "data").collection("papers")) == left


def test_a_merge_of_what_is_then_all_deleted_leaves_no_segment(papers: Collection) -> None:
    merge = HeldMerge(papers)
    papers.delete([f"d{number}" for number in range(10)])
    merge.release()
    assert merge.merged
    papers.settle()
    assert papers.stats().segments == 0
    assert (found(papers), papers.verify(), leftovers(papers)) == ([], [], [])


@pytest.mark.parametrize("file", range(1, FILES + 1))
@pytest.mark.parametrize("operation", ["compact", "rebuild", "erase"])
def test_what_writes_everything_anew_abandons_the_merge(
    papers: Collection, operation: str, file: int
) -> None:
    merge = HeldMerge(papers, file=file)
    getattr(papers, operation)(*([["d1"]] if operation == "erase" else []))
    merge.release()
    assert isinstance(merge.error, Abandoned)
    assert leftovers(papers) == []
    gone = {"d1"} if operation == "erase" else set()
    assert found(papers) == sorted({f"d{number}" for number in range(10)} - gone)
    assert papers.verify() == []


def test_an_erasure_during_a_merge_leaves_no_byte(papers: Collection, tmp_path: Path) -> None:
    papers.add([Document(id="x", text="zyzzyva common")])
    papers._writer._background._saver.run()
    merge = HeldMerge(papers)
    assert papers.erase(["x"]).erased == 1
    merge.release()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"zyzzyva" in path.read_bytes()] == []


def test_a_rebuild_keeps_no_file_that_it_has_joined(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnemic.retrieval.collections.rebuilding.REBUILD_BATCH", 2)
    most: list[int] = []

    def count() -> None:
        most.append(len([name for name in papers._replica.directory.names() if "sparse" in name]))

    with faults.injected("write.renamed", count):
        papers.rebuild()
    assert leftovers(papers) == []
    # The two old ones, and of ten documents no more than a binary counter has at a time.
    assert max(most) <= 2 + 4
    assert len(found(papers)) == 10


@pytest.mark.parametrize("file", range(1, FILES + 1))
def test_closing_abandons_a_long_merge_and_the_next_writer_takes_it_up(
    papers: Collection, monkeypatch: pytest.MonkeyPatch, file: int
) -> None:
    monkeypatch.setattr(housekeeping, "CLOSING_BYTES", 1)
    merge = HeldMerge(papers, file=file)
    papers.close()
    merge.release()
    assert isinstance(merge.error, Abandoned)
    assert (papers.stats().segments, leftovers(papers)) == (2, [])
    papers.delete(["d0"])
    papers.settle()
    assert papers.stats().segments == 1


def test_closing_makes_short_merges(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(10):
        with closing(opened(tmp_path / "data")) as again:
            names = again.names()
            papers = again.collection("p") if "p" in names else again.create("p")
            papers.add([Document(id=str(number), text="common")])
    reader = workspace.collection("p")
    assert reader.stats().segments < 4
    assert len(found(reader)) == 10


def test_a_merge_whose_sources_another_writer_replaced_is_dropped(
    papers: Collection, tmp_path: Path
) -> None:
    merge = HeldMerge(papers)
    other = opened(tmp_path / "data")
    with other.catalogue.transaction() as tx:
        tx.locks._update(f"collection:{papers.id}", expires_at=0.0)
    others = other.collection("papers")
    others.delete(["d1"])
    others.compact()
    other.close()
    merge.release()
    assert isinstance(merge.error, Conflict)
    assert leftovers(papers) == []
    with pytest.raises(Conflict):
        papers.delete(["d2"])
    papers._replica.refresh()
    assert papers.stats().segments == 1
    assert leftovers(papers) == []
    assert papers.verify() == []


def test_sources_that_are_gone_are_noticed(papers: Collection) -> None:
    merge = HeldMerge(papers)
    pieces = papers._replica.snapshot.pieces
    papers._replica._snapshot = papers._replica._over(pieces[1:], 10, 0)
    merge.release()
    assert isinstance(merge.error, Conflict)
    assert isinstance(merge.error.__cause__, Superseded)
    assert leftovers(papers) == []
    papers._replica.forget()


def test_a_merge_that_fails_is_told_once_and_tried_again(papers: Collection) -> None:
    worker = papers._writer._background._merger
    with faults.injected("write.partial", full_disk):
        worker.wake()
        assert worker.wait(60.0)
    assert "No space left" in papers.stats().merges.error
    assert leftovers(papers) == []
    with pytest.raises(LimitExceeded):
        papers.flush()
    assert papers.stats().merges.error == ""
    papers.settle()
    assert (papers.stats().segments, papers.verify()) == (1, [])


def test_closing_tells_of_a_merge_that_failed(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "CLOSING_BYTES", 1)
    worker = papers._writer._background._merger
    with faults.injected("write.partial", full_disk):
        worker.wake()
        assert worker.wait(60.0)
    with pytest.raises(LimitExceeded):
        papers.close()
    papers.close()


def test_adds_wait_for_a_flush_when_memory_is_full(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FLUSH_DOCUMENTS", 10)
    for start in range(100, 300, 5):
        papers.add(some(5, start))
        assert papers._replica.tail < writer.ROOM * 10 + 5
    assert papers.stats().merges.waited > 0.0
    papers.settle()
    assert len(found(papers)) == 210


def test_adds_wait_for_merges_when_segments_pile_up(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "MOST_EXCESS", 0)
    merge = HeldMerge(papers)
    papers._writer._background._merger.wake()
    adding = threading.Thread(target=papers.add, args=(some(1, 50),))
    adding.start()
    adding.join(0.2)
    assert adding.is_alive()
    merge.release()
    adding.join(60.0)
    assert len(found(papers)) == 11
    assert papers.stats().merges.waited > 0.1


def test_a_limit_of_bytes_slows_merges_only(papers: Collection) -> None:
    papers._writer._background._merging._limits = slow = _limits(rate=20_000.0)
    size = papers.stats().bytes
    began = time.monotonic()
    papers.settle()
    assert time.monotonic() - began > 0.5 * size / slow.rate / 2
    assert papers.stats().segments == 1


def _limits(*, rate: float) -> Any:
    from mnemic.retrieval.collections.merger import Limits

    return Limits(rate=rate)


def test_closing_does_not_wait_for_what_a_limit_makes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "FAN_IN", 2)
    for rate, segments in ((100.0, 2), (1e9, 1)):
        folder = tmp_path / str(rate)
        with closing(Workspace.open(folder, settings=Settings(merge_rate=rate))) as workspace:
            papers = workspace.create("p")
            monkeypatch.setattr(papers._writer._background, "wake_merges", lambda: False)
            for start in (0, 5):
                papers.add(some(5, start))
                papers.flush()
        with closing(opened(folder)) as workspace:
            assert workspace.collection("p").stats().segments == segments


def test_settings_reach_merges(tmp_path: Path) -> None:
    settings = Settings(merge_rate=5e6, merge_memory=8_000)
    with closing(Workspace.open(tmp_path / "other", settings=settings)) as workspace:
        limits = workspace.create("p")._writer._background._merging._limits
    assert (limits.rate, limits.symbols) == (5e6, 1_000)


def test_the_plan_counts_what_is_due(papers: Collection) -> None:
    assert papers.stats().merges.excess == 1
    papers.settle()
    assert papers.stats().merges.excess == 0
    assert planning.next_merge(papers._replica.snapshot) is None


def test_another_process_gets_its_turn_between_merges(
    papers: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(writer, "IDLE_SECONDS", 0.0)
    background, offered = papers._writer._background, list[bool]()
    offer = background._offer

    def told() -> bool:
        offered.append(offer())
        return offered[-1]

    monkeypatch.setattr(background, "_offer", told)
    background._merger.wake()
    other = opened(tmp_path / "data").collection("papers")
    assert other.delete(["d0"]) == 1
    assert papers._writer._background._merger.wait(60.0)
    assert offered == [True]
    assert len(found(papers)) == 9
    other.close()


def test_readers_and_writers_stay_exact_while_merges_run(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FLUSH_DOCUMENTS", 5)
    monkeypatch.setattr(housekeeping, "BUSY_EXCESS", 1)
    stop, seen = threading.Event(), list[Exception]()

    def read() -> None:
        while not stop.is_set():
            try:
                names = {name for name in found(papers, "batch") if name.startswith("b")}
                whole = {name.partition("-")[0] for name in names}
                assert names == {f"{batch}-{i}" for batch in whole for i in range(5)}
                assert papers.substrings.count(["batch of five"])[0] % 5 == 0
            except (MnemicError, AssertionError) as error:
                seen.append(error)

    def write(part: int) -> None:
        for step in range(scaled(12, 120)):
            batch = [f"b{part}.{step}-{i}" for i in range(5)]
            papers.add([Document(id=name, text="batch of five") for name in batch])
            if step % 3 == 2:
                papers.delete(batch)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(part,)) for part in range(2)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert seen == []
    papers.settle()
    assert len(papers) == 10 + 2 * 5 * (scaled(12, 120) * 2 // 3)
    assert (papers.verify(), papers.stats().merges.excess) == ([], 0)
