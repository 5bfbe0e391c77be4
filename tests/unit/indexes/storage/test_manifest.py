"""A commit is whole or nothing, and a manifest is read strictly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.indexes.storage.samples import manifest, segment

from mnemic.errors import Conflict, FormatTooNew, IndexCorrupt, InvalidInput, NotFound
from mnemic.indexes.storage import (
    Directory,
    FileEntry,
    Manifest,
    ManifestStore,
    RamDirectory,
    SegmentEntry,
    canonical,
    layout,
    manifest_format,
)
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "MANIFEST.json"
ID = "s000000000001-00000000000000a1"
FILE = {"name": f"{ID}.sparse", "kind": "sparse", "size": 9, "checksum": "0" * 32}
SEGMENT = {
    "id": ID,
    "documents": 3,
    "files": [FILE],
    "live": None,
    "deleted": 0,
    "first_ordinal": 0,
    "last_ordinal": 2,
}
BODY = {
    "generation": 1,
    "next_ordinal": 3,
    "deletion_seq": 0,
    "segments": [SEGMENT],
    "fingerprints": {"analyzer": {"name": "a", "settings": {}, "digest": "d"}},
}
LIVE = {**FILE, "name": f"{ID}.live.1", "kind": "live"}


def with_segment(**changes: Any) -> dict[str, Any]:
    return {**BODY, "segments": [{**SEGMENT, **changes}]}


def with_file(**changes: Any) -> dict[str, Any]:
    return with_segment(files=[{**FILE, **changes}])


WRONG: dict[str, Any] = {
    "not an object": [],
    "null": None,
    "missing field": {key: value for key, value in BODY.items() if key != "generation"},
    "more fields": {**BODY, "more": 1},
    "negative generation": {**BODY, "generation": -1},
    "huge generation": {**BODY, "generation": 2**48},
    "float generation": {**BODY, "generation": 1.0},
    "boolean generation": {**BODY, "generation": True},
    "text generation": {**BODY, "generation": "1"},
    "negative next_ordinal": {**BODY, "next_ordinal": -1},
    "next_ordinal beyond int64": {**BODY, "next_ordinal": 2**63},
    "negative deletion_seq": {**BODY, "deletion_seq": -1},
    "segments not a list": {**BODY, "segments": {}},
    "segment not an object": {**BODY, "segments": [1]},
    "segment beyond next_ordinal": {**BODY, "next_ordinal": 2},
    "same segment twice": {**BODY, "segments": [SEGMENT, SEGMENT]},
    "foreign segment id": with_segment(id="../../x"),
    "no documents": with_segment(documents=0),
    "more documents than ordinals": with_segment(documents=4),
    "ordinals backwards": with_segment(first_ordinal=2, last_ordinal=1, documents=1),
    "more deleted than documents": with_segment(deleted=4, live=LIVE),
    "deleted without a bitmap": with_segment(deleted=1),
    "live bitmap of another kind": with_segment(live=FILE),
    "live among the files": with_segment(files=[LIVE]),
    "two files of a kind": with_segment(files=[FILE, {**FILE, "name": f"{ID}.other"}]),
    "files not a list": with_segment(files=FILE),
    "traversal": with_file(name="../../etc/passwd"),
    "absolute path": with_file(name="/etc/passwd"),
    "separator": with_file(name=f"{ID}./x"),
    "file of another segment": with_file(name="s000000000001-00000000000000a2.sparse"),
    "the manifest as a file": with_file(name=NAME),
    "empty name": with_file(name=""),
    "name not a text": with_file(name=1),
    "bad kind": with_file(kind="Sparse!"),
    "negative size": with_file(size=-1),
    "short checksum": with_file(checksum="00"),
    "checksum not hex": with_file(checksum="g" * 32),
    "fingerprints not an object": {**BODY, "fingerprints": []},
    "fingerprint settings not an object": {
        **BODY,
        "fingerprints": {"analyzer": {"name": "a", "settings": [], "digest": "d"}},
    },
    "fingerprint without digest": {
        **BODY,
        "fingerprints": {"analyzer": {"name": "a", "settings": {}}},
    },
}


def spelled(body: Any, *, version: int = 1) -> bytes:
    """A manifest with a right checksum, whatever its body says."""
    content = {
        "checksum": layout.checksum_of(canonical.dumps(body)),
        "format": manifest_format.format_field(version),
        "manifest": body,
    }
    return canonical.dumps(content, indent=1) + b"\n"


def load(data: bytes) -> Manifest | None:
    directory = RamDirectory()
    directory.replace(NAME, data)
    return ManifestStore(directory).load()


def test_folder_without_a_manifest_has_none(directory: Directory) -> None:
    assert ManifestStore(directory).load() is None
    assert ManifestStore(directory).stamp() is None


def test_empty_manifest_is_the_first_commit_of_a_new_folder(directory: Directory) -> None:
    ManifestStore(directory).commit(manifest())
    assert ManifestStore(directory).load() == manifest()


def test_commit_comes_back_in_another_store(directory: Directory) -> None:
    english = Fingerprint("analyzer:english", {"stem": True, "é": [1, 2.5]}, "ab")
    state = replace(manifest(segment(directory)), fingerprints={"analyzer": english})
    ManifestStore(directory).commit(state)
    assert ManifestStore(directory).load() == state


def test_stamp_changes_with_every_commit(directory: Directory) -> None:
    store, stamps = ManifestStore(directory), set()
    for generation in range(1, 20):
        store.commit(manifest(generation=generation))
        stamps.add(store.stamp())
    assert len(stamps) == 19


@pytest.mark.parametrize("generation", [4, 5])
def test_generation_must_grow(directory: Directory, generation: int) -> None:
    store = ManifestStore(directory)
    store.commit(manifest(generation=5))
    with pytest.raises(Conflict, match="at generation 5"):
        store.commit(manifest(generation=generation))
    assert store.load() == manifest(generation=5)


def test_commit_needs_its_files(directory: Directory) -> None:
    store, entry = ManifestStore(directory), segment(directory)
    directory.delete(entry.file("ordinals").name)
    with pytest.raises(IndexCorrupt, match="not written or is gone"):
        store.commit(manifest(entry))
    assert store.load() is None


def test_commit_over_a_damaged_manifest_must_be_asked_for(directory: Directory) -> None:
    store = ManifestStore(directory)
    directory.replace(NAME, b"damage")
    with pytest.raises(IndexCorrupt):
        store.commit(manifest())
    store.commit(manifest(), repair=True)
    assert store.load() == manifest()


def test_repair_does_not_overwrite_a_newer_format(directory: Directory) -> None:
    directory.replace(NAME, spelled({}, version=4))
    with pytest.raises(FormatTooNew):
        ManifestStore(directory).commit(manifest(), repair=True)


def test_repair_still_refuses_an_old_generation(directory: Directory) -> None:
    store = ManifestStore(directory)
    store.commit(manifest(generation=5))
    with pytest.raises(Conflict):
        store.commit(manifest(generation=5), repair=True)


def test_the_example_itself_is_right() -> None:
    found = load(spelled(BODY))
    assert found is not None
    assert found.segments[0].file("sparse") == FileEntry(f"{ID}.sparse", "sparse", 9, "0" * 32)


@pytest.mark.parametrize("case", WRONG)
def test_contradictions_are_corruption_in_spite_of_a_right_checksum(case: str) -> None:
    with pytest.raises(IndexCorrupt, match=NAME):
        load(spelled(WRONG[case]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        b'{"format": {"version": 1}}',
        spelled(BODY).replace(b'"generation": 1', b'"generation": NaN'),
        spelled(BODY).replace(b'"generation": 1', b'"generation": 1e999'),
        spelled(BODY).replace(b"\n", b"\r\n"),
        spelled(BODY) + b"\n",
        spelled(BODY).replace(b'"manifest": {', b'"manifest": {}, "manifest": {'),
        spelled({}, version=0),
        spelled({}, version=-1),
    ],
    ids=range(15),
)
def test_foreign_bytes_are_corruption(data: bytes) -> None:
    with pytest.raises(IndexCorrupt, match=NAME):
        load(data)


def test_newer_format_is_recognised(directory: Directory) -> None:
    directory.replace(NAME, spelled({"something": "new"}, version=4))
    with pytest.raises(FormatTooNew, match="version 4; this mnemic reads up to 3") as caught:
        ManifestStore(directory).load()
    assert directory.describe(NAME) in str(caught.value)


def test_version_alone_does_not_make_it_newer() -> None:
    with pytest.raises(IndexCorrupt, match="format version is damaged"):
        load(spelled(BODY).replace(b'"version": 1', b'"version": 3'))


def _with_numpy(entry: SegmentEntry) -> Manifest:
    number: Any = np.int64(1_000)
    return replace(manifest(entry), next_ordinal=number)


CONTRADICTIONS: dict[str, Callable[[SegmentEntry], Manifest]] = {
    "twice": lambda entry: manifest(entry, entry),
    "beyond": lambda entry: replace(manifest(entry), next_ordinal=1),
    "negative": lambda entry: replace(manifest(entry), deletion_seq=-1),
    "documents": lambda entry: manifest(replace(entry, documents=0)),
    "numpy": lambda entry: _with_numpy(entry),
    "tuple": lambda entry: replace(
        manifest(entry), fingerprints={"a": Fingerprint("a", {"x": (1,)}, "d")}
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions_are_not_committed(directory: Directory, case: str) -> None:
    with pytest.raises(InvalidInput, match="manifest 1"):
        ManifestStore(directory).commit(CONTRADICTIONS[case](segment(directory)))
    assert ManifestStore(directory).load() is None


def test_segment_knows_its_files(directory: Directory) -> None:
    entry = segment(directory)
    assert entry.live is not None
    assert entry.bytes == entry.file("ordinals").size + entry.live.size
    with pytest.raises(NotFound, match="'dense'"):
        entry.file("dense")
