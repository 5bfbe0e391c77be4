"""What is asked when nobody says what keeps the retriever contract: words and vectors fused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.embedded_collections import in_segments, with_models
from tests.contracts.retriever_contract import Build, RetrieverContract
from tests.hash_encoder import DENSE, SPARSE, HashModels
from tests.models import pulled
from tests.unit.retrieval.collections.embedded import opened

from mnemic.sdk.retrievers import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestWithModels(RetrieverContract):
    """BM25, MiniLM and SPLADE."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        names = ["minilm", "splade-tiny"]
        folder, settings = tmp_path_factory.mktemp("hybrid"), pulled(names)
        with with_models(folder, settings, names, "default") as build:
            yield build


class TestInSegments(RetrieverContract):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        models = HashModels()
        workspace = opened(tmp_path_factory.mktemp("segments"), models)
        encoders = [models.open(DENSE), models.open(SPARSE)]
        with in_segments(
            workspace,
            lambda name: workspace.create(name, encoders=encoders),
            lambda collection: resolve("default", collection),
        ) as build:
            yield build
