"""Reading what an endpoint sent: JSON of a stated form, or ``Unavailable`` that says what is odd.

Endpoints are trusted with texts, not with memory or with being right: every value is checked before
it is used, and nothing of an answer is guessed.
"""

from __future__ import annotations

import math
from typing import Any

from mnemic.errors import MnemicError, Unavailable
from mnemic.llm.http.results import Usage

HINT = "Check that the base URL leads to an OpenAI-compatible endpoint, then try again."


def odd(what: str) -> MnemicError:
    """The error for an answer that is not of the promised form."""
    return Unavailable(f"the endpoint's answer is not usable: {what}", hint=HINT)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        Unavailable: It is no JSON (``NaN`` is none either), or no object.
    """
    import orjson

    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise odd(f"it is not JSON ({error.msg} at character {error.pos})") from error
    return object_of(value, "it")


def object_of(value: object, name: str) -> dict[str, Any]:
    """``value``, when it is an object."""
    if not isinstance(value, dict):
        raise odd(f"{name} is {kind(value)}, not an object")
    return value


def list_of(value: object, name: str) -> list[Any]:
    """``value``, when it is a list."""
    if not isinstance(value, list):
        raise odd(f"{name} is {kind(value)}, not a list")
    return value


def string_of(value: object, name: str) -> str:
    """``value``, when it is a string."""
    if not isinstance(value, str):
        raise odd(f"{name} is {kind(value)}, not a string")
    return value


def float_of(value: object, name: str) -> float:
    """``value``, when it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise odd(f"{name} is {kind(value)}, not a finite number")
    return float(value)


def count_of(value: object, name: str) -> int:
    """``value``, when it is a whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise odd(f"{name} is {kind(value)}, not a count")
    return value


def given(value: object, default: object) -> object:
    """``value``, or ``default`` for what is missing or ``null``."""
    return default if value is None else value


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """The tokens that a request cost, when the endpoint says so."""
    if answer.get("usage") is None:
        return None
    usage = object_of(answer["usage"], "usage")
    prompt, completion = (
        count_of(given(usage.get(name), 0), f"usage.{name}")
        for name in ("prompt_tokens", "completion_tokens")
    )
    return Usage(prompt, completion)


def model_of(answer: dict[str, Any]) -> str:
    """What the endpoint calls the model; empty when it does not say."""
    return string_of(given(answer.get("model"), ""), "model")


def kind(value: object) -> str:
    """What a value is, for messages: never its content, which may be long or private."""
    if value is None:
        return "missing"
    if isinstance(value, float) and not math.isfinite(value):
        return "not finite"
    return {dict: "an object", list: "a list", str: "a string", bool: "a truth value"}.get(
        type(value), "a number"
    )
