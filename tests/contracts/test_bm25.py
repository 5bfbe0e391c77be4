"""BM25 over a real collection keeps the contract of exact retrievers, from memory and from disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.retriever_contract import Build, ExactRetrieverContract

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.retrieval.protocols import Retriever
    from mnemic.types import Document


class TestFromMemory(ExactRetrieverContract):
    flushed = False

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        opened: list[Workspace] = []

        def make(documents: Sequence[Document]) -> Retriever:
            folder = tmp_path_factory.mktemp("data")
            opened.append(Workspace.open(folder, settings=Settings()))
            collection = opened[-1].create("papers")
            for document in documents:
                collection.add([document])
                if cls.flushed:
                    collection.flush()
            return collection.bm25()

        yield make
        for workspace in opened:
            workspace.close()


class TestFromDisk(TestFromMemory):
    flushed = True
