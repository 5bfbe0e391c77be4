"""Collections made only to be evaluated: one per data set, kept under --out for --resume."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import mnemic
from mnemic.api.cli.eval_costs import added, clear, keep, kept, mark
from mnemic.api.cli.eval_encoding import encoded
from mnemic.eval.meters import Meter
from mnemic.eval.outputs import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mnemic.api.cli.eval_costs import Costs
    from mnemic.eval.datasets import Dataset
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.sdk import Collection
    from mnemic.settings import Settings

NAME = "dataset"
BATCH = 10_000


def place_of(dataset: Dataset, folder: Path, encoders: Sequence[TextEncoder]) -> Path:
    """Where the index of a data set under some encoders lives."""
    return folder / "+".join(map(slug, [dataset.name, *(each.spec.model for each in encoders)]))


@contextmanager
def indexed(
    dataset: Dataset,
    folder: Path,
    *,
    encoders: Sequence[TextEncoder] = (),
    settings: Settings,
    resume: bool,
    check: Callable[[Collection], object],
    progress: Callable[[int], None],
    quiet: bool,
) -> Iterator[tuple[Collection, Costs]]:
    """A collection with the data set's documents, their vectors, and what making it cost.

    With ``resume``, one of the same corpus, encoders and version is opened again, and encoding that
    was interrupted goes on.

    Args:
        dataset: Whose documents.
        folder: Where the collection lives.
        encoders: What gives the documents vectors.
        settings: Threads, waiting times, and where models are.
        resume: Whether an earlier index may be used.
        check: Called with the empty collection, so that a wrong name fails before the work.
        progress: Called with the number of documents that are in.
        quiet: Keep stderr free where it is no terminal.

    Raises:
        Conflict: The folder holds something that this function did not make.
    """
    key = " ".join(
        [dataset.corpus_digest(), mnemic.__version__, *(e.fingerprint.digest for e in encoders)]
    )
    costs = kept(folder, key) if resume else None
    if costs is None:
        clear(folder)
    # The index belongs to this evaluation alone, wherever the user's own catalogue is.
    with mnemic.open(folder, settings=replace(settings, catalogue="")) as database:
        collection = (
            database.collection(NAME)
            if costs
            else database.collection(
                NAME, create=True, encoder=[encoder.spec for encoder in encoders] or None
            )
        )
        check(collection)
        if costs is None:
            mark(folder, {"complete": False})
            costs = _fill(collection, dataset, progress)
            keep(folder, key, costs, complete=not encoders)
        costs = encoded(
            collection,
            encoders,
            costs,
            save=lambda so_far: keep(folder, key, so_far, complete=False),
            quiet=quiet,
        )
        keep(folder, key, costs, complete=True)
        yield collection, costs


def _fill(collection: Collection, dataset: Dataset, progress: Callable[[int], None]) -> Costs:
    meter = Meter()
    documents = dataset.documents()
    with meter.stage("index"):
        while batch := list(islice(documents, BATCH)):
            collection.add(batch, encode="later")
            progress(len(collection))
        collection.flush()
    (stage,) = meter.stages
    return added(collection.stats(), stage.seconds, stage.peak_rss_bytes)
