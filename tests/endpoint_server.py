"""A real OpenAI-compatible server on a free port: deterministic, with faults on demand.

``tiny`` embeds (16 numbers a text, by the hash of the text); ``bigram`` is the exact model of
``tests/contracts/bigram_model.py``, behind ``/completions`` and ``/chat/completions``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from tests.contracts.bigram_model import END, LETTERS, BigramModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

KEY = "sk-test-0123456789abcdef"
WIDTH = 16
LONGEST_TEXT = 10_000
MODEL = BigramModel()
SHOWN = [*LETTERS, "</s>"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        body: Its bytes.
        status: Of HTTP.
        headers: Besides the length and the type.
        length: Which length is claimed; the body's by default.
        before_s: Seconds of silence before it.
        drip_s: Seconds between the bytes of the body; 0 sends it at once.
        hang_up: Close the connection instead of answering.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    before_s: float = 0.0
    drip_s: float = 0.0
    hang_up: bool = False


Fault: TypeAlias = "Callable[[Answer], Answer]"


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the server saw it; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class EndpointServer(ThreadingHTTPServer):
    """The server; the next requests meet ``faults``, one each, oldest first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.faults: deque[Fault] = deque()
        self.received: list[Received] = []
        self.running = 0
        self.most_at_once = 0
        self.connections = 0
        self.hold: Callable[[], object] = bool

    @property
    def url(self) -> str:
        """The base URL of the endpoint."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def inputs(self) -> list[list[str]]:
        """The texts of every request for embeddings."""
        return [one.body["input"] for one in self.received if one.path.endswith("/embeddings")]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave early; that is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def endpoint(self) -> EndpointServer:
        assert isinstance(self.server, EndpointServer)
        return self.server

    def setup(self) -> None:
        super().setup()
        with self.endpoint.lock:
            self.endpoint.connections += 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        server = self.endpoint
        with server.lock:
            server.received.append(Received(self.path, headers, body))
            fault = server.faults.popleft() if server.faults else as_it_is
            server.running += 1
            server.most_at_once = max(server.most_at_once, server.running)
        try:
            server.hold()
            self.send(fault(answer(self.path, headers, body)))
        finally:
            with server.lock:
                server.running -= 1

    def send(self, reply: Answer) -> None:
        time.sleep(reply.before_s)
        self.close_connection = reply.hang_up or reply.length is not None
        if reply.hang_up:
            return
        self.send_response(reply.status)
        self.send_header("content-type", "application/json")
        length = len(reply.body) if reply.length is None else reply.length
        self.send_header("content-length", str(length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        step = 1 if reply.drip_s else max(1, len(reply.body))
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            self.wfile.flush()
            time.sleep(reply.drip_s)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def endpoint_server() -> Iterator[EndpointServer]:
    """A running server."""
    with EndpointServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# Faults.


def as_it_is(reply: Answer) -> Answer:
    return reply


def failing(status: int, message: str = "not now", **headers: str) -> Fault:
    """Another status; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps({"error": {"message": message, "type": "test", "code": None}}).encode()
    return lambda _: Answer(body, status, named)


def saying(body: bytes, status: int = 200) -> Fault:
    """Another body."""
    return lambda _: Answer(body, status)


