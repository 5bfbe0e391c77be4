"""Threads that cannot be had, or are not there any more, cost no write and no end of a process."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.unit.retrieval.collections.plain import found, opened, some

from mnemic.errors import Unavailable
from mnemic.retrieval.collections import writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def no_threads() -> Iterator[None]:
    """A block in which the system gives no thread: its stack would be larger than any memory."""
    before = threading.stack_size(1 << 45)
    try:
        yield
    finally:
        threading.stack_size(before)


def test_without_a_thread_an_add_is_kept_and_flushed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = opened(tmp_path / "data")
    papers = workspace.create("papers")
    papers.add(some(1, 0))
    monkeypatch.setattr(writer, "FLUSH_SECONDS", 0.0)
    with no_threads(), caplog.at_level(logging.WARNING):
        assert papers.add(some(1, 1)).added == 1
        assert "can't start new thread" in papers.stats().merges.error
    papers.flush()
    assert (papers.stats().tail, papers.stats().merges.error) == (0, "")
    assert found(papers) == ["d0", "d1"]
    workspace.close()


def test_without_a_thread_settling_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnemic.retrieval.collections.merging.FAN_IN", 2)
    workspace = opened(tmp_path / "data")
    papers = workspace.create("papers")
    monkeypatch.setattr(papers._writer._background, "wake_merges", lambda: False)
    for start in (0, 5):
        papers.add(some(5, start))
        papers.flush()
    with no_threads(), pytest.raises(Unavailable, match="can't start new thread"):
        papers.settle()
    papers.settle()
    assert papers.stats().segments == 1
    workspace.close()


def test_without_a_thread_that_keeps_the_lease_nothing_is_written(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "data")
    papers = workspace.create("papers")
    with no_threads(), pytest.raises(Unavailable, match="can't start new thread"):
        papers.add(some(1, 0))
    assert not papers._writer.lease.held
    papers.add(some(1, 0))
    assert found(papers) == ["d0"]
    workspace.close()


FORK = """
import os, sys, threading
from pathlib import Path
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, writer
from mnemic.settings import Settings
from mnemic.types import Document

writer.FLUSH_SECONDS = 0.0
writing, forked = threading.Event(), threading.Event()

def hold():
    if threading.current_thread() is not threading.main_thread():
        writing.set()
        forked.wait()

workspace = Workspace.open(Path(sys.argv[1]), settings=Settings())
papers = workspace.create("papers")
faults.install("write.before", hold)
papers.add([Document(id="a", text="common")])
writing.wait()
child = os.fork()
if child == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
forked.set()
workspace.close()
"""


def test_a_forked_process_ends_though_a_flush_ran_when_it_was_made(tmp_path: Path) -> None:
    child = [sys.executable, "-W", "ignore", "-c", FORK, str(tmp_path / "data")]
    result = subprocess.run(child, capture_output=True, text=True, check=True, timeout=60.0)
    assert result.stdout == "7\n"
