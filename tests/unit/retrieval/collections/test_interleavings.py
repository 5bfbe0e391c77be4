"""What may happen between two steps of a write: interrupts, other threads, other processes."""

from __future__ import annotations

import errno
import shutil
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.collections.plain import found, opened, some

from mnemic.errors import (
    Conflict,
    Forbidden,
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    NotFound,
    Unavailable,
)
from mnemic.indexes.storage import ManifestStore, faults
from mnemic.retrieval.collections import Workspace, flush, joining, lease
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.replica import Replica
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.indexes.storage import SegmentEntry
    from mnemic.retrieval.collections import Collection


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = opened(tmp_path / "data")
    yield workspace
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace) -> Collection:
    papers = workspace.create("papers")
    papers.add(some(3))
    return papers


def interrupt_once(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    original = owner.__dict__[name]

    def once(*args: Any, **options: Any) -> None:
        setattr(owner, name, original)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, once)


def test_an_interrupt_after_the_commit_hides_nothing(
    papers: Collection, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_once(monkeypatch, Piece, "build")
    with pytest.raises(KeyboardInterrupt):
        papers.add([Document(id="middle", text="zebra")])
    assert found(papers, "zebra") == ["middle"]
    papers.add(some(2, 50))
    papers.flush()
    workspace.close()
    again = opened(tmp_path / "data").collection("papers")
    assert found(again, "zebra") == ["middle"]
    assert again.verify() == []


def test_an_interrupted_delete_stays_deleted(
    papers: Collection, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.flush()
    interrupt_once(monkeypatch, Replica, "apply")
    with pytest.raises(KeyboardInterrupt):
        papers.delete(["d0"])
    papers.delete(["d1"])
    papers.flush()
    workspace.close()
    assert found(opened(tmp_path / "data").collection("papers")) == ["d2"]


def test_a_refresh_between_commit_and_apply_indexes_once(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Replica.apply

    def late(self: Replica, *args: Any, **options: Any) -> None:
        reader = threading.Thread(target=papers.verify)
        reader.start()
        reader.join()
        original(self, *args, **options)

    monkeypatch.setattr(Replica, "apply", late)
    papers.add(some(2, 10))
    assert found(papers) == ["d0", "d1", "d10", "d11", "d2"]
    assert papers.flush()
    assert papers.verify() == []


def test_searches_see_everything_while_the_first_write_catches_up(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.add(some(3_000, 100))
    papers.close()
    other = opened(tmp_path / "data").collection("papers")
    writer = threading.Thread(target=other.add, args=([Document(id="new", text="common")],))
    writer.start()
    while writer.is_alive():
        assert len(found(other)) >= 3_003
    writer.join()
    assert len(found(other)) == 3_004


def test_a_long_operation_keeps_its_lease(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.6)
    papers.close()
    original = joining.join

    def slow(*given: Any, **more: Any) -> SegmentEntry | None:
        time.sleep(2.0)
        return original(*given, **more)

    papers.add(some(3, 20))
    papers.flush()
    monkeypatch.setattr(flush, "join", slow)
    compacting = threading.Thread(target=papers.compact)
    compacting.start()
    time.sleep(1.2)
    other = Workspace.open(tmp_path / "data", settings=Settings(lock_wait=0.1))
    with pytest.raises(Conflict, match="is held by"):
        other.collection("papers").delete(["d1"])
    compacting.join()
    assert papers.stats().segments == 1


def test_a_writer_that_lost_its_lease_changes_nothing(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    papers.flush()
    papers.add(some(3, 20))
    other = opened(tmp_path / "data")
    with other.catalogue.transaction() as tx:
        taken = tx.locks._row(f"collection:{papers.id}")
        assert taken is not None
        tx.locks._update(taken.name, expires_at=0.0)
    others = other.collection("papers")
    others.delete(["d1"])
    others.flush()
    with pytest.raises(Conflict):
        papers.flush()
    other.close()
    papers.add(some(1, 30))
    papers.flush()
    assert found(papers) == ["d0", "d2", "d20", "d21", "d22", "d30"]
    assert papers.verify() == []


def test_rebuild_never_shows_less(papers: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    papers.add(some(500, 100))
    papers.flush()
    monkeypatch.setattr("mnemic.retrieval.collections.rebuilding.REBUILD_BATCH", 50)
    rebuilding = threading.Thread(target=papers.rebuild)
    rebuilding.start()
    while rebuilding.is_alive():
        assert len(found(papers)) == 503
    rebuilding.join()
    assert papers.verify() == []


def test_a_rebuild_that_fails_leaves_what_was_there(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.flush()
    interrupt_once(monkeypatch, ManifestStore, "commit")
    with pytest.raises(KeyboardInterrupt):
        papers.rebuild()
    assert found(papers) == ["d0", "d1", "d2"]
    assert papers.verify() == []


def test_every_entry_point_asks_for_a_grant(workspace: Workspace) -> None:
    workspace.create("hers", actor="alice").add(some(3))
    with workspace.catalogue.transaction() as tx:
        tx.grants.give(tx.collections.get("hers").id, "bob", "reader")
    bobs = workspace.collection("hers", actor="bob")
    for forbidden in (bobs.flush, bobs.compact, bobs.rebuild):
        with pytest.raises(Forbidden):
            forbidden()
    for name, argument in (("add", some(1, 9)), ("delete", ["d0"]), ("erase", ["d0"])):
        with pytest.raises(Forbidden):
            getattr(bobs, name)(argument)
    with workspace.catalogue.transaction() as tx:
        tx.grants.revoke(tx.collections.get("hers").id, "bob")
    retriever = workspace.collection("hers").bm25()
    reads = [
        lambda: bobs.search("common", retriever=retriever),
        lambda: bobs.search_many(["common"], retriever=retriever),
        lambda: bobs.get(["d0"]),
        lambda: list(bobs.documents()),
        lambda: len(bobs),
        bobs.stats,
        bobs.verify,
    ]
    for read in reads:
        with pytest.raises(Forbidden):
            read()


def test_segments_of_another_time_are_refused(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.close()
    shutil.copytree(tmp_path / "data", tmp_path / "old")
    newer = opened(tmp_path / "data")
    newer.collection("papers").add(some(5, 100))
    newer.collection("papers").delete(["d0"])
    newer.close()
    for part in ("catalogue.sqlite", "collections"):
        mixed = tmp_path / f"mixed-{part}"
        shutil.copytree(tmp_path / "data", mixed)
        for path in mixed.glob("catalogue.sqlite-*"):
            path.unlink()
        if part == "collections":
            shutil.rmtree(mixed / part)
            shutil.copytree(tmp_path / "old" / part, mixed / part)
        else:
            shutil.copy(tmp_path / "old" / part, mixed / part)
        collection = opened(mixed).collection("papers")
        with pytest.raises(IndexCorrupt, match="different times"):
            found(collection)
        collection.rebuild()
        assert collection.verify() == []


def test_segments_of_another_collection_are_refused(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.create("others").add([Document(id="x", text="common")])
    workspace.close()
    one, other = sorted((tmp_path / "data" / "collections").iterdir())
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)
    again = opened(tmp_path / "data")
    for name in ("papers", "others"):
        with pytest.raises(IndexCorrupt, match="another collection's"):
            found(again.collection(name))


def holding(folder: Path, content: bytes) -> list[Path]:
    """The files that hold some bytes; one that a flush in the background renames is passed over."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and content in path.read_bytes():
                found.append(path)
    return found


def test_an_erasure_that_a_reader_holds_up_is_finished_later(
    papers: Collection, tmp_path: Path
) -> None:
    papers.add([Document(id="x", text="zyzzyva")])
    assert holding(tmp_path, b"zyzzyva") != []
    reading = papers.documents()
    next(reading)
    with pytest.raises(Unavailable):
        papers.erase(["x"])
    reading.close()  # type: ignore[attr-defined]
    assert papers.erase(["x"]).erased == 1
    assert holding(tmp_path, b"zyzzyva") == []
    papers.settle()  # and what was being renamed meanwhile
    assert holding(tmp_path, b"zyzzyva") == []


def test_a_dropped_collection_leaves_no_folder(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    papers.flush()
    for path in tmp_path.rglob("*.sparse"):
        path.write_bytes(b"damaged collections can be dropped, too")
    workspace.drop("papers")
    time.sleep(1.5)
    assert list((tmp_path / "data" / "collections").iterdir()) == []
    with pytest.raises(NotFound):
        papers.search("common")


def test_a_closed_workspace_says_so(papers: Collection, workspace: Workspace) -> None:
    workspace.close()
    for use in (lambda: papers.get(["d0"]), lambda: papers.add(some(1, 9))):
        with pytest.raises(InvalidInput, match="was closed"):
            use()


def test_an_erasure_that_waits_does_not_keep_others_from_writing(
    papers: Collection, tmp_path: Path
) -> None:
    papers.add([Document(id="x", text="zyzzyva")])
    reading = papers.documents()
    next(reading)
    with pytest.raises(Unavailable):
        papers.erase(["x"])
    papers.close()
    papers.add([Document(id="y", text="common")])
    assert found(papers) == ["d0", "d1", "d2", "y"]
    reading.close()  # type: ignore[attr-defined]
    assert papers.erase([]).erased == 1


def test_a_stale_writer_deletes_nothing_of_its_successor(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.flush()
    papers.add(some(2, 20))
    other = opened(tmp_path / "data")
    with other.catalogue.transaction() as tx:
        tx.locks._update(f"collection:{papers.id}", expires_at=0.0)
    others = other.collection("papers")
    others.add(some(2, 30))
    swept: list[object] = []
    monkeypatch.setattr(ManifestStore, "sweep", lambda *given, **more: swept.append(given))
    with pytest.raises(Conflict):
        papers.flush()
    assert swept == []
    monkeypatch.undo()
    others.flush()
    other.close()
    assert papers.verify() == []


def test_closing_goes_on_when_a_flush_fails(workspace: Workspace, papers: Collection) -> None:
    others = workspace.create("others")
    others.add(some(1))
    threads = threading.active_count()

    def full_disk() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with faults.injected("write.partial", full_disk), pytest.raises(LimitExceeded):
        workspace.close()
    assert threading.active_count() == threads - 2
    with pytest.raises(InvalidInput, match="was closed"):
        others.get(["d0"])


def test_flushed_pieces_leave_the_heap(papers: Collection) -> None:
    papers.flush()
    [piece] = papers._replica.snapshot.pieces
    assert not piece.keys.ordinals.flags.owndata
    assert not piece.keys.ordinals.flags.writeable
