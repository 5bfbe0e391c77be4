"""Collections with vectors for the retriever contract, in two layouts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import mnemic
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.contracts.retriever_contract import Build

    from mnemic.retrieval import Retriever
    from mnemic.retrieval.collections import Collection, Workspace
    from mnemic.settings import Settings


@contextmanager
def with_models(
    folder: Path, settings: Settings, encoder: str | list[str], retriever: str
) -> Iterator[Build]:
    """A build over new collections of the SDK, encoded by real models."""
    with mnemic.open(folder, settings=settings) as database:

        def make(documents: Sequence[Document]) -> Retriever:
            name = f"documents {len(database.collections())}"
            collection = database.collection(name, create=True, encoder=encoder)
            collection.add(documents)
            collection.embed()
            return collection.retriever(retriever)

        yield make


@contextmanager
def in_segments(
    workspace: Workspace,
    create: Callable[[str], Collection],
    bind: Callable[[Collection], Retriever],
) -> Iterator[Build]:
    """A build over several segments of documents and of vectors, with deleted ones in each."""

    def make(documents: Sequence[Document]) -> Retriever:
        collection = create(f"documents {len(workspace.names())}")
        for place, document in enumerate(documents):
            ghost = Document(id=f"ghost {place}", text=f"{document.text} river")
            collection.add([ghost, document], encode="later")
            if place % 3 == 1:
                collection.embed()
            collection.delete([ghost.id])
        collection.embed()
        return bind(collection)

    try:
        yield make
    finally:
        workspace.close()
