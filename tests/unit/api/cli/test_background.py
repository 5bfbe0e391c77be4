"""What is said of merges that go on in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.api.cli import background, doctor
from mnemic.retrieval.collections.records import MergeStats
from mnemic.sdk import open as open_database
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

LONG = MergeStats(excess=7, running=True, done=0.25, seconds_left=12.4)


@pytest.mark.parametrize(
    ("merges", "expected"),
    [
        (MergeStats(), ""),
        (MergeStats(excess=7), "8 segments to be merged with the next writes"),
        (MergeStats(excess=7, running=True), "8 segments to be merged with the next writes"),
        (
            LONG,
            "8 segments to be merged with the next writes; merging, 25% done, about 12 s left",
        ),
    ],
)
def test_what_an_add_leaves_is_told(merges: MergeStats, expected: str) -> None:
    assert background.state(merges) == expected


def test_a_merge_of_a_moment_is_not_told() -> None:
    assert background.left(MergeStats(running=True, done=0.5, seconds_left=0.4)) == ""


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
