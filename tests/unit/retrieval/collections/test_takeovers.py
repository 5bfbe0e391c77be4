"""Writers that are taken over in the middle of a commit leave no file behind."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.collections.plain import found, opened, some

from mnemic.errors import (
    Conflict,
    LimitExceeded,
)
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, commits, flush, rebuilding
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def leftovers(collection: Collection) -> list[str]:
    manifests = collection._replica.manifests
    manifest = manifests.load()
    assert manifest is not None
    return manifests.unreferenced(manifest)


@pytest.mark.parametrize("operation", ["flush", "compact", "erase"])
def test_a_writer_that_is_taken_over_while_it_writes_leaves_no_file(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    papers.flush()
    papers.add([*some(2, 20), Document(id="x", text="common zyzzyva")])
    other = opened(tmp_path / "data")
    sweep = commits.sweep_leftovers

    def taken_over(*given: Any) -> None:
        sweep(*given)
        monkeypatch.undo()
        with other.catalogue.transaction() as tx:
            tx.locks._update(f"collection:{papers.id}", expires_at=0.0)
        assert other.collection("papers").erase(["x"]).erased == 1

    monkeypatch.setattr(flush, "sweep_leftovers", taken_over)
    with pytest.raises(Conflict):
        getattr(papers, operation)(*([["d1"]] if operation == "erase" else []))
    assert leftovers(papers) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"zyzzyva" in path.read_bytes()] == []
    other.close()
    assert "x" not in found(papers)
    assert papers.verify() == []


def test_a_rebuild_that_is_taken_over_leaves_no_file(
    papers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.flush()
    other, swap = opened(tmp_path / "data"), commits.swap

    def taken_over(*given: Any, **more: Any) -> None:
        monkeypatch.undo()
        with other.catalogue.transaction() as tx:
            tx.locks._update(f"collection:{papers.id}", expires_at=0.0)
        assert other.collection("papers").delete(["d1"]) == 1
        swap(*given, **more)

    monkeypatch.setattr(rebuilding, "swap", taken_over)
    monkeypatch.setattr(rebuilding, "REBUILD_BATCH", 1)
    with pytest.raises(Conflict):
        papers.rebuild()
    assert leftovers(papers) == []
    other.close()
    papers._replica.refresh()
    assert found(papers) == ["d0", "d2"]
    assert papers.verify() == []


def test_files_of_a_commit_that_only_seemed_to_fail_stay(papers: Collection) -> None:
    def full_disk() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with faults.injected("replace.renamed", full_disk), pytest.raises(LimitExceeded):
        papers.flush()
    assert papers.verify() == []
    assert found(papers) == ["d0", "d1", "d2"]
