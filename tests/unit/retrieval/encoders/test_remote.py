"""``openai:NAME`` as collections open it: nothing is sent before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.endpoint_server import KEY, WIDTH, endpoint_server

from mnemic.errors import InvalidInput, Unauthenticated, Unsupported
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec, available, spec_of
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.endpoint_server import EndpointServer


@pytest.fixture
def server() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


@pytest.fixture
def settings(server: EndpointServer) -> Settings:
    return Settings(openai_base_url=server.url, openai_api_key=KEY)


def test_opening_sends_nothing(server: EndpointServer, settings: Settings) -> None:
    encoder = open_encoder(spec_of("openai:tiny"), settings)
    assert open_encoder(spec_of("openai:tiny"), settings) is encoder
    assert encoder.fingerprint.name == "encoder:openai:tiny"
    assert encoder.fingerprint.settings["host"] == "127.0.0.1"
    assert KEY not in str(encoder.fingerprint)
    assert server.received == []


def test_vectors_come_with_their_prefixes(server: EndpointServer, settings: Settings) -> None:
    spec = EncoderSpec("openai:tiny", "dense", query_prefix="q: ", document_prefix="d: ")
    encoder = open_encoder(spec, settings)
    values = encoder.encode_queries(["fox", " "]).values
    encoder.encode_documents(["fox"])
    assert [each.body["input"] for each in server.received] == [["q: fox"], ["d: fox"]]
    assert values.shape == (2, WIDTH)
    assert encoder.dims == WIDTH
    np.testing.assert_allclose(np.linalg.norm(values, axis=1), [1, 0], atol=1e-6)


def test_the_width_of_the_spec_is_asked_for(server: EndpointServer, settings: Settings) -> None:
    encoder = open_encoder(EncoderSpec("openai:tiny", "dense", dims=5), settings)
    assert encoder.dims == 5
    assert server.received == []
    assert encoder.encode_queries(["fox"]).values.shape == (1, 5)
    assert server.received[0].body["dimensions"] == 5


def test_another_metric_leaves_lengths_alone(settings: Settings) -> None:
    encoder = open_encoder(EncoderSpec("openai:tiny", "dense", metric="ip"), settings)
    (length,) = np.linalg.norm(encoder.encode_queries(["fox"]).values, axis=1)
    assert abs(length - 1) > 0.01


def test_passages_fit_a_window_that_is_not_known(settings: Settings) -> None:
    encoder = open_encoder(spec_of("openai:tiny"), settings)
    assert [encoder.count_tokens(text) for text in ("", "a", "abcd", "日本")] == [0, 1, 2, 2]
    found = inputs(Document(id="d", text="One fox ran. " * 300, title="Foxes"), encoder)
    assert len(found) > 1
    assert max(len(each.text.encode()) for each in found) <= 3 * 510


def test_what_has_no_bytes_has_no_tokens(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="not valid Unicode"):
        open_encoder(spec_of("openai:tiny"), settings).count_tokens("broken \ud800")


def test_passages_may_be_larger_where_the_spec_says_so(settings: Settings) -> None:
    spec = EncoderSpec("openai:tiny", "dense", passage_tokens=5000)
    found = inputs(Document(id="d", text="One fox ran. " * 300), open_encoder(spec, settings))
    assert len(found) == 1


def test_what_an_endpoint_cannot_do_is_refused(settings: Settings) -> None:
    with pytest.raises(Unsupported, match="dense vectors"):
        open_encoder(EncoderSpec("openai:tiny", "sparse"), settings)
    assert available("openai:tiny", settings)
    with pytest.raises(Unauthenticated, match="no key"):
        open_encoder(spec_of("openai:tiny"), Settings())
