"""Spans of version 1 open for ever, say the same, and are still written alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.spans_v1 import make_spans_v1 as version_1

from mnemic.indexes.spans import SpanSegment
from mnemic.indexes.storage import FileDirectory, RamDirectory

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "spans_v1")


def test_stored_spans_open_and_say_what_was_written() -> None:
    stored = SpanSegment.open(GOLDEN, version_1.make(RamDirectory()))
    assert stored.ordinals.tolist() == version_1.ORDINALS
    assert stored.owners.tolist() == [0, 0, 2, 2, 2, 3]
    assert stored.starts.tolist() == list(version_1.STARTS)
    assert stored.ends.tolist() == list(version_1.ENDS)


def test_writing_today_makes_the_same_bytes() -> None:
    today = RamDirectory()
    version_1.make(today)
    assert today.read("passages.spans") == GOLDEN.read("passages.spans")
