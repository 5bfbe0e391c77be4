"""The encoders that mnemic brings keep the contract, on the real models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.encoder_contract import EncoderContract
from tests.models import pulled
from tests.unit.llm.sentence_folders import make_sentence

from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.encoders.specs import SENTENCE, EncoderSpec, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from mnemic.retrieval.encoders.opening import TextEncoder


class TestMiniLM(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> TextEncoder:
        return open_encoder(spec_of("minilm"), pulled(["minilm"]))


class TestSpladeTiny(EncoderContract):
    kind = SparseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> TextEncoder:
        return open_encoder(spec_of("splade-tiny"), pulled(["splade-tiny"]))


class TestPrunedSpladeTiny(EncoderContract):
    kind = SparseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> TextEncoder:
        spec = EncoderSpec("splade-tiny", "sparse", query_prefix="q: ", top_k=8, query_top_k=4)
        return open_encoder(spec, pulled(["splade-tiny"]))


class TestSentenceTransformers(EncoderContract):
    kind = DenseVectors

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, tmp_path_factory: pytest.TempPathFactory) -> TextEncoder:
        minilm = pulled(["minilm"]).cache / "models" / "minilm"
        folder = make_sentence(tmp_path_factory.mktemp("models") / "mine", minilm, window=256)
        return open_encoder(EncoderSpec(f"{SENTENCE}{folder}", "dense"), Settings())


class TestWordLlama(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> TextEncoder:
        return open_encoder(spec_of("wordllama"), pulled(["wordllama"]))
