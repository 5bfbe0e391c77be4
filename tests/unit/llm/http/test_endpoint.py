"""What an endpoint may be made of, and how its other two verbs answer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.bigram_model import BigramModel
from tests.endpoint_server import KEY, changing

from mnemic.errors import InvalidInput, Unauthenticated, Unavailable
from mnemic.llm.http import Endpoint, Message, Token, Usage
from mnemic.llm.http.failures import LONGEST, cleaned, refusal
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.endpoint_server import EndpointServer

HELLO = [Message("system", "Be short."), Message("user", "hello there")]


def test_a_chat_is_answered(endpoint: Endpoint, server: EndpointServer) -> None:
    found = endpoint.chat("bigram", HELLO, max_tokens=5, temperature=0.0, seed=3)
    assert (found.text, found.finish_reason) == ("you said: hello there", "stop")
    assert (found.tokens, found.usage, found.model) == (None, Usage(2, 3), "bigram-v1")
    assert server.received[-1].body == {
        "model": "bigram",
        "messages": [{"role": each.role, "content": each.content} for each in HELLO],
        "max_tokens": 5,
        "temperature": 0.0,
        "seed": 3,
    }


def test_a_chat_shows_probabilities(endpoint: Endpoint) -> None:
    found = endpoint.chat("bigram", HELLO, top_logprobs=2)
    assert found.tokens == (Token("you", -0.5, {"t0": -1.0, "t1": -2.0}),)


def test_a_text_is_continued(endpoint: Endpoint) -> None:
    oracle = BigramModel()
    (expected,) = oracle.generate(oracle.encode("the"), max_tokens=4)
    found = endpoint.completions("bigram", "the", max_tokens=4, temperature=0.0, logprobs=2)
    assert found.text == oracle.decode(expected.tokens)
    assert found.tokens is not None
    total = sum(token.log_probability or 0.0 for token in found.tokens)
    assert total == pytest.approx(expected.log_probability)
    assert all(len(token.top) == 2 for token in found.tokens)


def test_options_are_sent(endpoint: Endpoint, server: EndpointServer) -> None:
    endpoint.chat("bigram", HELLO, options={"response_format": {"type": "json_object"}})
    assert server.received[-1].body["response_format"] == {"type": "json_object"}
    with pytest.raises(InvalidInput, match="not valid JSON"):
        endpoint.chat("bigram", HELLO, options={"x": object()})
    with pytest.raises(InvalidInput, match="not valid JSON"):
        endpoint.completions("bigram", "\ud800", max_tokens=1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_has_not_are_not_left_to_the_endpoint(
    endpoint: Endpoint, server: EndpointServer, number: float
) -> None:
    nested = {"logit_bias": {"7": [number]}}
    with pytest.raises(InvalidInput, match=f"temperature is {number}"):
        endpoint.chat("bigram", HELLO, temperature=number)
    with pytest.raises(InvalidInput, match=f"temperature is {number}"):
        endpoint.completions("bigram", "the", max_tokens=1, temperature=number)
    with pytest.raises(InvalidInput, match=f"logit_bias is {number}"):
        endpoint.completions("bigram", "the", max_tokens=1, options=nested)
    assert server.received == []


def choice(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["choices"][0].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        choice(message=None),
        choice(message={"content": 7}),
        choice(finish_reason=7),
        choice(logprobs=[]),
        choice(logprobs={"content": [{"token": "a"}]}),
        choice(logprobs={"content": [{"token": 1, "logprob": 0.0}]}),
        choice(logprobs={"content": [{"token": "a", "logprob": 0, "top_logprobs": [7]}]}),
        lambda content: content.update(choices=None),
        lambda content: content["choices"].append(content["choices"][0]),
    ],
)
def test_odd_chats_are_refused(
    endpoint: Endpoint, server: EndpointServer, change: Callable[[dict[str, Any]], Any]
) -> None:
    server.faults.append(changing(change))
    with pytest.raises(Unavailable, match="not usable"):
        endpoint.chat("bigram", HELLO)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "http://user:password@host/v1",
        "http://host/v1?key=password",
        "http://host/v1#password",
        "http://host /v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "http://hôst/v1",
        "http://host/v1\n",
    ],
)
def test_addresses_that_are_none_are_refused_and_not_repeated(base_url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^base_url") as caught:
        Endpoint(base_url=base_url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("base_url", ["http://a..b/v1", "http://xn--/v1"])
def test_addresses_that_lead_nowhere_are_typed_errors(base_url: str) -> None:
    with (
        Endpoint(base_url=base_url, retries=0) as endpoint,
        pytest.raises((InvalidInput, Unavailable)),
    ):
        endpoint.embeddings("tiny", ["a"])


def test_a_slash_at_the_end_is_no_other_address() -> None:
    endpoint = Endpoint(base_url="https://HOST.example:8000/v1/")
    assert endpoint == Endpoint(base_url="https://HOST.example:8000/v1")
    assert endpoint.host == "host.example"
    assert hash(endpoint) == hash(replace(endpoint, headers={"a": "b"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": "secret key"},
        {"api_key": "secret\n"},
        {"api_key": "sécret"},
        {"headers": {"x": "secret\r\ny: z"}},
        {"headers": {"x": ""}},
        {"headers": {"bad name": "secret"}},
        {"headers": {"Authorization": "secret"}},
        {"headers": {"Content-Length": "7"}},
        {"timeout_s": 0.0},
        {"timeout_s": float("nan")},
        {"deadline_s": float("inf")},
        {"retries": -1},
        {"backoff_s": -1.0},
        {"concurrency": 0},
        {"batch_texts": 0},
        {"response_bytes": 0},
    ],
    ids=str,
)
def test_impossible_endpoints_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Endpoint(base_url="http://host/v1", **wrong)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_the_settings_lead_to_an_endpoint() -> None:
    given = Settings(
        openai_base_url="http://host/v1",
        openai_api_key=KEY,
        openai_timeout=3.0,
        openai_concurrency=2,
    )
    expected = Endpoint(base_url="http://host/v1", api_key=KEY, timeout_s=3.0, concurrency=2)
    assert Endpoint.from_settings(given) == expected
    assert Endpoint.from_settings(Settings(openai_base_url="http://host/v1")).api_key == ""
    with pytest.raises(Unauthenticated, match=r"no key for https://api\.openai\.com/v1"):
        Endpoint.from_settings(Settings())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "the reason"}}, "the reason"),
        ({"error": "the reason"}, "the reason"),
        ({"message": "the reason"}, "the reason"),
        ({"detail": [{"loc": ["body"], "msg": "the reason"}]}, "the reason"),
        ("the reason", "the reason"),
        ({"error": {"message": {"message": "the reason"}}}, "the reason"),
        ({"error": {"message": " the\n\treason\x07 "}}, "the reason"),
    ],
    ids=str,
)
def test_the_reason_is_found_in_many_forms(body: object, expected: str) -> None:
    error = refusal(400, json.dumps(body).encode(), where="http://host/v1/chat")
    assert error.message == f"http://host/v1/chat answered 400: {expected}"


@pytest.mark.parametrize(
    "body", [b"", b"<html>no</html>", b"{}", b"[]", b"null", b"7", b'{"error":{}}']
)
def test_no_reason_is_no_reason(body: bytes) -> None:
    assert refusal(503, body, where="there").message == "there answered 503"


@pytest.mark.parametrize(
    "text",
    [
        "key sk-abcdef012345",
        "key sk-proj-abc***xyz.",
        "Bearer abcdef",
        "bearer  abc",
        "my own-secret-word here",
        f"{'x' * 290} own-secret-word",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    told = cleaned(text, ["own-secret-word"])
    assert "***" in told or len(told) == LONGEST
    assert not [part for part in ("abc", "xyz", "secret") if part in told]


def test_long_reasons_are_cut() -> None:
    told = cleaned("word " * 1_000, [])
    assert len(told) == LONGEST
    assert told.endswith("…")
    assert cleaned("a sky-blue task-force", []) == "a sky-blue task-force"


def test_the_client_is_only_loaded_when_it_is_used() -> None:
    code = (
        "import sys, mnemic.llm.http, mnemic.retrieval.encoders.endpoint as endpoint\n"
        "endpoint.Endpoint(base_url='http://host/v1')\n"
        "assert 'httpx' not in sys.modules and 'tokenizers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
