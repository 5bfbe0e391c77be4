"""A manifest with tracks is read as strictly as one without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.indexes.storage.samples import manifest, segment
from tests.unit.indexes.storage.test_manifest import BODY, FILE, SEGMENT, load, spelled

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.storage import Directory, Manifest, ManifestStore, SegmentEntry, TrackEntry
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

ID = "s000000000002-00000000000000b2"
PIECE: dict[str, Any] = {
    **SEGMENT,
    "id": ID,
    "files": [{**FILE, "name": f"{ID}.spans", "kind": "spans"}],
}
LATER = "s000000000003-00000000000000c3"
TRACK: dict[str, Any] = {
    "fingerprint": {"name": "encoder", "settings": {"dims": 3}, "digest": "ab"},
    "spec": {"model": "m", "kind": "dense"},
    "next_ordinal": 3,
    "segments": [PIECE],
}
LIVE = {**FILE, "name": f"{ID}.live.1", "kind": "live"}


def body(track: Any = TRACK, role: str = "dense") -> dict[str, Any]:
    return {**BODY, "tracks": {role: track}}


def with_piece(**changes: Any) -> dict[str, Any]:
    return body({**TRACK, "segments": [{**PIECE, **changes}]})


def with_two(**changes: Any) -> dict[str, Any]:
    """Two segments; the second one is changed."""
    second = {
        **PIECE,
        "id": LATER,
        "files": [{**FILE, "name": f"{LATER}.spans", "kind": "spans"}],
        "first_ordinal": 3,
        "last_ordinal": 5,
        **changes,
    }
    return body({**TRACK, "next_ordinal": 6, "segments": [PIECE, second]})


def without(name: str) -> dict[str, Any]:
    return body({key: value for key, value in TRACK.items() if key != name})


WRONG: dict[str, Any] = {
    "tracks not an object": {**BODY, "tracks": []},
    "no tracks": {**BODY, "tracks": {}},
    "null tracks": {**BODY, "tracks": None},
    "track not an object": body([]),
    "track of null": body(None),
    "more fields": body({**TRACK, "more": 1}),
    **{f"without {name}": without(name) for name in TRACK},
    "empty role": body(role=""),
    "foreign role": body(role="Dense!"),
    "role that leaves the folder": body(role="../dense"),
    "fingerprint of null": body({**TRACK, "fingerprint": None}),
    "fingerprint without a digest": body(
        {**TRACK, "fingerprint": {"name": "encoder", "settings": {}}}
    ),
    "fingerprint with an empty digest": body(
        {**TRACK, "fingerprint": {"name": "encoder", "settings": {}, "digest": ""}}
    ),
    "fingerprint settings not an object": body(
        {**TRACK, "fingerprint": {"name": "encoder", "settings": [], "digest": "ab"}}
    ),
    "spec not an object": body({**TRACK, "spec": "minilm"}),
    "spec of null": body({**TRACK, "spec": None}),
    "negative mark": body({**TRACK, "next_ordinal": -1}),
    "mark beyond int64": body({**TRACK, "next_ordinal": 2**63}),
    "mark as text": body({**TRACK, "next_ordinal": "3"}),
    "mark as float": body({**TRACK, "next_ordinal": 3.0}),
    "mark as boolean": body({**TRACK, "next_ordinal": True}),
    "mark before its documents": body({**TRACK, "next_ordinal": 2}),
    "segments not a list": body({**TRACK, "segments": {}}),
    "segment not an object": body({**TRACK, "segments": [1]}),
    "segment twice": body({**TRACK, "segments": [PIECE, PIECE]}),
    "segment with a live bitmap": with_piece(live=LIVE),
    "deleted documents": with_piece(deleted=1, live=LIVE),
    "deleted without a bitmap": with_piece(deleted=1),
    "foreign segment id": with_piece(id="../../x"),
    "no documents": with_piece(documents=0),
    "two files of a kind": with_piece(files=[*PIECE["files"], {**PIECE["files"][0]}]),
    "file of another segment": with_piece(files=[FILE]),
    "overlapping ranges": with_two(first_ordinal=2),
    "descending ranges": with_two(first_ordinal=0, last_ordinal=0, documents=1),
    "a file of the documents": with_piece(id=SEGMENT["id"], files=[FILE]),
    "a file of another track": {**BODY, "tracks": {"dense": TRACK, "sparse": TRACK}},
}


def test_the_example_itself_is_right() -> None:
    found = load(spelled(body(), version=2))
    assert found is not None
    assert found.tracks["dense"].spec == TRACK["spec"]
    assert [file.name for file in found.files] == [FILE["name"], f"{ID}.spans"]
    assert load(spelled(with_two(), version=2)) is not None
    assert load(spelled(body(role="dense-next"), version=2)) is not None


@pytest.mark.parametrize("case", WRONG)
def test_contradictions_are_corruption_in_spite_of_a_right_checksum(case: str) -> None:
    with pytest.raises(IndexCorrupt, match=r"MANIFEST\.json"):
        load(spelled(WRONG[case], version=2))


def test_the_version_must_be_that_of_the_form() -> None:
    of_tokens = body({**TRACK, "spec": {"kind": "tokens"}})
    for content, version in ((body(), 1), (BODY, 2), (of_tokens, 2), (body(), 3)):
        with pytest.raises(IndexCorrupt, match="form of another version"):
            load(spelled(content, version=version))


def test_tokens_have_a_format_of_their_own() -> None:
    found = load(spelled(body({**TRACK, "spec": {"kind": "tokens"}}), version=3))
    assert found is not None
    assert found.tracks["dense"].spec == {"kind": "tokens"}


def test_vectors_may_be_ahead_of_the_documents() -> None:
    found = load(spelled({**body({**TRACK, "next_ordinal": 9})}, version=2))
    assert found is not None
    assert found.tracks["dense"].next_ordinal == 9


def track_of(*segments: SegmentEntry, mark: int = 1_000) -> TrackEntry:
    fingerprint = Fingerprint("encoder", {"dims": 3}, "ab")
    return TrackEntry(
        fingerprint=fingerprint, spec={"kind": "dense"}, next_ordinal=mark, segments=segments
    )


def test_tracks_come_back(directory: Directory) -> None:
    pieces = [
        replace(segment(directory, first=first), live=None, deleted=0) for first in (0, 5, 20)
    ]
    state = replace(manifest(segment(directory)), tracks={"dense": track_of(*pieces)})
    ManifestStore(directory).commit(state)
    assert ManifestStore(directory).load() == state
    kept = {file.name for piece in pieces for file in piece.files}
    assert kept <= set(directory.names())
    ManifestStore(directory).sweep(state)
    assert kept <= set(directory.names())


CONTRADICTIONS: dict[str, Callable[[SegmentEntry], Manifest]] = {
    "beyond the mark": lambda e: replace(manifest(), tracks={"dense": track_of(e, mark=4)}),
    "overlapping": lambda e: replace(manifest(), tracks={"dense": track_of(e, e)}),
    "a live bitmap": lambda e: replace(
        manifest(), tracks={"dense": track_of(replace(e, live=e.files[0]))}
    ),
    "a role of a foreign form": lambda e: replace(manifest(), tracks={"Dense": track_of(e)}),
    "a spec that JSON changes": lambda e: replace(
        manifest(), tracks={"dense": replace(track_of(e), spec={"kind": ("dense",)})}
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions_are_not_committed(directory: Directory, case: str) -> None:
    entry = replace(segment(directory), live=None, deleted=0)
    with pytest.raises(InvalidInput, match="manifest 1"):
        ManifestStore(directory).commit(CONTRADICTIONS[case](entry))
    assert ManifestStore(directory).load() is None
