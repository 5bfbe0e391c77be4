"""How far a long load has come, on disk, so that it goes on after a kill or a power cut.

The file says how many records of exactly this input are in exactly this collection. It is written
after each commit, so it is never ahead of the catalogue; ``pending`` covers the one batch by which
it may be behind.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import Forbidden
from mnemic.indexes.storage import FileDirectory
from mnemic.retrieval.ingestion.sources import find_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mnemic.retrieval.ingestion import Format

FOLDER = "loads"
_log = logging.getLogger("mnemic.sdk")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a load stands.

    Attributes:
        records: So many records of the input are done.
        pending: Up to this record, a batch may have been committed or not; equal to ``records``
            when none is under way.
    """

    records: int = 0
    pending: int = 0


class Checkpoint:
    """The durable ``Place`` of one load.

    Args:
        folder: The data folder.
        collection: The collection's storage key, which a dropped and remade one does not share.
        inputs: What is read, in a form that changes when the input changes.
    """

    def __init__(self, folder: Path, collection: str, inputs: Any) -> None:
        self._path = folder / FOLDER
        self._inputs = inputs
        key = json.dumps([collection, inputs["sources"], inputs["options"]], sort_keys=True)
        self._name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest() + ".json"

    def load(self) -> Place:
        """Where the last, interrupted load stopped; the start when there was none.

        A file that is damaged, or whose input has changed since, counts as none: reading again
        costs time, and nothing else.
        """
        try:
            stored = json.loads((self._path / self._name).read_bytes())
            if stored["inputs"] != self._inputs:
                _log.warning("the input has changed since the interrupted load: it starts again")
                return Place()
            return _place(**stored["place"])
        except FileNotFoundError:
            return Place()
        except (ValueError, TypeError, KeyError, OSError) as error:
            _log.warning("%s is unreadable (%s): the load starts again", self._name, error)
            return Place()

    def save(self, place: Place) -> None:
        """Remember a place; durable when it returns."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Forbidden(f"{self._path} cannot be made: {error.strerror}") from error
        content = json.dumps({"inputs": self._inputs, "place": asdict(place)})
        FileDirectory(self._path).replace(self._name, content.encode())

    def clear(self) -> None:
        """The load is complete, or starts anew; what a kill left half written goes too."""
        (self._path / self._name).unlink(missing_ok=True)
        for litter in self._path.glob(f".*.{self._name}.tmp"):
            litter.unlink(missing_ok=True)


def _place(*, records: int = 0, pending: int = 0) -> Place:
    if not (type(records) is type(pending) is int and 0 <= records <= pending):
        raise ValueError(f"no place: {records!r}, {pending!r}")
    return Place(records, pending)


def identity(paths: Sequence[Path], format: Format = "auto", **options: Any) -> dict[str, Any]:
    """What a load reads: its sources and options, and a digest of every file's size and time."""
    digest = hashlib.blake2b(digest_size=16)
    for source in find_sources(paths, format, lambda error: None):
        changed = source.path.stat().st_mtime_ns
        line = f"{source.path}\0{source.size}\0{changed}\0"
        digest.update(line.encode(errors="surrogateescape"))
    return {
        "sources": [str(path.resolve()) for path in paths],
        "options": {"format": format, **options},
        "digest": digest.hexdigest(),
    }
