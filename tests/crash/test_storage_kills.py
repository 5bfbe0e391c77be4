"""A process that commits is killed at every durable step; what remains is the old or new state.

The folder is never cleaned between kills, so each child starts on what the last one left.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.counts import scaled

from mnemic.indexes.storage import (
    FileDirectory,
    Manifest,
    ManifestStore,
    SegmentEntry,
    bitmaps,
    faults,
    new_segment_id,
    open_arrays,
    open_live,
    segment_file_name,
    write_arrays,
    write_live,
)

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLS = scaled(20, 200)
DOCUMENTS = 50
MOST_SEGMENTS = 4
CHILD = "from tests.crash.test_storage_kills import child; child()"


def content(first: int) -> np.ndarray:
    """What the segment from an ordinal holds: only depends on the ordinal."""
    return np.random.default_rng(first).integers(0, 2**32, (DOCUMENTS, 7), dtype=np.uint32)


def new_segment(directory: FileDirectory, generation: int) -> SegmentEntry:
    identity, first = new_segment_id(generation), generation * DOCUMENTS
    name = segment_file_name(identity, "sparse")
    file = write_arrays(directory, name, kind="sparse", arrays={"content": content(first)})
    return SegmentEntry(
        id=identity,
        documents=DOCUMENTS,
        files=(file,),
        first_ordinal=first,
        last_ordinal=first + DOCUMENTS - 1,
    )


def with_deletion(directory: FileDirectory, segment: SegmentEntry, generation: int) -> SegmentEntry:
    """One more document deleted, from the first on."""
    gone = segment.deleted + 1
    live = bitmaps.clear(bitmaps.full(DOCUMENTS), np.arange(gone))
    entry = write_live(directory, segment.id, generation=generation, live=live, documents=DOCUMENTS)
    return SegmentEntry(
        id=segment.id,
        documents=DOCUMENTS,
        files=segment.files,
        live=entry,
        deleted=gone,
        first_ordinal=segment.first_ordinal,
        last_ordinal=segment.last_ordinal,
    )


def step(directory: FileDirectory, state: Manifest | None) -> Manifest:
    """The next state: a deletion in the oldest segment kept, and a new segment."""
    generation = 1 if state is None else state.generation + 1
    kept = () if state is None else state.segments[-MOST_SEGMENTS:]
    older = (with_deletion(directory, kept[0], generation), *kept[1:]) if kept else ()
    return Manifest(
        generation=generation,
        next_ordinal=(generation + 1) * DOCUMENTS,
        deletion_seq=generation,
        segments=(*older, new_segment(directory, generation)),
    )


def child() -> None:
    """Commit and sweep for ever, until the hook kills this process."""
    folder, point, countdown = sys.argv[1], sys.argv[2], itertools.count(-int(sys.argv[3]))
    directory = FileDirectory(folder)
    store = ManifestStore(directory)
    faults.install(
        point, lambda: os.kill(os.getpid(), signal.SIGKILL) if next(countdown) >= 0 else None
    )
    while True:
        state = step(directory, store.load())
        store.commit(state)
        os.write(1, f"{state.generation}\n".encode())
        store.sweep(state)


def killed(folder: Path, point: str, countdown: int) -> int | None:
    """The last generation that a killed child said was committed."""
    command = [sys.executable, "-c", CHILD, str(folder), point, str(countdown)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    lines = done.stdout.split()
    return int(lines[-1]) if lines else None


def reopened(directory: FileDirectory) -> int:
    """Check all that the manifest references; its generation."""
    state = ManifestStore(directory).load()
    if state is None:
        return 0
    assert state.next_ordinal == (state.generation + 1) * DOCUMENTS
    for segment in state.segments:
        file = open_arrays(directory, segment.file("sparse"), kind="sparse")
        np.testing.assert_array_equal(file.arrays["content"], content(segment.first_ordinal))
        live = open_live(directory, segment)
        if live is not None:
            expected = np.arange(DOCUMENTS) >= segment.deleted
            assert bitmaps.to_bool(live, DOCUMENTS).tolist() == expected.tolist()
    return state.generation


def plan(seed: int) -> list[tuple[str, int]]:
    """Every point in turn, each time after another number of passes."""
    chance = random.Random(seed)
    points = [*faults.POINTS] * (KILLS // len(faults.POINTS) + 1)
    return [(point, chance.randrange(8)) for point in points[:KILLS]]


def test_kill_at_every_point_leaves_the_old_or_the_new_state(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    directory, before = FileDirectory(tmp_path / "data"), 0
    for point, countdown in plan(seed):
        acknowledged = killed(directory.path, point, countdown) or before
        found = reopened(directory)
        print(f"killed at {point} after {countdown}: {acknowledged} acknowledged, {found} found")
        assert found in {acknowledged, acknowledged + 1}
        before = found


def test_what_kills_leave_behind_is_swept(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path / "data")
    directory.write("foreign.txt", [b"x"])
    for point in ("write.partial", "replace.synced", "commit.checked", "sweep.before"):
        killed(directory.path, point, 5)
    state = ManifestStore(directory).load()
    assert state is not None
    assert len(directory.names()) > len(state.files) + 2
    ManifestStore(directory).sweep(state)
    kept = {entry.name for entry in state.files} | {"MANIFEST.json", "foreign.txt"}
    assert set(directory.names()) == kept
