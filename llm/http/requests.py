"""From what is asked to the JSON that is sent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


def request_body(
    model: str, request: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> bytes:
    """The body of a request.

    Args:
        model: Its name at the endpoint.
        request: Fields; those that are ``None`` are left to the endpoint.
        options: Further fields, which win.

    Raises:
        InvalidInput: A value has no form in JSON: a number that is not finite, a lone surrogate,
            an object.
    """
    import orjson

    given = {name: value for name, value in request.items() if value is not None}
    fields = {"model": model, **given, **(options or {})}
    for name, value in fields.items():
        _check_numbers(name, value)
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"the request is not valid JSON: {error}") from error


def _check_numbers(name: str, value: Any) -> None:
    """Refuse what orjson would write as ``null``, so that the endpoint took its default."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(f"{name} is {value}", hint="JSON has finite numbers only.")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _check_numbers(name, part)
