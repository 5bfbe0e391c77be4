"""Any sequence of writes, commits, failures, sweeps and reloads equals a dictionary."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.counts import scaled

from mnemic.errors import Conflict, LimitExceeded
from mnemic.indexes.storage import (
    FileDirectory,
    Manifest,
    ManifestStore,
    RamDirectory,
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

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from mnemic.indexes.storage import Directory

Content = dict[str, tuple[list[int], list[bool]]]  # segment id -> values, which of them live
FAILURES = [
    "commit.before",
    "commit.checked",
    "sync.before",
    "replace.before",
    "replace.written",
    "replace.synced",
    "replace.renamed",
    "commit.done",
]


def full_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Storage(RuleBasedStateMachine):
    """A writer with staged segments beside the committed ones, and readers with old views."""

    def __init__(self, directory: Directory) -> None:
        super().__init__()
        self.directory = directory
        self.store = ManifestStore(self.directory)
        self.staged: dict[str, SegmentEntry] = {}
        self.staged_content: Content = {}
        self.committed: Content = {}
        self.generation = 0
        self.ordinal = 0
        self.views: list[tuple[NDArray[np.int64], list[int]]] = []
        self.directory.write("foreign.txt", [b"not ours"])

    @rule(values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
    def write(self, values: list[int]) -> None:
        identity = new_segment_id(self.generation + 1)
        array = np.array(values, dtype=np.int64)
        name = segment_file_name(identity, "sparse")
        file = write_arrays(self.directory, name, kind="sparse", arrays={"values": array})
        self.staged[identity] = SegmentEntry(
            id=identity,
            documents=len(values),
            files=(file,),
            first_ordinal=self.ordinal,
            last_ordinal=self.ordinal + len(values) - 1,
        )
        self.ordinal += len(values)
        self.staged_content[identity] = (values, [True] * len(values))

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        everything = self.committed | self.staged_content
        if not everything:
            return
        # In order of insertion: ids are random, so sorting them would make draws unrepeatable.
        identity = data.draw(st.sampled_from(list(everything)))
        values, live = everything[identity]
        gone = data.draw(st.sets(st.integers(0, len(values) - 1), min_size=1))
        left = [bit and i not in gone for i, bit in enumerate(live)]
        current = self.staged.get(identity) or self.entry(identity)
        entry = write_live(
            self.directory,
            identity,
            generation=self.generation + 1,
            live=bitmaps.from_bool(np.array(left)),
            documents=len(values),
        )
        self.staged[identity] = replace(current, live=entry, deleted=left.count(False))
        self.staged_content[identity] = (values, left)

    @rule(dropped=st.randoms(use_true_random=False))
    def commit(self, dropped: Random) -> None:
        everything = self.committed | self.staged_content
        kept = {key: value for key, value in everything.items() if dropped.random() < 0.8}
        state = self.state(kept)
        self.store.commit(state)
        self.committed, self.generation = kept, state.generation
        self.staged, self.staged_content = {}, {}

    @rule(point=st.sampled_from(FAILURES))
    def fail_to_commit(self, point: str) -> None:
        content = self.committed | self.staged_content
        state = self.state(content)
        with faults.injected(point, full_disk), suppress(LimitExceeded, OSError):
            self.store.commit(state)
        # Once the manifest has its name, a failure means: there, but perhaps not durable.
        if self.store.load() == state:
            self.committed, self.generation = content, state.generation
            self.staged, self.staged_content = {}, {}

    @rule(behind=st.integers(0, 3))
    @precondition(lambda self: self.generation > 0)
    def commit_too_late(self, behind: int) -> None:
        late = replace(self.state({}), generation=max(0, self.generation - behind))
        with pytest.raises(Conflict):
            self.store.commit(late)

    @rule()
    def sweep(self) -> None:
        current = self.store.load() or self.state({})
        self.store.sweep(current, keep=set(self.staged))
        names = set(self.directory.names())
        wanted = {entry.name for entry in current.files} | {"foreign.txt"}
        assert wanted <= names
        ours = names - wanted - {"MANIFEST.json"}
        assert all(any(name.startswith(key) for key in self.staged) for name in ours)

    @rule()
    def hold_views(self) -> None:
        for segment in self.segments():
            file = open_arrays(self.directory, segment.file("sparse"), kind="sparse")
            self.views.append((file.arrays["values"], self.committed[segment.id][0]))

    @rule()
    def reopen(self) -> None:
        if isinstance(self.directory, FileDirectory):
            self.directory = FileDirectory(self.directory.path)
        self.store = ManifestStore(self.directory)

    @invariant()
    def what_is_committed_is_there(self) -> None:
        found: Content = {}
        for segment in self.segments():
            file = open_arrays(self.directory, segment.file("sparse"), kind="sparse")
            live = open_live(self.directory, segment)
            live = bitmaps.full(segment.documents) if live is None else live
            bits = bitmaps.to_bool(live, segment.documents).tolist()
            found[segment.id] = (file.arrays["values"].tolist(), bits)
        assert found == self.committed

    @invariant()
    def old_views_keep_their_values(self) -> None:
        assert all(view.tolist() == values for view, values in self.views)

    def segments(self) -> tuple[SegmentEntry, ...]:
        state = self.store.load()
        assert (state.generation if state else 0) == self.generation
        return state.segments if state else ()

    def entry(self, identity: str) -> SegmentEntry:
        return next(segment for segment in self.segments() if segment.id == identity)

    def state(self, content: Content) -> Manifest:
        entries = {segment.id: segment for segment in self.segments()} | self.staged
        return Manifest(
            generation=self.generation + 1,
            next_ordinal=self.ordinal,
            deletion_seq=self.generation,
            segments=tuple(entries[identity] for identity in content),
        )


class StorageInMemory(Storage):
    def __init__(self) -> None:
        super().__init__(RamDirectory())


class StorageInFiles(Storage):
    def __init__(self) -> None:
        super().__init__(FileDirectory(tempfile.mkdtemp(prefix="mnemic-model-")))

    def teardown(self) -> None:
        assert isinstance(self.directory, FileDirectory)
        for path in self.directory.path.iterdir():
            path.unlink()
        self.directory.path.rmdir()


TestStorageInMemory = StorageInMemory.TestCase
TestStorageInMemory.settings = settings(
    max_examples=scaled(60, 2_000), stateful_step_count=25, deadline=None, print_blob=True
)
TestStorageInFiles = StorageInFiles.TestCase
TestStorageInFiles.settings = settings(
    max_examples=scaled(25, 500), stateful_step_count=25, deadline=None, print_blob=True
)
