"""What the settings ask for against what there is: tasks, stale tracks, swaps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.hash_encoder import DENSE, OTHER_DENSE, SPARSE, HashEncoder

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.collections.pieces import Piece
from mnemic.retrieval.collections.snapshot import Snapshot
from mnemic.retrieval.collections.wanted import (
    ENCODERS,
    Task,
    as_settings,
    encoder_stats,
    stale,
    swapped,
    tasks,
    wanted,
)
from mnemic.retrieval.vectors import Track
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.retrieval.encoders.specs import EncoderSpec

LIVE = 6


def settings_of(*specs: EncoderSpec) -> dict[str, Any]:
    return {ENCODERS: as_settings([HashEncoder(spec) for spec in specs])}


def snapshot_of(*, documents: int = LIVE, **tracks: tuple[EncoderSpec, int]) -> Snapshot:
    """Documents 0 to ``documents``, and tracks by role (``_`` for ``-``) with their marks."""
    texts = [Document(id=f"d{number}", text="x") for number in range(documents)]
    pieces = [Piece.build(range(documents), texts, Analyzer())] if documents else []
    made = {
        role.replace("_", "-"): Track(HashEncoder(spec).fingerprint, spec.to_json(), mark)
        for role, (spec, mark) in tracks.items()
    }
    return Snapshot(pieces, next_ordinal=documents, deletion_seq=0, tracks=made)


def task(role: str, spec: EncoderSpec, start: int) -> Task:
    return Task(role, spec.to_json(), HashEncoder(spec).fingerprint.digest, start)


def test_settings_come_back() -> None:
    settings = settings_of(SPARSE, DENSE)
    assert [(want.role, want.spec) for want in wanted(settings)] == [
        ("dense", DENSE.to_json()),
        ("sparse", SPARSE.to_json()),
    ]
    assert wanted({}) == wanted({ENCODERS: {}}) == ()
    with pytest.raises(InvalidInput, match="two encoders of one kind: hash, other hash"):
        settings_of(DENSE, OTHER_DENSE)


TASKS: dict[str, tuple[tuple[EncoderSpec, ...], Snapshot, list[Task]]] = {
    "nothing wanted": ((), snapshot_of(), []),
    "no documents": ((DENSE,), snapshot_of(documents=0), []),
    "new": ((DENSE,), snapshot_of(), [task("dense", DENSE, 0)]),
    "two new": (
        (SPARSE, DENSE),
        snapshot_of(),
        [task("dense", DENSE, 0), task("sparse", SPARSE, 0)],
    ),
    "begun": ((DENSE,), snapshot_of(dense=(DENSE, 4)), [task("dense", DENSE, 4)]),
    "done": ((DENSE,), snapshot_of(dense=(DENSE, LIVE)), []),
    "other": (
        (OTHER_DENSE,),
        snapshot_of(dense=(DENSE, LIVE)),
        [task("dense-next", OTHER_DENSE, 0)],
    ),
    "other of no documents": (
        (OTHER_DENSE,),
        snapshot_of(documents=0, dense=(DENSE, 0)),
        [task("dense-next", OTHER_DENSE, 0)],
    ),
    "old first": (
        (OTHER_DENSE, SPARSE),
        snapshot_of(dense=(DENSE, 3), dense_next=(OTHER_DENSE, 2)),
        [task("dense", DENSE, 3), task("sparse", SPARSE, 0), task("dense-next", OTHER_DENSE, 2)],
    ),
    "third": (
        (replace(DENSE, model="third"),),
        snapshot_of(dense=(DENSE, LIVE), dense_next=(OTHER_DENSE, 2)),
        [task("dense-next", replace(DENSE, model="third"), 0)],
    ),
    "back": ((DENSE,), snapshot_of(dense=(DENSE, LIVE), dense_next=(OTHER_DENSE, 2)), []),
}


@pytest.mark.parametrize("case", TASKS)
def test_tasks(case: str) -> None:
    specs, snapshot, expected = TASKS[case]
    assert tasks(settings_of(*specs), snapshot) == expected


STALE: dict[str, tuple[tuple[EncoderSpec, ...], Snapshot, set[str]]] = {
    "wanted": ((DENSE,), snapshot_of(dense=(DENSE, 4)), set()),
    "not yet replaced": ((OTHER_DENSE,), snapshot_of(dense=(DENSE, 4)), set()),
    "under way": (
        (OTHER_DENSE,),
        snapshot_of(dense=(DENSE, 4), dense_next=(OTHER_DENSE, 1)),
        set(),
    ),
    "nothing wanted": (
        (),
        snapshot_of(dense=(DENSE, 4), dense_next=(OTHER_DENSE, 1), sparse=(SPARSE, 2)),
        {"dense", "dense-next", "sparse"},
    ),
    "one wanted": ((DENSE,), snapshot_of(dense=(DENSE, LIVE), sparse=(SPARSE, 2)), {"sparse"}),
    "one wanted, not complete": (
        (DENSE,),
        snapshot_of(dense=(DENSE, 4), sparse=(SPARSE, 2), sparse_next=(SPARSE, 1)),
        {"sparse-next"},
    ),
    "the other kind, not begun": ((SPARSE,), snapshot_of(dense=(DENSE, LIVE)), set()),
    "another one, not complete": (
        (OTHER_DENSE,),
        snapshot_of(dense=(DENSE, LIVE), dense_next=(OTHER_DENSE, 4), sparse=(SPARSE, 2)),
        set(),
    ),
    "back": ((DENSE,), snapshot_of(dense=(DENSE, 4), dense_next=(OTHER_DENSE, 1)), {"dense-next"}),
    "third": (
        (replace(DENSE, model="third"),),
        snapshot_of(dense=(DENSE, 4), dense_next=(OTHER_DENSE, 1)),
        {"dense-next"},
    ),
    "made already": (
        (DENSE,),
        snapshot_of(dense=(DENSE, 4), dense_next=(DENSE, 1)),
        {"dense-next"},
    ),
}


@pytest.mark.parametrize("case", STALE)
def test_stale_tracks(case: str) -> None:
    specs, snapshot, expected = STALE[case]
    assert stale(settings_of(*specs), snapshot.tracks, snapshot) == expected


@pytest.mark.parametrize(("mark", "swaps"), [(LIVE - 1, False), (LIVE, True), (LIVE + 9, True)])
def test_a_complete_track_takes_its_place(mark: int, *, swaps: bool) -> None:
    snapshot = snapshot_of(dense=(DENSE, LIVE), dense_next=(OTHER_DENSE, mark))
    tracks = swapped(snapshot.tracks, snapshot)
    models = {role: track.spec["model"] for role, track in tracks.items()}
    both = {"dense": "hash", "dense-next": "other hash"}
    assert models == ({"dense": "other hash"} if swaps else both)
    assert set(snapshot.tracks) == {"dense", "dense-next"}


def test_of_no_documents_every_track_is_complete() -> None:
    snapshot = snapshot_of(documents=0, dense=(DENSE, 0), dense_next=(OTHER_DENSE, 0))
    assert swapped(snapshot.tracks, snapshot).keys() == {"dense"}


def test_stats_have_what_has_not_begun() -> None:
    snapshot = snapshot_of(dense=(DENSE, 4))
    stats = encoder_stats(settings_of(OTHER_DENSE, SPARSE), snapshot)
    assert [(item.role, item.model, item.pending) for item in stats] == [
        ("dense", "hash", 2),
        ("sparse", "hash", LIVE),
        ("dense-next", "other hash", LIVE),
    ]
