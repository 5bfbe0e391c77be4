"""Format 1 opens for ever, and writing it today gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.golden.format_v1 import make_format_v1 as format_v1

from mnemic.indexes.storage import (
    FileDirectory,
    ManifestStore,
    RamDirectory,
    open_arrays,
    open_live,
)

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "format_v1")


def stored_names() -> list[str]:
    return [name for name in GOLDEN.names() if not name.endswith(".py")]


def test_stored_manifest_opens_and_says_what_was_written() -> None:
    manifest = ManifestStore(GOLDEN).load()
    assert manifest == format_v1.make(RamDirectory())


def test_stored_arrays_open_and_hold_what_was_written() -> None:
    manifest = ManifestStore(GOLDEN).load()
    assert manifest is not None
    file = open_arrays(GOLDEN, manifest.segments[0].file("sparse"), kind="sparse")
    assert file.settings == format_v1.SETTINGS
    assert file.arrays.keys() == format_v1.arrays().keys()
    for name, expected in format_v1.arrays().items():
        np.testing.assert_array_equal(file.arrays[name], expected)
        assert file.arrays[name].shape == expected.shape


def test_stored_live_bitmaps_open() -> None:
    manifest = ManifestStore(GOLDEN).load()
    assert manifest is not None
    first, second = (open_live(GOLDEN, segment) for segment in manifest.segments)
    assert first is None
    assert second is not None
    assert int.from_bytes(second.tobytes(), "little") == format_v1.LIVE


def test_writing_today_makes_the_same_files() -> None:
    today = RamDirectory()
    format_v1.make(today)
    assert today.names() == stored_names()


@pytest.mark.parametrize("name", stored_names())
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    format_v1.make(today)
    assert today.read(name) == GOLDEN.read(name)