def changing(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """The right answer, with something done to its JSON in place."""

    def fault(reply: Answer) -> Answer:
        content = json.loads(reply.body)
        change(content)
        return replace(reply, body=json.dumps(content).encode())

    return fault


def silent(seconds: float) -> Fault:
    return lambda reply: replace(reply, before_s=seconds)


def dripping(seconds: float) -> Fault:
    return lambda reply: replace(reply, drip_s=seconds)


def truncated(reply: Answer) -> Answer:
    return replace(reply, body=reply.body[:-20], length=len(reply.body))


def hanging_up(reply: Answer) -> Answer:
    return replace(reply, hang_up=True)


def in_base64(content: dict[str, Any]) -> None:
    for item in content["data"]:
        data = np.array(item["embedding"], "<f4").tobytes()
        item["embedding"] = base64.b64encode(data).decode()


# Right answers.


def answer(path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Answer:
    """What an endpoint without faults says."""
    if headers.get("authorization") != f"Bearer {KEY}":
        return refused(401, f"Incorrect API key provided: {headers.get('authorization')}")
    answers = {
        "/v1/embeddings": ("tiny", embeddings),
        "/v1/completions": ("bigram", completions),
        "/v1/chat/completions": ("bigram", chat),
    }
    model, respond = answers.get(path, ("", chat))
    if body["model"] != model:
        return refused(404, f"The model `{body['model']}` does not exist")
    return respond(body)


def refused(status: int, message: str) -> Answer:
    return Answer(json.dumps({"error": {"message": message}}).encode(), status)


def vector(text: str, width: int = WIDTH) -> list[float]:
    """The embedding of a text: float32 numbers, not of length one."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    drawn = np.random.default_rng(seed).standard_normal(width).astype(np.float32)
    numbers: list[float] = drawn.tolist()
    return numbers


def embeddings(body: dict[str, Any]) -> Answer:
    texts: list[str] = body["input"]
    if not all(texts):
        return refused(400, "input cannot be an empty string")
    if max(map(len, texts)) > LONGEST_TEXT:
        return refused(400, "this model's maximum context length is 10000 letters")
    width = body.get("dimensions", WIDTH)
    data = [
        {"object": "embedding", "index": place, "embedding": vector(text, width)}
        for place, text in enumerate(texts)
    ]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return as_json({"object": "list", "data": data, "model": "tiny-v1", "usage": usage})


def chat(body: dict[str, Any]) -> Answer:
    said = body["messages"][-1]["content"]
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
    choice["message"] = {"role": "assistant", "content": f"you said: {said}"}
    if body.get("logprobs"):
        others = [
            {"token": f"t{rank}", "logprob": -1.0 - rank} for rank in range(body["top_logprobs"])
        ]
        choice["logprobs"] = {
            "content": [{"token": "you", "logprob": -0.5, "top_logprobs": others}]
        }
    usage = {"prompt_tokens": len(said.split()), "completion_tokens": 3, "total_tokens": 0}
    return as_json({"choices": [choice], "model": "bigram-v1", "usage": usage})


def completions(body: dict[str, Any]) -> Answer:
    prompt = body["prompt"]
    context: list[int] = MODEL.encode(prompt).tolist() if isinstance(prompt, str) else prompt
    asked = {"temperature": body.get("temperature", 1.0), "seed": body.get("seed", 0)}
    (found,) = MODEL.generate(np.array(context, np.int64), max_tokens=body["max_tokens"], **asked)
    written: list[int] = found.tokens.tolist()
    shown = [*context, *written] if body.get("echo") else written
    choice: dict[str, Any] = {"text": "".join(SHOWN[token] for token in shown), "index": 0}
    choice["finish_reason"] = "stop" if found.finished else "length"
    if "logprobs" in body:
        choice["logprobs"] = logprobs(
            context, shown, body["logprobs"], echo=len(shown) > len(written)
        )
    usage = {"prompt_tokens": len(context), "completion_tokens": len(written), "total_tokens": 0}
    return as_json({"choices": [choice], "model": "bigram-v1", "usage": usage})


def logprobs(
    context: Sequence[int], shown: Sequence[int], top: int, *, echo: bool
) -> dict[str, Any]:
    """Every shown token given those before it; the first of an echoed prompt has nothing."""
    before = [] if echo else list(context)
    rows = [
        None if not before and not place else MODEL.log_probabilities([*before, *shown[:place]])
        for place in range(len(shown))
    ]
    return {
        "tokens": [SHOWN[token] for token in shown],
        "token_logprobs": [
            None if row is None else float(row[token])
            for row, token in zip(rows, shown, strict=True)
        ],
        "top_logprobs": [None if row is None else likeliest(row, top) for row in rows],
    }


def likeliest(row: Any, top: int) -> dict[str, float]:
    best = sorted(range(END + 1), key=lambda token: -row[token])[:top]
    return {SHOWN[token]: float(row[token]) for token in best if math.isfinite(row[token])}


def as_json(content: dict[str, Any]) -> Answer:
    return Answer(json.dumps(content).encode())
