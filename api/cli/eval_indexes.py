"""Collections made only to be evaluated: one per data set, kept under --out for --resume."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING

import mnemic
from mnemic.errors import Conflict
from mnemic.eval.files import typed_errors, write_atomically
from mnemic.eval.meters import Meter
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mnemic.eval.datasets import Dataset
    from mnemic.sdk import Collection
    from mnemic.settings import Settings

NAME = "dataset"
BATCH = 10_000
_MARK = "index.json"


@contextmanager
def indexed(
    dataset: Dataset,
    folder: Path,
    *,
    settings: Settings,
    resume: bool,
    check: Callable[[Collection], object],
    progress: Callable[[int], None],
) -> Iterator[tuple[Collection, Indexing]]:
    """A collection with the data set's documents, and what making it cost.

    With ``resume``, a complete one of the same corpus and version is opened again.

    Args:
        dataset: Whose documents.
        folder: Where the collection lives.
        settings: Threads and waiting times.
        resume: Whether an earlier index may be used.
        check: Called with the empty collection, so that a wrong name fails before the work.
        progress: Called with the number of documents that are in.

    Raises:
        Conflict: The folder holds something that this function did not make.
    """
    key = f"{dataset.corpus_digest()} {mnemic.__version__}"
    made = ready(folder, key) if resume else None
    if made is None:
        clear(folder)
    # The index belongs to this evaluation alone, wherever the user's own catalogue is.
    with mnemic.open(folder, settings=replace(settings, catalogue="")) as database:
        collection = database.collection(NAME, create=True)
        check(collection)
        if made is None:
            mark(folder, {"complete": False})
            made = _fill(collection, dataset, progress)
            mark(folder, {"complete": True, "key": key, "indexing": asdict(made)})
        yield collection, made


def ready(folder: Path, key: str) -> Indexing | None:
    """What making the index cost, when the folder holds a complete one with this key."""
    try:
        found = json.loads((folder / _MARK).read_bytes())
        return Indexing(**found["indexing"]) if found.get("key") == key else None
    except (OSError, ValueError, KeyError, TypeError):
        # No usable mark means no complete index: it is made again, which is always right.
        return None


def clear(folder: Path) -> None:
    """Remove an older index.

    Raises:
        Conflict: The folder holds something that no evaluation made.
    """
    if not folder.exists():
        return
    if any(folder.iterdir()) and not (folder / _MARK).exists():
        raise Conflict(f"{folder} holds something else", hint="use another --out")
    with typed_errors(folder):
        shutil.rmtree(folder)


def mark(folder: Path, content: dict[str, object]) -> None:
    """Say in the folder that an evaluation made it, and how far it came."""
    write_atomically(folder / _MARK, [json.dumps(content).encode()])


def _fill(collection: Collection, dataset: Dataset, progress: Callable[[int], None]) -> Indexing:
    meter = Meter()
    documents = dataset.documents()
    with meter.stage("index"):
        while batch := list(islice(documents, BATCH)):
            collection.add(batch)
            progress(len(collection))
        collection.flush()
    (stage,) = meter.stages
    size = collection.stats().bytes
    return Indexing(len(collection), stage.seconds, size, stage.peak_rss_bytes)
