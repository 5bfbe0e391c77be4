"""A data folder of the time before n-grams opens for ever, and counts right at once."""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.golden.folder_v1.make_folder_v1 import LIVE
from tests.unit.retrieval.collections.naive import places

from mnemic.errors import MnemicError
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.retrieval.collections import Collection

pytestmark = pytest.mark.golden
STORED = Path(__file__).parent / "folder_v1" / "data"
PATTERNS = ["ab", "abab", "Titel", "ä€", "ab abab 2", "ab abab 3", "replaced: abab", "lab"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STORED, tmp_path / "data"))


@pytest.fixture
def papers(data: Path) -> Iterator[Collection]:
    workspace = Workspace.open(data, settings=Settings(), create=False)
    yield workspace.collection("papers")
    workspace.close()


def check(papers: Collection, live: dict[str, Document] = LIVE) -> None:
    assert {document.id: document for document in papers.documents()} == live
    expected = [len(places(live.values(), pattern)) for pattern in PATTERNS]
    assert papers.substrings.count(PATTERNS) == expected
    found = papers.substrings.find("ab", limit=1000).occurrences
    assert {(each.id, each.field, each.start) for each in found} == {*places(live.values(), "ab")}


def test_it_counts_at_once_and_says_that_it_is_indexed_in_memory(
    papers: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    assert (papers.stats().ngram_bytes, papers.stats().ngram_missing) == (0, len(LIVE))
    assert papers.verify() == []
    check(papers)
    assert "mnemic compact" in caplog.text
    caplog.clear()
    papers.delete(["old3"])
    check(papers, {name: item for name, item in LIVE.items() if name != "old3"})
    assert caplog.text == ""


@pytest.mark.parametrize("change", ["add", "delete", "compact", "rebuild", "erase"])
def test_the_next_commit_writes_the_n_grams(papers: Collection, data: Path, change: str) -> None:
    live = dict(LIVE)
    if change == "add":
        live["late"] = Document(id="late", text="abab")
        papers.add([live["late"]])
        papers.flush()
    elif change in ("delete", "erase"):
        getattr(papers, change)(["old7"])
        del live["old7"]
        papers.flush()
    else:
        getattr(papers, change)()
    stats = papers.stats()
    assert stats.ngram_missing == 0
    assert stats.ngram_bytes == sum(path.stat().st_size for path in data.rglob("*.ngram*"))
    check(papers, live)
    again = Workspace.open(data, settings=Settings()).collection("papers")
    check(again, live)
    assert again.verify() == []


def test_a_flush_without_changes_leaves_the_folder_as_it_is(papers: Collection, data: Path) -> None:
    assert not papers.flush()
    papers.close()
    assert [*data.rglob("*.ngram*")] == []


def test_words_are_found_without_indexing_substrings(
    papers: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(papers.search("abab", 100)) == len(LIVE) - 1
    assert caplog.text == ""


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("point", faults.POINTS)
def test_an_interrupted_upgrade_is_taken_up_again(
    papers: Collection, data: Path, point: str
) -> None:
    papers.substrings.count(["ab"])
    with faults.injected(point, full_disk), suppress(MnemicError, OSError):
        papers.compact()
    check(papers)
    again = Workspace.open(data, settings=Settings()).collection("papers")
    check(again)
    papers.compact()
    check(papers)
    assert papers.verify() == []
    stored = [path for path in data.rglob("*.ngram*") if path.is_file()]
    assert sum(path.stat().st_size for path in stored) == papers.stats().ngram_bytes > 0
    assert [*data.rglob("*.tmp")] == []
