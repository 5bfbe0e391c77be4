"""A sweep takes what is ours and unreferenced, and never anything else."""

from __future__ import annotations

import pytest
from tests.unit.indexes.storage.samples import manifest, segment

from mnemic.errors import FormatTooNew, IndexCorrupt
from mnemic.indexes.storage import (
    Directory,
    FileDirectory,
    ManifestStore,
    canonical,
    manifest_format,
    new_segment_id,
    open_arrays,
    segment_file_name,
)

FOREIGN = [
    "notes.txt",
    "MANIFEST.json.bak",
    "catalogue.sqlite",
    "s000000000001.sparse",
    "s000000000001-00000000000000A1.sparse",
    "x-s000000000001-00000000000000a1.sparse",
    ".DS_Store",
    ".0000000000000001.notes.txt.tmp",
    ".hidden.tmp",
]
STALE = [
    ".0000000000000001.MANIFEST.json.tmp",
    ".0000000000000002.s000000000001-00000000000000a1.sparse.tmp",
]


def test_unreferenced_segments_go(directory: Directory) -> None:
    store, old, new = ManifestStore(directory), segment(directory), segment(directory, first=10)
    store.commit(manifest(old))
    store.commit(manifest(new, generation=2))
    gone = sorted(entry.name for entry in old.all_files)
    assert store.unreferenced(manifest(new, generation=2)) == gone
    assert store.sweep(manifest(new, generation=2)) == gone
    assert directory.names() == sorted(["MANIFEST.json", *(e.name for e in new.all_files)])
    assert store.sweep(manifest(new, generation=2)) == []


def test_foreign_files_stay_and_stale_ones_go(files: FileDirectory) -> None:
    store = ManifestStore(files)
    store.commit(manifest())
    for name in FOREIGN + STALE:
        (files.path / name).write_bytes(b"x")
    assert store.sweep(manifest()) == STALE
    assert files.names() == sorted([*FOREIGN, "MANIFEST.json"])


def test_folder_or_link_with_a_name_of_ours_stays(files: FileDirectory) -> None:
    store = ManifestStore(files)
    store.commit(manifest())
    (files.path / segment_file_name(new_segment_id(1), "sparse")).mkdir()
    (files.path / segment_file_name(new_segment_id(1), "sparse")).symlink_to("/etc/passwd")
    assert store.sweep(manifest()) == []
    assert len(list(files.path.iterdir())) == 3


def test_what_the_current_manifest_references_stays(directory: Directory) -> None:
    store, old, new = ManifestStore(directory), segment(directory), segment(directory, first=10)
    store.commit(manifest(old, new))
    assert store.sweep(manifest(generation=0)) == []
    assert len(directory.names()) == 5


def test_an_older_state_can_be_kept(directory: Directory) -> None:
    store, old, new = ManifestStore(directory), segment(directory), segment(directory, first=10)
    store.commit(manifest(new))
    assert store.sweep(manifest(old)) == []
    open_arrays(directory, old.file("ordinals"), kind="ordinals")


def test_segments_that_are_being_written_stay(files: FileDirectory) -> None:
    store, entry = ManifestStore(files), segment(files)
    store.commit(manifest())
    (files.path / f".0000000000000001.{entry.id}.sparse.tmp").write_bytes(b"x")
    assert store.sweep(manifest(), keep={entry.id}) == []
    assert len(store.sweep(manifest())) == 3


@pytest.mark.parametrize("damage", [b"", b"damage"])
def test_damaged_manifest_stops_the_sweep(directory: Directory, damage: bytes) -> None:
    store, entry = ManifestStore(directory), segment(directory)
    directory.replace("MANIFEST.json", damage)
    with pytest.raises(IndexCorrupt):
        store.sweep(manifest())
    open_arrays(directory, entry.file("ordinals"), kind="ordinals")


def test_newer_manifest_stops_the_sweep(directory: Directory) -> None:
    entry = segment(directory)
    newer = canonical.dumps({"format": manifest_format.format_field(9)})
    directory.replace("MANIFEST.json", newer)
    with pytest.raises(FormatTooNew):
        ManifestStore(directory).sweep(manifest())
    open_arrays(directory, entry.file("ordinals"), kind="ordinals")
