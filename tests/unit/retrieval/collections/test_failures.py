"""What a collection does when the world does not do its part."""

from __future__ import annotations

import errno
import random
import threading
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt, LimitExceeded, MnemicError
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, writer
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection


def opened(path: Path) -> Workspace:
    return Workspace.open(path, settings=Settings(lock_wait=0.2))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = opened(tmp_path)
    yield workspace
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace) -> Collection:
    papers = workspace.create("papers")
    papers.add([Document(id=str(number), text=f"common word{number}") for number in range(50)])
    return papers


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_stops_the_flush_and_loses_nothing(papers: Collection, tmp_path: Path) -> None:
    with faults.injected("write.partial", full_disk), pytest.raises(LimitExceeded):
        papers.flush()
    assert len(papers.search("common", 100)) == 50
    assert papers.flush()
    assert papers.stats().tail == 0
    assert list(tmp_path.rglob("*.tmp")) == []


def test_an_add_whose_flush_fails_has_still_succeeded(
    papers: Collection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "FLUSH_DOCUMENTS", 10)
    with faults.injected("write.partial", full_disk):
        assert papers.add([Document(id="new", text="common")]).added == 1
        assert papers._writer._background._saver.wait(60.0)
    assert "tried again" in caplog.text
    assert "No space left" in papers.stats().merges.error
    assert len(papers.search("common", 100)) == 51
    assert papers.flush()
    assert papers.stats().merges.error == ""


def test_a_tail_that_cannot_be_flushed_refuses_more(
    papers: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FLUSH_DOCUMENTS", 5)
    with pytest.raises(LimitExceeded, match="wait for a flush"):
        papers.add([Document(id="new", text="common")])
    assert len(papers) == 50


def test_a_flush_that_died_half_way_is_no_obstacle(papers: Collection) -> None:
    papers.flush()
    papers.delete(["1"])
    with faults.injected("replace.before", full_disk), pytest.raises(LimitExceeded):
        papers.flush()
    papers.delete(["2"])
    assert papers.flush()
    assert len(papers.search("common", 100)) == 48


def test_a_commit_that_fails_after_its_rename_is_taken_over(papers: Collection) -> None:
    with faults.injected("replace.renamed", full_disk), pytest.raises(LimitExceeded):
        papers.flush()
    assert papers.stats().generation == 1
    papers.add([Document(id="new", text="common")])
    assert papers.flush()
    assert len(papers.search("common", 100)) == 51
    assert papers.verify() == []


def test_another_analyzer_is_named_and_rebuild_cures_it(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    papers.close()
    with workspace.catalogue.transaction() as tx:
        record = tx.collections.get("papers")
        analyzer = {**record.settings["analyzer"], "language": "french"}
        tx.collections.update_settings(record.id, {**record.settings, "analyzer": analyzer})
    changed = opened(tmp_path).collection("papers")
    with pytest.raises(DimensionMismatch, match=r"analyzer.*analyzer"):
        changed.search("common", 10)
    changed.rebuild()
    assert len(changed.search("common", 100)) == 50


@pytest.mark.parametrize("suffix", ["keys", "sparse", "columns", "MANIFEST.json"])
def test_a_bit_flip_in_any_file_is_noticed(
    papers: Collection, workspace: Workspace, tmp_path: Path, suffix: str
) -> None:
    workspace.close()
    [path] = [path for path in tmp_path.rglob("*") if path.name.endswith(suffix)]
    original, seed = path.read_bytes(), random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    source = random.Random(seed)
    for _ in range(scaled(15, 300)):
        data = bytearray(original)
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
        path.write_bytes(data)
        with opened(tmp_path).collection("papers") as again:
            with pytest.raises((IndexCorrupt, FormatTooNew), match=suffix):
                again.search("common", 10)
            assert again.verify()


def test_readers_see_whole_states_while_a_writer_works(papers: Collection) -> None:
    stop, seen = threading.Event(), list[MnemicError | AssertionError]()

    def read() -> None:
        while not stop.is_set():
            try:
                found = {hit.id for hit in papers.search_many(["common"], 10**6, text=False)[0]}
                batches = {name.partition("-")[0] for name in found if "-" in name}
                assert all(f"{batch}-{i}" in found for batch in batches for i in range(5))
                assert len(found) >= 50
            except (MnemicError, AssertionError) as error:
                seen.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(30):
        papers.add([Document(id=f"b{step}-{i}", text="common") for i in range(5)])
        (papers.flush, papers.compact, lambda: None)[step % 3]()
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == []
    assert len(papers) == 200


def test_segments_without_a_catalogue_are_refused(papers: Collection, tmp_path: Path) -> None:
    papers.close()
    for path in tmp_path.glob("catalogue.sqlite*"):
        path.rename(path.with_name(f"moved-{path.name}"))
    with pytest.raises(IndexCorrupt, match="no catalogue"):
        opened(tmp_path)
