"""Hostile endpoints: whatever comes back is a right answer or a typed error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.endpoint_server import KEY, answer, endpoint_server, saying

from mnemic.errors import DimensionMismatch, InvalidInput, MnemicError, Unavailable
from mnemic.llm.http import Endpoint
from mnemic.llm.http.completion_answers import read_chat, read_completion
from mnemic.llm.http.embedding_answers import read_embeddings
from mnemic.llm.http.failures import LONGEST, is_transient, refusal
from mnemic.llm.http.waiting import asked_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.endpoint_server import EndpointServer

TEXTS = ["a", "b", "c"]
HEADERS = {"authorization": f"Bearer {KEY}"}
PROMPT = {"model": "bigram", "prompt": "the", "max_tokens": 3, "logprobs": 2, "temperature": 0.0}
SAID = [{"role": "user", "content": "hello"}]
CHAT = {"model": "bigram", "messages": SAID, "logprobs": True, "top_logprobs": 2}


def body_of(path: str, request: dict[str, Any]) -> bytes:
    return answer(f"/v1/{path}", HEADERS, request).body


EMBEDDINGS = body_of("embeddings", {"model": "tiny", "input": TEXTS, "dimensions": 3})
BODIES: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "embeddings": (EMBEDDINGS, lambda body: read_embeddings(body, 3)),
    "completions": (body_of("completions", PROMPT), read_completion),
    "chat": (body_of("chat/completions", CHAT), read_chat),
}
STRANGE: list[Any] = [None, True, -1, 7, 1e39, "", "text", [], [7], {}, {"a": None}]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a JSON value."""
    yield way
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*way, name))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from places(inner, (*way, place))


def changed(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """A copy with one value in place of another."""
    if not way:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = changed(copy[way[0]], way[1:], new)
    return copy


def check(body: bytes, read: Callable[[bytes], Any]) -> None:
    """Nothing but the two errors of a bad answer gets out; what is read is sound."""
    try:
        found = read(body)
    except (Unavailable, DimensionMismatch):
        return
    vectors = getattr(found, "vectors", np.zeros((3, 1), np.float32))
    assert vectors.shape[0] == 3
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert isinstance(getattr(found, "text", ""), str)


@pytest.mark.parametrize("name", BODIES)
def test_every_value_may_be_any_other(name: str) -> None:
    body, read = BODIES[name]
    content = json.loads(body)
    for way in places(content):
        for strange in STRANGE:
            check(json.dumps(changed(content, way, strange)).encode(), read)


@pytest.mark.parametrize("name", BODIES)
def test_every_length_of_a_body(name: str) -> None:
    body, read = BODIES[name]
    for length in range(len(body)):
        with pytest.raises(Unavailable):
            read(body[:length])


@pytest.mark.parametrize("name", BODIES)
def test_every_byte_may_be_another(name: str) -> None:
    body, read = BODIES[name]
    for place in range(len(body)):
        for other in (0x00, 0x20, 0x22, 0x5D, 0x7D, 0xFF):
            check(body[:place] + bytes([other]) + body[place + 1 :], read)


@pytest.mark.parametrize("name", BODIES)
@given(content=JSON)
def test_any_json(name: str, content: Any) -> None:
    check(json.dumps(content).encode(), BODIES[name][1])


@given(status=st.integers(300, 999), body=st.binary() | JSON.map(lambda value: json.dumps(value)))
def test_any_refusal(status: int, body: bytes | str) -> None:
    data = body.encode() if isinstance(body, str) else body
    error = refusal(status, data, where="there", secrets=["secret"])
    assert isinstance(error, MnemicError)
    assert len(error.message) <= LONGEST + len("there answered 999: ")
    assert error.message.isprintable()
    assert is_transient(status, data) in (True, False)


@given(text=st.text(), milliseconds=st.text())
def test_any_wait(text: str, milliseconds: str) -> None:
    headers = {"retry-after": text, "retry-after-ms": milliseconds}
    wait = asked_wait(headers, datetime(2026, 11, 21, tzinfo=UTC))
    assert wait is None or wait >= 0


@pytest.fixture(scope="module")
def server() -> Iterator[EndpointServer]:
    with endpoint_server() as running:
        yield running


@given(status=st.sampled_from([200, 201, 302, 400, 429, 500, 599]), body=st.binary(max_size=99))
def test_any_bytes_over_the_wire(server: EndpointServer, status: int, body: bytes) -> None:
    server.faults.append(saying(body, status))
    with (
        Endpoint(base_url=server.url, api_key=KEY, retries=0) as endpoint,
        pytest.raises(MnemicError) as caught,
    ):
        endpoint.embeddings("tiny", ["a"])
    assert caught.value.hint
    assert isinstance(caught.value, InvalidInput) == (status == 400)
