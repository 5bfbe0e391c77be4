"""What is said of merges that go on in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.api.cli import background, doctor
from mnemic.retrieval.collections import merging
from mnemic.retrieval.collections.records import MergeStats
from mnemic.sdk import open as open_database
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

LONG = MergeStats(excess=7, running=True, done=0.25, seconds_left=12.4)


@pytest.mark.parametrize(
    ("merges", "expected"),
    [
        (MergeStats(excess=7), ""),
        (MergeStats(excess=7, running=True), ""),
        (MergeStats(running=True, done=0.5, seconds_left=0.4), ""),
        (LONG, "merging, 25% done, about 12 s left"),
    ],
)
def test_a_merge_that_takes_long_is_told(merges: MergeStats, expected: str) -> None:
    assert background.left(merges) == expected


def test_an_add_leaves_nothing_to_be_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "FAN_IN", 2)
    with open_database(tmp_path) as database:
        papers = database.collection("papers", create=True, encoder=None)
        for name in "abcd":
            papers.add([Document(id=name, text="common")])
            papers.flush()
        background.settle(papers, quiet=True)
        assert (papers.stats().segments, papers.stats().merges.excess) == (1, 0)


def test_doctor_warns_of_many_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MANY_SEGMENTS", 0)
    with open_database(tmp_path) as database:
        papers = database.collection("papers", create=True, encoder=None)
        papers.add([Document(id="a", text="common")])
        papers.flush()
        [check] = doctor._merges(database, "papers", tmp_path)
    assert check.state == "warning"
    assert check.detail == "1 segment, 0 of them to be merged"
    assert check.hint.endswith("--collection papers")
