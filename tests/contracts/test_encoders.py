"""The encoders that mnemic brings keep the contract, on the real models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.encoder_contract import EncoderContract
from tests.models import pulled

from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.protocols import DenseVectors, SparseVectors
from mnemic.retrieval.encoders.specs import EncoderSpec, spec_of

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


class TestWordLlama(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> TextEncoder:
        return open_encoder(spec_of("wordllama"), pulled(["wordllama"]))
