"""Hybrids keep the retriever contract, whatever they fuse and whatever they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.brute_force import BruteForceRetriever
from tests.contracts.retriever_contract import Build, RetrieverContract

import mnemic
from mnemic.retrieval import bm25, hybrid
from mnemic.retrieval.fusion import FUSIONS, RRF
from mnemic.retrieval.hybrid import HybridRetriever

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.retrieval import Fusion, Retriever
    from mnemic.types import Document


@pytest.mark.parametrize("method", FUSIONS.values(), ids=FUSIONS, scope="class")
class TestOverBruteForce(RetrieverContract):
    """Every fusion, with a part that is cut short."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, method: Fusion) -> Build:
        def make(documents: Sequence[Document]) -> Retriever:
            whole = BruteForceRetriever(tuple(documents))
            short = HybridRetriever((whole,), RRF(k=0), depth=3)
            return HybridRetriever((whole, short), method, (0.7, 0.3))

        return make


class TestOverACollection(RetrieverContract):
    """Two settings of BM25, resolved by name and by spec, one of them in a hybrid of its own."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with mnemic.open(tmp_path_factory.mktemp("hybrid")) as database:

            def make(documents: Sequence[Document]) -> Retriever:
                name = f"documents {len(database.collections())}"
                collection = database.collection(name, create=True)
                collection.add(documents)
                spec: Any = hybrid(["bm25", hybrid([bm25(k1=2.0)], depth=4)], fusion="min-max")
                return collection.retriever(spec)

            yield make
