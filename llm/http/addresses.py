"""What an endpoint may be called with: an address, a key and headers that can be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

_HINT = "It is like 'http://localhost:8000/v1', with no user, query or fragment."
_PLAIN = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[!-~]+( [!-~]+)*")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)


def address(base_url: str) -> str:
    """The base URL without a slash at its end.

    Raises:
        InvalidInput: It is no http address, or holds a user, a query or a fragment; the message
            does not repeat it, since it may hold a password.
    """
    parts = _split(base_url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("base_url is no http or https address", hint=_HINT)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InvalidInput("base_url holds a user, a query or a fragment", hint=_HINT)
    return base_url.rstrip("/")


def host(base_url: str) -> str:
    """The host of a checked base URL, in lower case and without its port."""
    return urlsplit(base_url).hostname or ""


def checked_key(key: str) -> str:
    """The key, when a header can carry it.

    Raises:
        InvalidInput: It holds blanks, line breaks or other than ASCII; the message does not
            repeat it.
    """
    if not _PLAIN.fullmatch(key):
        raise InvalidInput(
            "api_key holds blanks, line breaks or characters beyond ASCII",
            hint="Copy the key anew, without the line break at its end.",
        )
    return key


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of headers that may be sent.

    Raises:
        InvalidInput: A name or value cannot be sent, or the client sets that header itself; the
            message has the name.
    """
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise InvalidInput(
                f"the header {name!r} cannot be sent",
                hint="Names and values are printable ASCII.",
            )
        if name.lower() in _OURS:
            raise InvalidInput(f"the header {name!r} is set by the client", hint="Leave it out.")
    return dict(headers)


def _split(base_url: str) -> SplitResult | None:
    if not _PLAIN.fullmatch(base_url):
        return None
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # it is checked when it is read
    except ValueError:
        return None
    return parts
