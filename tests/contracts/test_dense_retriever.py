"""Dense retrieval keeps the retriever contract, with a real model and however it is laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.embedded_collections import in_segments, with_models
from tests.contracts.encoder_contract import EncoderContract
from tests.contracts.retriever_contract import CORPUS, Build, ExactRetrieverContract
from tests.hash_encoder import DENSE, HashEncoder, HashModels
from tests.models import pulled
from tests.unit.retrieval.collections.embedded import opened

from mnemic.retrieval.encoders.protocols import DenseVectors
from mnemic.retrieval.vectors.retriever import dense
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.retrieval.protocols import Retriever


class TestMiniLM(ExactRetrieverContract):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        settings = pulled(["minilm"])
        with with_models(tmp_path_factory.mktemp("minilm"), settings, "minilm", "dense") as build:
            yield build

    def test_finds_by_meaning(self, build: Build) -> None:
        texts = {
            "bake": "Knead the dough and put the loaf into a hot oven.",
            "law": "The court dismissed the appeal of the defendant.",
            "stars": "Astronomers measured how far the galaxy is from us.",
        }
        retriever = build([Document(id=name, text=text) for name, text in texts.items()])
        questions = ["how is bread made", "a judge's ruling", "distance in outer space"]
        assert [one[0].id for one in retriever.search(questions, 1)] == list(texts)


class TestInSegments(ExactRetrieverContract):
    """Hashed words, several segments, deleted documents in each, long documents in passages."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        models = HashModels()
        workspace = opened(tmp_path_factory.mktemp("segments"), models)
        with in_segments(
            workspace,
            lambda name: workspace.create(name, encoders=[models.open(DENSE)]),
            lambda collection: dense().bind(collection),
        ) as build:
            yield build

    def test_pieces_and_whole_are_equal(
        self, retriever: Retriever, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        models = HashModels()
        workspace = opened(tmp_path_factory.mktemp("whole"), models)
        whole = workspace.create("whole", encoders=[models.open(DENSE)])
        whole.add(CORPUS)
        whole.embed()
        queries = ["red river", "fast boats at night", "foxes"]
        assert dense().bind(whole).search(queries, 10) == retriever.search(queries, 10)
        workspace.close()


class TestHashEncoder(EncoderContract):
    """What the tests of collections stand on."""

    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> HashEncoder:
        return HashEncoder(DENSE)
