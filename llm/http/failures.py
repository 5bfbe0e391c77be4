"""From what an endpoint refuses to mnemic's errors, without anybody's key in the message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mnemic.errors import (
    Forbidden,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 300  # characters of somebody else's message
_KEY = re.compile(r"\b(?:sk|pk|key|api)[-_][\w*.-]{6,}|(?i:bearer)\s+\S+")
# No waiting helps against these; the endpoint says 429 all the same.
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_BUSY = 429


class Transient(Exception):
    """An attempt failed in a way that another may not.

    Args:
        error: What the caller gets when no attempt is left.
        wait: Seconds that the endpoint asked to wait.
    """

    def __init__(self, error: MnemicError, *, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


def refusal(status: int, body: bytes, *, where: str, secrets: Iterable[str] = ()) -> MnemicError:
    """The error for a status that is not 200.

    Args:
        status: Of HTTP.
        body: What came with it.
        where: The URL.
        secrets: What must not stand in the message.
    """
    said = cleaned(_message(_parsed(body)), secrets)
    message = f"{where} answered {status}" + (f": {said}" if said else "")
    kind, hint = _MEANINGS.get(status, _other(status))
    return kind(message, hint=hint)


def is_transient(status: int, body: bytes) -> bool:
    """Whether the same request may succeed later: 5xx, and 429 unless the quota is spent."""
    if status == _BUSY:
        return _code(_parsed(body)) not in _SPENT
    return status >= 500


def cleaned(text: str, secrets: Iterable[str]) -> str:
    """One line of at most 300 characters without secrets and control characters."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    text = " ".join(_KEY.sub("***", text).split())
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _parsed(body: bytes) -> Any:
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", errors="replace").strip()
        return "" if text.startswith("<") else text  # a proxy's HTML page says nothing


def _message(value: Any) -> str:
    """The message inside ``{"error": {"message": ...}}`` and the forms that others made of it."""
    for _ in range(4):
        if isinstance(value, list):
            value = next(iter(value), "")
        if not isinstance(value, dict):
            break
        names = ("error", "message", "detail", "msg")
        value = next((value[name] for name in names if value.get(name)), "")
    return value if isinstance(value, str) else ""


def _code(value: Any) -> str:
    error = value.get("error") if isinstance(value, dict) else None
    fields = error if isinstance(error, dict) else {}
    return next((fields[name] for name in ("code", "type") if fields.get(name) in _SPENT), "")


def _other(status: int) -> tuple[type[MnemicError], str]:
    if 300 <= status < 400:
        return Unavailable, "Redirects are not followed; set the base URL to where it leads."
    if 400 <= status < 500:
        return InvalidInput, "Correct the request."
    return Unavailable, "Try again later."


_INPUT = (InvalidInput, "Correct the text, the model's name or the options.")
_MEANINGS: dict[int, tuple[type[MnemicError], str]] = {
    400: _INPUT,
    401: (Unauthenticated, "Set MNEMIC_OPENAI_API_KEY to a key of this endpoint."),
    402: (LimitExceeded, "The account behind the key has nothing left to spend."),
    403: (Forbidden, "The key has no right to this model; use another key or model."),
    404: (NotFound, "Check the model's name, and that the base URL ends with /v1."),
    408: (Unavailable, "Try again later."),
    413: (InvalidInput, "Send less text at once."),
    422: _INPUT,
    429: (LimitExceeded, "Wait, lower the concurrency, or raise the quota of the key."),
}
