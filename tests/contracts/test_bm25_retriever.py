"""BM25 over a real collection keeps the retriever contract, however its documents are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.retriever_contract import Build, ExactRetrieverContract

import mnemic
from mnemic.retrieval import bm25

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.retrieval import Retriever
    from mnemic.types import Document


class TestInMemory(ExactRetrieverContract):
    """Everything in the tail that no flush has reached."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with mnemic.open(tmp_path_factory.mktemp("memory")) as database:

            def make(documents: Sequence[Document]) -> Retriever:
                name = f"documents {len(database.collections())}"
                collection = database.collection(name, create=True)
                collection.add(documents)
                return collection.retriever("bm25")

            yield make


class TestInSegments(ExactRetrieverContract):
    """Several segments on disk, deleted documents in each, and a tail."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with mnemic.open(tmp_path_factory.mktemp("segments")) as database:

            def make(documents: Sequence[Document]) -> Retriever:
                name = f"documents {len(database.collections())}"
                collection = database.collection(name, create=True)
                for place, document in enumerate(documents):
                    ghost = mnemic.Document(id=f"ghost {place}", text=f"{document.text} river")
                    collection.add([ghost, document])
                    collection.delete([ghost.id])
                    if place % 3 == 1:
                        collection.flush()
                return collection.retriever(bm25(k1=1.2, b=0.75, variant="robertson"))

            yield make
