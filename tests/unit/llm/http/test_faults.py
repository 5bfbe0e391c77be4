"""What goes wrong on the way: retried where it may help, and a typed error where it does not."""

from __future__ import annotations

import json
from threading import Event, Semaphore
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest
from tests.endpoint_server import (
    KEY,
    Answer,
    changing,
    dripping,
    failing,
    hanging_up,
    saying,
    silent,
    truncated,
)

from mnemic.errors import (
    Forbidden,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from mnemic.llm.http import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.endpoint_server import EndpointServer, Fault

PASSING: dict[str, Fault] = {
    "429": failing(429),
    "429 and when": failing(429, retry_after="0"),
    "500": failing(500),
    "502": saying(b"<html>Bad Gateway</html>", 502),
    "503": failing(503),
    "529": failing(529),
    "hangs up": hanging_up,
    "truncated": truncated,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_passing_faults_are_waited_out(
    endpoint: Endpoint, server: EndpointServer, fault: Fault
) -> None:
    server.faults.extend([fault, fault])
    assert endpoint.embeddings("tiny", ["a"]).vectors.shape == (1, 16)
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (failing(429), LimitExceeded),
        (failing(500), Unavailable),
        (hanging_up, Unavailable),
        (truncated, Unavailable),
    ],
    ids=["429", "500", "hangs up", "truncated"],
)
def test_retries_come_to_an_end(
    connect: Any, server: EndpointServer, fault: Fault, error: type[MnemicError]
) -> None:
    server.faults.extend([fault] * 9)
    with pytest.raises(error, match=server.url):
        connect(retries=2).embeddings("tiny", ["a"])
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidInput),
        (401, Unauthenticated),
        (402, LimitExceeded),
        (403, Forbidden),
        (404, NotFound),
        (405, InvalidInput),
        (408, Unavailable),
        (409, InvalidInput),
        (413, InvalidInput),
        (422, InvalidInput),
        (204, Unavailable),
        (301, Unavailable),
    ],
)
def test_no_other_status_is_asked_again(
    endpoint: Endpoint, server: EndpointServer, status: int, error: type[MnemicError]
) -> None:
    server.faults.append(failing(status, "the reason") if status != 204 else saying(b"", 204))
    with pytest.raises(error, match=str(status)) as caught:
        endpoint.embeddings("tiny", ["a"])
    assert caught.value.hint
    assert status == 204 or "the reason" in caught.value.message
    assert len(server.received) == 1


def test_a_spent_quota_is_not_waited_for(endpoint: Endpoint, server: EndpointServer) -> None:
    body = json.dumps({"error": {"message": "You are broke", "code": "insufficient_quota"}})
    server.faults.append(saying(body.encode(), 429))
    with pytest.raises(LimitExceeded, match="You are broke"):
        endpoint.embeddings("tiny", ["a"])
    assert len(server.received) == 1


def test_an_endpoint_that_asks_for_more_time_than_there_is(
    connect: Any, server: EndpointServer
) -> None:
    server.faults.append(failing(429, retry_after="3600"))
    with pytest.raises(LimitExceeded, match="429"):
        connect(deadline_s=30.0).embeddings("tiny", ["a"])
    assert len(server.received) == 1


def test_no_answer_in_time(connect: Any, server: EndpointServer) -> None:
    arrived, over = Semaphore(0), Event()

    def hold() -> None:
        arrived.release()
        over.wait(30)

    server.hold = hold
    with pytest.raises(Unavailable, match=r"did not answer within 0\.05 s"):
        connect(timeout_s=0.05, retries=1).embeddings("tiny", ["a"])
    # The server may read what was sent after the client gave up.
    assert [arrived.acquire(timeout=30) for _ in range(2)] == [True, True]
    over.set()


def test_an_answer_that_does_not_end(connect: Any, server: EndpointServer) -> None:
    server.faults.append(dripping(0.005))
    # On a busy machine its first byte may be late as well.
    with pytest.raises(Unavailable, match=r"within 0\.1 s"):
        connect(timeout_s=0.1, retries=0).embeddings("tiny", ["a"])


