"""Learned-sparse retrieval keeps the retriever contract, with a real model and in segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.embedded_collections import in_segments, with_models
from tests.contracts.encoder_contract import EncoderContract
from tests.contracts.retriever_contract import Build, ExactRetrieverContract
from tests.hash_encoder import SPARSE, HashEncoder, HashModels
from tests.models import pulled
from tests.unit.retrieval.collections.embedded import opened

from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.retrieval.vectors.retriever import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestSpladeTiny(ExactRetrieverContract):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        folder, settings = tmp_path_factory.mktemp("splade"), pulled(["splade-tiny"])
        with with_models(folder, settings, "splade-tiny", "sparse") as build:
            yield build


class TestInSegments(ExactRetrieverContract):
    """Hashed words, several segments, deleted documents in each, long documents in passages."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        models = HashModels()
        workspace = opened(tmp_path_factory.mktemp("segments"), models)
        with in_segments(
            workspace,
            lambda name: workspace.create(name, encoders=[models.open(SPARSE)]),
            lambda collection: sparse().bind(collection),
        ) as build:
            yield build


class TestHashEncoder(EncoderContract):
    """What the tests of collections stand on."""

    kind = SparseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> HashEncoder:
        return HashEncoder(SPARSE)
