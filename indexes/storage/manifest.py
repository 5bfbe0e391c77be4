"""The manifest on disk: load it, put the next one in its place, remove what none references."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mnemic.errors import Conflict, IndexCorrupt
from mnemic.indexes.storage import faults
from mnemic.indexes.storage.failures import corrupt
from mnemic.indexes.storage.manifest_format import decode, encode
from mnemic.indexes.storage.names import MANIFEST_NAME, segment_of, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mnemic.indexes.storage.directory import Directory
    from mnemic.indexes.storage.records import Manifest

SnapshotT = TypeVar("SnapshotT")
ATTEMPTS = 20


class ManifestStore:
    """The one manifest of a folder. One writer at a time (its caller holds the lock), any readers.

    Args:
        directory: The folder that holds the manifest and the files that it references.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def load(self) -> Manifest | None:
        """The current manifest, ``None`` when nothing was ever committed.

        Raises:
            IndexCorrupt: Its bytes are not those that were written.
            FormatTooNew: A newer mnemic wrote it.
        """
        if self.stamp() is None:
            return None
        data = self._directory.read(MANIFEST_NAME)
        return decode(data, self._directory.describe(MANIFEST_NAME))

    def snapshot(self, build: Callable[[Manifest | None], SnapshotT]) -> SnapshotT:
        """Load the manifest and open what it references, as often as a writer gets in between.

        A writer may commit and sweep after the manifest was loaded and before its files were
        opened. ``build`` then raises ``IndexCorrupt`` for a missing file, but the stamp has
        changed: the newer manifest is loaded and ``build`` called again. A missing file under
        an unchanged manifest is damage, and raised.

        Args:
            build: Opens the files of a manifest (``None``: there is none) and returns a view.

        Raises:
            IndexCorrupt: A file is damaged, or 20 commits in a row got in between.
            FormatTooNew: A newer mnemic wrote a file.
        """
        for _ in range(ATTEMPTS - 1):
            before = self.stamp()
            try:
                return build(self.load())
            except IndexCorrupt:
                if self.stamp() == before:
                    raise
        return build(self.load())

    def commit(self, manifest: Manifest, *, repair: bool = False) -> None:
        """Make a state the current one, durable when this returns, whole or not at all.

        The files must be written before. Order: the names of the files become durable, then
        the manifest is written beside the old one, fsync'ed, renamed over it, and the folder
        fsync'ed.

        An error leaves the old state, or (when only the last fsync failed) the new one without
        a promise that it survives a power cut. So after an error keep all files, load the
        manifest again and go on from what it says.

        Args:
            manifest: The next state.
            repair: Allow replacing a manifest that cannot be read (a rebuild does).

        Raises:
            Conflict: Its generation is not above the current one: another writer was faster.
            InvalidInput: It contradicts itself.
            IndexCorrupt: A file that it references is missing, or the current manifest is
                damaged and ``repair`` is false.
            LimitExceeded: The disk is full.
            Forbidden: The folder is read-only.
        """
        faults.reached("commit.before")
        data = encode(manifest)
        current = self._readable() if repair else self.load()
        if current is not None and manifest.generation <= current.generation:
            raise Conflict(
                f"{self._directory.describe(MANIFEST_NAME)} is at generation"
                f" {current.generation}; cannot commit {manifest.generation}",
                hint="load the manifest anew and commit on top of it",
            )
        self._check_files(manifest)
        faults.reached("commit.checked")
        if manifest.files:
            self._directory.sync()
        self._directory.replace(MANIFEST_NAME, data)
        faults.reached("commit.done")

    def stamp(self) -> tuple[int, ...] | None:
        """Changes with every commit; ``None`` before the first. One stat call."""
        return self._directory.stamp(MANIFEST_NAME)

    def unreferenced(self, manifest: Manifest, *, keep: Collection[str] = ()) -> list[str]:
        """Names of files of ours that neither ``manifest`` nor the current one references.

        Unfinished files of ours are among them; names of any other form never are.

        Args:
            manifest: A state to keep, besides the one on disk.
            keep: Ids of segments that are being written now.

        Raises:
            IndexCorrupt: The current manifest is damaged, so nobody knows what it references.
            FormatTooNew: A newer mnemic wrote it.
        """
        # Names first: a file of a manifest that comes after this listing is not on it.
        names = self._directory.names()
        current = self.load()
        wanted = {entry.name for state in (manifest, current) if state for entry in state.files}
        return [
            name
            for name in names
            if name not in wanted and _ours(name) and _segment(name) not in keep
        ]

    def sweep(self, manifest: Manifest, *, keep: Collection[str] = ()) -> list[str]:
        """Delete what ``unreferenced`` lists; call it with the writer's lock.

        Returns:
            The names, in order.

        Raises:
            IndexCorrupt: The current manifest is damaged; nothing was deleted.
            FormatTooNew: A newer mnemic wrote it; nothing was deleted.
            Forbidden: The folder is read-only.
        """
        faults.reached("sweep.before")
        names = self.unreferenced(manifest, keep=keep)
        for name in names:
            self._directory.delete(name)
        if names:
            self._directory.sync()
        faults.reached("sweep.done")
        return names

    def _readable(self) -> Manifest | None:
        try:
            return self.load()
        except IndexCorrupt:  # the caller asked to replace it
            return None

    def _check_files(self, manifest: Manifest) -> None:
        there = set(self._directory.names())
        for entry in manifest.files:
            if entry.name not in there:
                raise corrupt(self._directory.describe(entry.name), "was not written or is gone")


def _segment(name: str) -> str | None:
    return segment_of(target_of(name) or name)


def _ours(name: str) -> bool:
    return target_of(name) is not None or segment_of(name) is not None