def test_the_deadline_is_that_of_all_attempts(connect: Any, server: EndpointServer) -> None:
    over = Event()
    server.hold = lambda: over.wait(30)
    with pytest.raises(Unavailable):
        connect(timeout_s=0.05, deadline_s=0.12, retries=20).embeddings("tiny", ["a"])
    # Attempts take at least the timeout, so there is no room for a fourth.
    assert len(server.received) <= 3
    over.set()


def test_nobody_there(server: EndpointServer) -> None:
    server.server_close()
    with (
        Endpoint(base_url=server.url, retries=1, backoff_s=0.0) as endpoint,
        pytest.raises(Unavailable, match="cannot be reached") as caught,
    ):
        endpoint.embeddings("tiny", ["a"])
    assert "endpoint runs" in caught.value.hint


def test_an_answer_that_is_too_large(connect: Any, server: EndpointServer) -> None:
    server.faults.append(lambda reply: Answer(reply.body + b" " * 5_000))
    with pytest.raises(LimitExceeded, match="response_bytes = 2,000 bytes"):
        connect(response_bytes=2_000).embeddings("tiny", ["a"])
    assert len(server.received) == 1


def test_a_refusal_that_is_too_large_is_read_in_part(
    endpoint: Endpoint, server: EndpointServer
) -> None:
    server.faults.append(saying(b"no " * 10_000_000, 404))
    with pytest.raises(NotFound) as caught:
        endpoint.embeddings("tiny", ["a"])
    assert 300 <= len(caught.value.message) < 400


def test_compressed_answers_are_not_inflated(endpoint: Endpoint, server: EndpointServer) -> None:
    server.faults.append(lambda reply: Answer(reply.body, headers={"content-encoding": "gzip"}))
    with pytest.raises(Unavailable, match="compressed"):
        endpoint.embeddings("tiny", ["a"])


def test_redirects_are_not_followed(endpoint: Endpoint, server: EndpointServer) -> None:
    other = server.url + "/elsewhere"
    server.faults.append(lambda _: Answer(b"", 307, {"location": other}))
    with pytest.raises(Unavailable, match="307") as caught:
        endpoint.embeddings("tiny", ["a"])
    assert "Redirects" in caught.value.hint
    assert [one.path for one in server.received] == ["/v1/embeddings"]


SECRET = "a secret of the header"
TELLING: dict[str, Fault] = {
    **{str(status): failing(status, f"bad {KEY} {SECRET}!") for status in (400, 401, 429, 500)},
    "as text": saying(f"{SECRET}, {KEY}".encode(), 400),
    "in a redirect": lambda _: Answer(b"", 302, {"location": f"/{KEY}"}),
    "with 200": saying(f"{KEY} {SECRET}".encode()),
    "truncated": truncated,
    "silent": silent(0.5),
}


