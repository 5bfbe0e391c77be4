"""Bytes to an endpoint and back: pooled connections, timeouts, retries, limits.

Knows nothing of models. ``httpx`` is imported at the first request.
"""

from __future__ import annotations

import random
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from threading import BoundedSemaphore, Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mnemic.errors import InvalidInput, LimitExceeded, MnemicError, Unavailable
from mnemic.llm.http.failures import Transient, cleaned, is_transient, refusal
from mnemic.llm.http.gathering import Stopped
from mnemic.llm.http.waiting import asked_wait, pause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from httpx import Client, Response

    from mnemic.llm.http.policy import Policy

_SAID = 65_536  # bytes of a refusal that are read
_KEPT_ALIVE = 60.0
_SHORTEST_SECRET = 6
_OK = 200


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, and how far it is away."""

    seconds: float
    started: float = field(default_factory=monotonic)

    def left(self) -> float:
        """Seconds; below 0 when it has passed."""
        return self.started + self.seconds - monotonic()


class Transport:
    """Sends JSON; threads may share it.

    Args:
        base_url: Where; paths are put after it.
        headers: Sent with every request. Their values are secret.
        policy: How patient and how greedy.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], *, policy: Policy) -> None:
        self._base_url = base_url
        self._headers = dict(headers)
        self._policy = policy
        self._slots = BoundedSemaphore(policy.concurrency)
        self._lock = Lock()
        self._client: Client | None = None
        self._closing: Callable[[], object] | None = None

    def post(self, path: str, body: bytes, *, stop: Event | None = None) -> bytes:
        """Send a body and return that of the answer.

        Args:
            path: Below the base URL, such as ``embeddings``.
            body: JSON.
            stop: When it is set, waiting ends and :class:`Stopped` is raised.

        Raises:
            Unauthenticated: 401.
            Forbidden: 403.
            NotFound: 404.
            InvalidInput: 400, 413, 422 and other 4xx.
            LimitExceeded: 429 after all retries, or an answer that is too large.
            Unavailable: 5xx, no connection or no answer in time, after all retries; a redirect.
        """
        stop, deadline = stop or Event(), Deadline(self._policy.deadline_s)
        if not self._slots.acquire(timeout=deadline.seconds):
            raise self._late("waited for other requests to end")
        try:
            return self._persist(path, body, deadline, stop)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Close idle connections; the next request opens new ones."""
        with self._lock:
            closing, self._client, self._closing = self._closing, None, None
        if closing is not None:
            closing()

    def _persist(self, path: str, body: bytes, deadline: Deadline, stop: Event) -> bytes:
        attempt = 0
        while True:
            if stop.is_set():
                raise Stopped
            try:
                return self._attempt(f"{self._base_url}/{path}", body, deadline)
            except Transient as failure:
                wait = self._wait(attempt, failure)
                if attempt >= self._policy.retries or wait >= deadline.left():
                    raise failure.error from failure.__cause__
            stop.wait(wait)
            attempt += 1

    def _wait(self, attempt: int, failure: Transient) -> float:
        chance = random.random()
        return pause(attempt, base=self._policy.backoff_s, chance=chance, asked=failure.wait)

    def _attempt(self, url: str, body: bytes, deadline: Deadline) -> bytes:
        import httpx

        seconds = max(0.001, min(self._policy.timeout_s, deadline.left()))
        end = Deadline(seconds)
        try:
            with self._opened().stream("POST", url, content=body, timeout=seconds) as response:
                if response.status_code != _OK:
                    raise self._refused(response, url, end)
                return self._read(response, end)
        except httpx.TimeoutException as error:
            raise Transient(self._late(f"did not answer within {seconds:g} s")) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # a host with impossible labels
            raise InvalidInput(f"{url} is no address", hint="Correct base_url.") from error
        except httpx.TransportError as error:
            raise Transient(self._unreachable(error)) from error

    def _read(self, response: Response, end: Deadline) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", ""):
            # What was never inflated cannot fill the memory.
            raise Unavailable(f"{self._base_url} compressed its answer, which nobody asked for")
        data = bytearray()
        for chunk in response.iter_raw():
            data += chunk
            if len(data) > self._policy.response_bytes:
                limit = f"{self._policy.response_bytes:,} bytes"
                raise LimitExceeded(
                    f"{self._base_url} answered with more than response_bytes = {limit}",
                    hint="Send fewer texts at once, or raise response_bytes.",
                )
            if end.left() < 0:
                raise Transient(self._late(f"did not end its answer within {end.seconds:g} s"))
        return bytes(data)

    def _refused(self, response: Response, url: str, end: Deadline) -> Exception:
        import httpx

        said = bytearray()
        # The status is the answer; a reason that is cut short must not lead to another attempt.
        with suppress(httpx.TransportError):
            for chunk in response.iter_raw():
                said += chunk
                if len(said) > _SAID or end.left() < 0:
                    break
        body, status = bytes(said[:_SAID]), response.status_code
        error = refusal(status, body, where=url, secrets=self._secrets())
        if not is_transient(status, body):
            return error
        return Transient(error, wait=asked_wait(response.headers, datetime.now(UTC)))

    def _late(self, what: str) -> MnemicError:
        hint = "Try again later, or allow more with timeout_s and deadline_s."
        return Unavailable(f"{self._base_url}: {what}", hint=hint)

    def _unreachable(self, error: Exception) -> MnemicError:
        reason = cleaned(str(error), self._secrets()) or type(error).__name__
        hint = "Check that the endpoint runs and that the base URL is right."
        return Unavailable(f"{self._base_url} cannot be reached: {reason}", hint=hint)

    def _secrets(self) -> list[str]:
        # The key stands behind "Bearer". What is shorter than a key is no secret, and taking it out
        # would spoil the message.
        parts = [part for value in self._headers.values() for part in (value, value.split()[-1])]
        return [part for part in parts if len(part) >= _SHORTEST_SECRET]

    def _opened(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = _client(self._base_url, self._headers, self._policy.concurrency)
                self._closing = weakref.finalize(self, self._client.close)
            return self._client


def _client(base_url: str, headers: Mapping[str, str], connections: int) -> Client:
    import httpx

    fixed = {"Content-Type": "application/json", "Accept": "application/json"}
    options: dict[str, Any] = {
        "headers": {**fixed, "Accept-Encoding": "identity", "User-Agent": "mnemic", **headers},
        "follow_redirects": False,
        # Proxies and certificates of the environment, but no proxy to this very machine.
        "trust_env": not _is_here(base_url),
        "limits": httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEPT_ALIVE,
        ),
    }
    try:
        return httpx.Client(**options)
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise Unavailable(
            f"{base_url}: the environment's proxy or certificates cannot be used "
            f"({type(error).__name__})",
            hint="Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and SSL_CERT_FILE.",
        ) from error


def _is_here(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
