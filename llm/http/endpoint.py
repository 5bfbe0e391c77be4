"""An OpenAI-compatible endpoint as a value: where it is, who asks, and how patiently.

The forms are those of OpenAI's API reference (``/embeddings``, ``/chat/completions`` and
``/completions``), which vLLM, llama.cpp, Ollama, TEI and others follow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from mnemic.errors import DimensionMismatch, Unauthenticated
from mnemic.llm.http.addresses import address, checked_headers, checked_key, host
from mnemic.llm.http.batches import batch_calls, joined
from mnemic.llm.http.completion_answers import read_chat, read_completion
from mnemic.llm.http.embedding_answers import read_embeddings
from mnemic.llm.http.gathering import gather
from mnemic.llm.http.policy import Policy
from mnemic.llm.http.requests import request_body
from mnemic.llm.http.results import Completion, Embeddings, Message
from mnemic.llm.http.transport import Transport
from mnemic.llm.texts import check_texts
from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A client; immutable, and threads may share it. Connections are opened when first needed.

    Failures are retried on 429, 5xx, timeouts and broken connections, with exponential backoff and
    full jitter, never sooner than ``Retry-After`` says; no other 4xx is sent twice. Redirects are
    not followed. The key and the values of headers stand in no message, ``repr`` or log.

    Attributes:
        base_url: With its ``/v1``; no user, query or fragment.
        api_key: Sent as a bearer token; empty for none.
        headers: Sent besides, such as ``api-key``; their values are secret.
        timeout_s: Seconds of one attempt.
        deadline_s: Seconds of one request with all its attempts and waits.
        retries: Attempts after the first.
        backoff_s: Most seconds before the second attempt; doubles, up to 30.
        concurrency: Most requests at the same time, over all threads.
        batch_texts: Most texts of one request for embeddings.
        response_bytes: Largest answer that is read.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    timeout_s: float = 60.0
    deadline_s: float = 300.0
    retries: int = 5
    backoff_s: float = 0.5
    concurrency: int = 4
    batch_texts: int = 64
    response_bytes: int = 64 * 2**20
    _transport: Transport = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", address(self.base_url))
        bearer = {"Authorization": f"Bearer {checked_key(self.api_key)}"} if self.api_key else {}
        policy = Policy(**{name: getattr(self, name) for name in Policy.LIMITS})
        headers = {**checked_headers(self.headers), **bearer}
        object.__setattr__(self, "_transport", Transport(self.base_url, headers, policy=policy))

    @classmethod
    def from_settings(cls, settings: Settings | None = None) -> Self:
        """The endpoint of the environment.

        Raises:
            Unauthenticated: It is the default one, which needs a key, and there is none.
            InvalidInput: A setting has a wrong form.
        """
        given = settings or Settings.from_environment()
        if not given.openai_api_key and given.openai_base_url == Settings().openai_base_url:
            raise Unauthenticated(
                f"there is no key for {given.openai_base_url}",
                hint="Set MNEMIC_OPENAI_API_KEY, or MNEMIC_OPENAI_BASE_URL to another endpoint.",
            )
        return cls(
            base_url=given.openai_base_url,
            api_key=given.openai_api_key,
            timeout_s=given.openai_timeout,
            concurrency=given.openai_concurrency,
        )

    @property
    def host(self) -> str:
        """The host of the base URL, for fingerprints and messages."""
        return host(self.base_url)

    def embeddings(
        self,
        model: str,
        texts: Sequence[str],
        *,
        dimensions: int | None = None,
        places: Sequence[int] | None = None,
    ) -> Embeddings:
        """Vectors of texts, in batches side by side.

        A batch that is refused as invalid is sent again in halves, so that the message names the
        text that is to blame, and a smaller limit of the endpoint's is met.

        Args:
            model: Its name at the endpoint.
            texts: Sent as they are; many endpoints refuse an empty one.
            dimensions: Ask for vectors of this width, where the model can shorten them.
            places: What messages call the texts; their positions by default.

        Raises:
            InvalidInput: The endpoint refuses a text; the message has its position.
            DimensionMismatch: Vectors of different widths, or of another one than asked for.
            Unauthenticated, Forbidden: The key is missing, wrong, or has no right to the model.
            NotFound: The endpoint knows no such model.
            LimitExceeded: 429 after all retries, or an answer that is too large.
            Unavailable: No answer, or none of the promised form.
        """
        check_texts(texts)

        def send(batch: Sequence[str], stop: Event) -> Embeddings:
            request = {"input": batch, "dimensions": dimensions, "encoding_format": "float"}
            return read_embeddings(self._post("embeddings", model, request, stop=stop), len(batch))

        parts = self.side_by_side(batch_calls(send, texts, places=places, most=self.batch_texts))
        if not parts:
            return Embeddings(np.zeros((0, dimensions or 0), np.float32), None, "")
        whole = joined(parts)
        width = whole.vectors.shape[1]
        if dimensions not in (None, width):
            raise DimensionMismatch(
                f"{model} gave vectors of {width:,} dimensions, asked for were {dimensions:,}",
                hint="Leave dimensions out, or choose a model that can shorten its vectors.",
            )
        return whole

    def chat(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        top_logprobs: int | None = None,
        options: Mapping[str, Any] | None = None,
        stop: Event | None = None,
    ) -> Completion:
        """The model's next message.

        Args:
            model: Its name at the endpoint.
            messages: The turns so far, at least one.
            max_tokens: Most tokens of the answer; the endpoint's default when left out.
            temperature: Likewise.
            seed: Likewise.
            top_logprobs: Also ask for log-probabilities of the tokens and of this many others.
            options: Further fields, such as ``response_format``.
            stop: As in :func:`gather`.

        Raises:
            MnemicError: As :meth:`embeddings`.
        """
        request: dict[str, Any] = {
            "messages": [{"role": each.role, "content": each.content} for each in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "top_logprobs": top_logprobs,
            "logprobs": None if top_logprobs is None else True,
        }
        body = self._post("chat/completions", model, request, options=options, stop=stop)
        return read_chat(body)

    def completions(
        self,
        model: str,
        prompt: str | Sequence[int],
        *,
        max_tokens: int,
        temperature: float | None = None,
        seed: int | None = None,
        logprobs: int | None = None,
        echo: bool = False,
        options: Mapping[str, Any] | None = None,
        stop: Event | None = None,
    ) -> Completion:
        """The continuation of a prompt.

        Args:
            model: Its name at the endpoint.
            prompt: A text, or token ids where the endpoint takes them.
            max_tokens: Most tokens of the continuation.
            temperature: The endpoint's default when left out.
            seed: Where the endpoint can repeat a sample.
            logprobs: Also ask for log-probabilities of the tokens and of this many likeliest ones.
            echo: The answer begins with the prompt and its log-probabilities.
            options: Further fields.
            stop: As in :func:`gather`.

        Raises:
            MnemicError: As :meth:`embeddings`.
        """
        request: dict[str, Any] = {
            "prompt": prompt if isinstance(prompt, str) else [int(token) for token in prompt],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "logprobs": logprobs,
            "echo": echo or None,
        }
        body = self._post("completions", model, request, options=options, stop=stop)
        return read_completion(body)

    def side_by_side(self, calls: Sequence[Callable[[Event], T]]) -> list[T]:
        """Run calls, ``concurrency`` at the same time; see :func:`gather`."""
        return gather(calls, workers=self.concurrency)

    def close(self) -> None:
        """Close idle connections, as happens when nobody holds the endpoint any more."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(
        self,
        path: str,
        model: str,
        request: Mapping[str, Any],
        *,
        options: Mapping[str, Any] | None = None,
        stop: Event | None = None,
    ) -> bytes:
        body = request_body(model, request, options)
        return self._transport.post(path, body, stop=stop)