@pytest.mark.parametrize("fault", TELLING.values(), ids=TELLING)
def test_the_key_is_never_told(
    connect: Any, server: EndpointServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.faults.append(fault)
    endpoint = connect(retries=0, timeout_s=0.2, headers={"x-secret": SECRET})
    with pytest.raises(MnemicError) as caught:
        endpoint.embeddings("tiny", ["a"])
    told = "".join(format_exception(caught.value)) + repr(endpoint)
    assert KEY not in told
    assert SECRET not in told
    assert "DEBUG" in caplog.text
    assert not [line for line in caplog.text.splitlines() if KEY in line and "location" not in line]


def test_a_server_that_repeats_the_key_does_not_make_us_tell_it(connect: Any) -> None:
    key = "another-key-that-is-wrong"
    with pytest.raises(
        Unauthenticated, match=r"401: Incorrect API key provided: .*\*\*\*"
    ) as caught:
        connect(api_key=key).embeddings("tiny", ["a"])
    assert key not in str(caught.value)


def test_an_unknown_model_is_not_found(endpoint: Endpoint) -> None:
    with pytest.raises(NotFound, match=r"404: The model `huge` does not exist"):
        endpoint.embeddings("huge", ["a"])


def spoiled(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["data"][0].__setitem__(key, value)


GARBAGE: dict[str, Fault] = {
    "no bytes": saying(b""),
    "html": saying(b"<html>hello</html>"),
    "half": saying(b'{"data": [{"index": 0, "embe'),
    "no utf-8": saying(b'{"data": "\xff\xfe"}'),
    "a list": saying(b"[]"),
    "null": saying(b"null"),
    "an error with 200": saying(b'{"error": {"message": "oh"}}'),
    "deep": saying(b"[" * 100_000),
    "NaN": saying(b'{"data": [{"index": 0, "embedding": [NaN]}, {"index": 1, "embedding": [0]}]}'),
    "too few": changing(lambda content: content["data"].pop()),
    "too many": changing(lambda content: content["data"].append(content["data"][0])),
    "index twice": changing(spoiled("index", 1)),
    "index too high": changing(spoiled("index", 2)),
    "index below 0": changing(spoiled("index", -1)),
    "index is true": changing(spoiled("index", True)),
    "no index": changing(spoiled("index", None)),
    "no embedding": changing(spoiled("embedding", None)),
    "empty embedding": changing(spoiled("embedding", [])),
    "null inside": changing(spoiled("embedding", [0.5, None])),
    "text inside": changing(spoiled("embedding", [0.5, "NaN"])),
    "truth inside": changing(spoiled("embedding", [0.5, True])),
    "too large for float32": changing(spoiled("embedding", [1e39] * 16)),
    "no base64": changing(spoiled("embedding", "!!!")),
    "odd base64": changing(spoiled("embedding", "AAAAAAA=")),
    "NaN in base64": changing(spoiled("embedding", "AADAfw==")),
    "usage below 0": changing(lambda content: content["usage"].update(prompt_tokens=-1)),
    "usage is text": changing(lambda content: content.update(usage="much")),
    "model is a number": changing(lambda content: content.update(model=7)),
}


@pytest.mark.parametrize("fault", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_unavailable(endpoint: Endpoint, server: EndpointServer, fault: Fault) -> None:
    server.faults.append(fault)
    with pytest.raises(Unavailable, match="the endpoint's answer is not usable"):
        endpoint.embeddings("tiny", ["a", "b"])
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_refusal_that_is_cut_short_is_final(
    endpoint: Endpoint, server: EndpointServer, status: int
) -> None:
    server.faults.append(lambda reply: truncated(failing(status)(reply)))
    with pytest.raises((InvalidInput, NotFound), match=str(status)):
        endpoint.embeddings("tiny", ["a"])
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "variables",
    [{"HTTPS_PROXY": "nonsense://somewhere"}, {"SSL_CERT_FILE": "/nowhere/at/all"}],
    ids=str,
)
def test_an_environment_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    endpoint = Endpoint(base_url="https://endpoint.invalid/v1", retries=0)
    with pytest.raises(Unavailable, match="proxy or certificates") as caught:
        endpoint.embeddings("tiny", ["a"])
    assert "SSL_CERT_FILE" in caught.value.hint


def test_the_proxy_of_the_environment_is_not_asked_for_this_machine(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert len(endpoint.embeddings("tiny", ["a"]).vectors) == 1


def test_a_closed_endpoint_opens_again(endpoint: Endpoint) -> None:
    for _ in range(3):
        assert len(endpoint.embeddings("tiny", ["a"]).vectors) == 1
        endpoint.close()
        endpoint.close()


def test_connections_are_kept(endpoint: Endpoint, server: EndpointServer) -> None:
    for _ in range(3):
        endpoint.embeddings("tiny", ["a"])
    assert server.connections == 1


def test_a_wait_for_other_requests_has_an_end(connect: Any, server: EndpointServer) -> None:
    endpoint = connect(concurrency=1, deadline_s=0.05)
    endpoint._transport._slots.acquire()
    with pytest.raises(Unavailable, match="waited for other requests"):
        endpoint.embeddings("tiny", ["a"])
    endpoint._transport._slots.release()
    assert server.received == []
