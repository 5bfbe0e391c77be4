"""The encoder on an endpoint keeps the contract, and an odd endpoint gives typed errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.encoder_contract import EncoderContract
from tests.endpoint_server import KEY, changing, endpoint_server, failing, vector

from mnemic.errors import DimensionMismatch, InvalidInput, Unauthenticated
from mnemic.llm.http import Endpoint
from mnemic.retrieval.encoders.endpoint import EndpointEncoder
from mnemic.retrieval.encoders.protocols import DenseVectors, Encoder
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from tests.endpoint_server import EndpointServer


@pytest.fixture(scope="module")
def running() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture(scope="module")
def endpoint(running: EndpointServer) -> Iterator[Endpoint]:
    with Endpoint(base_url=running.url, api_key=KEY, backoff_s=0.001, batch_texts=2) as endpoint:
        yield endpoint


@pytest.fixture
def server(running: EndpointServer) -> Iterator[EndpointServer]:
    running.received.clear()
    yield running
    assert not running.faults, "a fault was not met"


def unit(text: str) -> NDArray[np.float32]:
    wide = np.array(vector(text), np.float64)
    shortened: NDArray[np.float32] = (wide / np.linalg.norm(wide)).astype(np.float32)
    return shortened


class TestEndpoint(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, endpoint: Endpoint) -> Encoder[DenseVectors]:
        return EndpointEncoder(endpoint, "tiny", query_prefix="query: ")


class TestRaw(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, endpoint: Endpoint) -> Encoder[DenseVectors]:
        return EndpointEncoder(endpoint, "tiny", dimensions=5, shorten=True, normalise=False)


def test_prefixes_are_put_before_texts(endpoint: Endpoint) -> None:
    encoder = EndpointEncoder(endpoint, "tiny", query_prefix="q: ", document_prefix="d: ")
    np.testing.assert_allclose(encoder.encode_queries(["a"]).values, [unit("q: a")], rtol=1e-6)
    np.testing.assert_allclose(encoder.encode_documents(["a"]).values, [unit("d: a")], rtol=1e-6)


def test_blank_texts_are_zeros_and_shift_nothing(
    endpoint: Endpoint, server: EndpointServer
) -> None:
    encoder = EndpointEncoder(endpoint, "tiny", document_prefix="d: ")
    found = encoder.encode_documents(["", "a", " \n\t\u3000", "b", ""]).values
    np.testing.assert_allclose(found[[1, 3]], [unit("d: a"), unit("d: b")], rtol=1e-6)
    assert not found[[0, 2, 4]].any()
    assert server.inputs() == [["d: a", "d: b"]], "blanks are not sent"


@pytest.mark.parametrize("texts", [[], [""], ["", " "]], ids=len)
def test_the_width_is_found_out_when_there_is_nothing_to_send(
    endpoint: Endpoint, server: EndpointServer, texts: list[str]
) -> None:
    encoder = EndpointEncoder(endpoint, "tiny")
    assert encoder.encode_queries(texts).values.shape == (len(texts), 16)
    assert encoder.encode_documents(texts).values.shape == (len(texts), 16)
    assert len(server.received) == 1, "once"


def test_a_width_that_is_given_costs_no_request(endpoint: Endpoint, server: EndpointServer) -> None:
    encoder = EndpointEncoder(endpoint, "tiny", dimensions=16)
    assert encoder.encode_queries([]).values.shape == (0, 16)
    assert encoder.fingerprint.settings["dimensions"] == 16
    assert server.received == []


def test_another_width_than_given_is_refused(endpoint: Endpoint) -> None:
    encoder = EndpointEncoder(endpoint, "tiny", dimensions=8)
    with pytest.raises(DimensionMismatch, match="16 dimensions, expected 8") as caught:
        encoder.encode_queries(["a"])
    assert "shorten=True" in caught.value.hint


def test_another_width_than_before_is_refused(endpoint: Endpoint, server: EndpointServer) -> None:
    encoder = EndpointEncoder(endpoint, "tiny")
    encoder.encode_queries(["a"])
    server.faults.append(changing(lambda content: content["data"][0]["embedding"].pop()))
    with pytest.raises(DimensionMismatch, match="15 dimensions, expected 16"):
        encoder.encode_queries(["a"])
    assert encoder.encode_queries(["a"]).values.shape == (1, 16), "and nothing was forgotten"


def test_the_position_of_a_refused_text_counts_the_blank_ones(endpoint: Endpoint) -> None:
    encoder = EndpointEncoder(endpoint, "tiny")
    with pytest.raises(InvalidInput, match=r"^text 4: "):
        encoder.encode_documents(["", "a", " ", "b", "x" * 20_000, "c"])


def test_vectors_of_length_zero_stay_zero(endpoint: Endpoint, server: EndpointServer) -> None:
    server.faults.append(changing(lambda content: content["data"][0].update(embedding=[0.0] * 16)))
    assert not EndpointEncoder(endpoint, "tiny").encode_queries(["a"]).values.any()


def test_a_busy_endpoint_is_asked_again(endpoint: Endpoint, server: EndpointServer) -> None:
    server.faults.extend([failing(429, retry_after="0"), failing(503)])
    found = EndpointEncoder(endpoint, "tiny").encode_queries(["a", ""]).values
    np.testing.assert_allclose(found[0], unit("a"), rtol=1e-6)
    assert len(server.received) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": 5, "shorten": True},
        {"query_prefix": "q: "},
        {"document_prefix": "d: "},
        {"normalise": False},
    ],
    ids=str,
)
def test_the_fingerprint_covers_what_changes_vectors(
    endpoint: Endpoint, change: dict[str, Any]
) -> None:
    plain = EndpointEncoder(endpoint, "tiny").fingerprint
    assert plain.name == "encoder:openai:tiny"
    assert plain.settings["host"] == "127.0.0.1"
    assert plain == EndpointEncoder(endpoint, "tiny", dimensions=16).fingerprint
    assert EndpointEncoder(endpoint, "tiny", **change).fingerprint.digest != plain.digest


@pytest.mark.parametrize(
    "wrong",
    [{"model": ""}, {"dimensions": 0}, {"shorten": True}, {"query_prefix": "\ud800"}],
    ids=str,
)
def test_impossible_encoders_are_refused(endpoint: Endpoint, wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"model": "tiny"} | wrong
    with pytest.raises(InvalidInput):
        EndpointEncoder(endpoint, **arguments)


def test_a_name_leads_to_the_endpoint_of_the_settings(running: EndpointServer) -> None:
    settings = Settings(openai_base_url=running.url, openai_api_key=KEY)
    encoder = EndpointEncoder.named("openai:tiny", settings=settings)
    np.testing.assert_allclose(encoder.encode_queries(["a"]).values, [unit("a")], rtol=1e-6)
    with pytest.raises(InvalidInput, match="'minilm'"):
        EndpointEncoder.named("minilm", settings=settings)


def test_nothing_is_sent_to_the_default_endpoint_without_a_key() -> None:
    with pytest.raises(Unauthenticated, match=r"api\.openai\.com") as caught:
        EndpointEncoder.named("openai:tiny", settings=Settings())
    assert "MNEMIC_OPENAI_API_KEY" in caught.value.hint
