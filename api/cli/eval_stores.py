"""A collection that is there already, evaluated instead of one that is made for it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import xxhash

import mnemic
from mnemic.api.cli.encoding import goes_on
from mnemic.api.cli.eval_costs import added
from mnemic.api.cli.options import looking_for
from mnemic.api.cli.output import counted
from mnemic.errors import InvalidInput
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mnemic.api.cli.eval_costs import Costs
    from mnemic.eval.datasets import Dataset
    from mnemic.sdk import Collection
    from mnemic.settings import Settings
    from mnemic.types import Document


@contextmanager
def stored(
    dataset: Dataset,
    folder: Path,
    name: str,
    *,
    settings: Settings,
    check: Callable[[Collection], object],
) -> Iterator[tuple[Collection, Costs]]:
    """An existing collection that holds the data set's documents and nothing else.

    Its costs are 0 seconds, because nothing is indexed.

    Raises:
        NotFound: There is no such collection.
        InvalidInput: It holds other documents, or some of them wait for vectors.
    """
    with mnemic.open(folder, settings=settings, create=False) as database:
        with looking_for(name, database):
            collection = database.collection(name)
        check(collection)
        stats = collection.stats()
        if stats.pending:
            raise InvalidInput(
                f"{counted(stats.pending, 'document')} of {name!r} without vectors",
                hint=f"Encode them first: {goes_on(folder, name)}",
            )
        if _digests(collection) != _digests(dataset.documents()):
            raise InvalidInput(
                f"collection {name!r} does not hold the documents of {dataset.name!r}",
                hint="Leave --store out, and they are indexed for this evaluation.",
            )
        vectors = {e.role: Indexing(stats.documents, 0.0, e.bytes, 0) for e in stats.encoders}
        yield collection, replace(added(stats), vectors=vectors)


def _digests(documents: Iterable[Document]) -> dict[str, bytes]:
    """What each document says, as a hash."""
    return {
        each.id: xxhash.xxh3_128_digest(f"{len(each.title)} {each.title}{each.text}".encode())
        for each in documents
    }
