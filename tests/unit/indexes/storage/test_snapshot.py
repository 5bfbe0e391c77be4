"""A reader is never stopped by a writer that commits and sweeps in between."""

from __future__ import annotations

from itertools import count
from threading import Event, Thread

import pytest
from tests.unit.indexes.storage.samples import manifest, segment

from mnemic.errors import IndexCorrupt
from mnemic.indexes.storage import (
    Directory,
    FileDirectory,
    Manifest,
    ManifestStore,
    open_arrays,
    open_live,
)
from mnemic.indexes.storage.manifest import ATTEMPTS


def opened(directory: Directory, state: Manifest | None) -> list[int]:
    """Open all files of a state."""
    found = []
    for entry in state.segments if state else ():
        open_live(directory, entry)
        file = open_arrays(directory, entry.file("ordinals"), kind="ordinals")
        found.append(int(file.arrays["ordinals"][0]))
    return found


def turn(directory: Directory, store: ManifestStore, generation: int) -> None:
    """Replace all that there is by one new segment."""
    state = manifest(segment(directory, first=generation), generation=generation)
    store.commit(state)
    store.sweep(state)


def test_no_manifest_is_a_state_too(directory: Directory) -> None:
    assert ManifestStore(directory).snapshot(lambda state: opened(directory, state)) == []


def test_sweep_between_load_and_open_is_retried(directory: Directory) -> None:
    store, generations = ManifestStore(directory), iter([2, 3])
    turn(directory, store, 1)

    def build(state: Manifest | None) -> list[int]:
        generation = next(generations, None)
        if generation is not None:
            turn(directory, store, generation)
        return opened(directory, state)

    assert store.snapshot(build) == [3]


def test_missing_file_under_the_same_manifest_is_damage(directory: Directory) -> None:
    store = ManifestStore(directory)
    turn(directory, store, 1)
    state = store.load()
    assert state is not None
    directory.delete(state.segments[0].file("ordinals").name)
    calls = count()
    with pytest.raises(IndexCorrupt, match="ordinals"):
        store.snapshot(lambda state: (next(calls), opened(directory, state)))
    assert next(calls) == 1


def test_endless_commits_end_in_an_error(directory: Directory) -> None:
    store, generations = ManifestStore(directory), count(2)
    turn(directory, store, 1)

    def build(state: Manifest | None) -> list[int]:
        turn(directory, store, next(generations))
        return opened(directory, state)

    with pytest.raises(IndexCorrupt):
        store.snapshot(build)
    assert next(generations) == 2 + ATTEMPTS


def test_readers_and_a_writer_at_once(files: FileDirectory) -> None:
    store, done, failures = ManifestStore(files), Event(), list[BaseException]()

    def read() -> None:
        own, last = ManifestStore(FileDirectory(files.path)), 0
        try:
            while not done.is_set():
                found = own.snapshot(lambda state: opened(files, state))
                assert found >= [last]
                last = found[0]
        except BaseException as error:
            failures.append(error)

    turn(files, store, 1)
    readers = [Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for generation in range(2, 60):
        turn(files, store, generation)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
