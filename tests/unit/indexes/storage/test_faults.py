"""The fault points are known, reached, and in the order that makes a commit durable."""

from __future__ import annotations

import posix
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.indexes.storage.samples import manifest, segment

from mnemic.errors import InvalidInput
from mnemic.indexes.storage import FileDirectory, ManifestStore, faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

DURABLE = {posix.fsync: "fsync", posix.rename: "rename", posix.replace: "rename"}


def system_calls(action: Callable[[], object]) -> list[str]:
    """The durable steps that the interpreter really takes, in order."""
    calls: list[str] = []

    def watch(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and function in DURABLE:
            calls.append(DURABLE[function])

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls


def test_every_point_is_reached_by_a_commit_and_a_sweep(files: FileDirectory) -> None:
    seen: Counter[str] = Counter()
    for point in faults.POINTS:
        faults.install(point, lambda point=point: seen.update([point]))  # type: ignore[misc]
    store, old = ManifestStore(files), manifest(segment(files))
    store.commit(old)
    store.commit(manifest(generation=2))
    store.sweep(manifest(generation=2))
    assert seen.keys() == set(faults.POINTS)


def test_unknown_points_are_refused() -> None:
    with pytest.raises(InvalidInput, match="unknown fault point"):
        faults.install("nowhere", lambda: None)
    with pytest.raises(KeyError):
        faults.reached("nowhere")


def test_hooks_go_away(files: FileDirectory) -> None:
    seen: list[int] = []
    with faults.injected("write.before", lambda: seen.append(1)):
        files.write("a", [b"x"])
    files.write("b", [b"x"])
    assert seen == [1]


def test_file_is_synced_before_it_gets_its_name(files: FileDirectory) -> None:
    files.write("first", [b"x"])
    assert system_calls(lambda: files.write("a", [b"x"])) == ["fsync", "rename"]


def test_commit_syncs_names_then_manifest_then_folder(files: FileDirectory) -> None:
    state = manifest(segment(files))
    calls = system_calls(lambda: ManifestStore(files).commit(state))
    assert calls == ["fsync", "fsync", "rename", "fsync"]


def test_new_folders_are_durable(files: FileDirectory) -> None:
    inner = FileDirectory(files.path / "inner")
    assert system_calls(lambda: inner.replace("a", b"x")) == [
        "fsync",  # of the parent of data/
        "fsync",  # of data/
        "fsync",  # of the file
        "rename",
        "fsync",  # of inner/
    ]
