"""A server for every test, and endpoints that lead to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tests.endpoint_server import KEY, endpoint_server

from mnemic.llm.http import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.endpoint_server import EndpointServer

Connect: TypeAlias = "Callable[..., Endpoint]"


@pytest.fixture
def server() -> Iterator[EndpointServer]:
    with endpoint_server() as running:
        yield running


@pytest.fixture
def connect(server: EndpointServer) -> Iterator[Connect]:
    """Endpoints of the server that lose no time between attempts."""
    opened: list[Endpoint] = []

    def endpoint(**changes: Any) -> Endpoint:
        options: dict[str, Any] = {
            "base_url": server.url,
            "api_key": KEY,
            "backoff_s": 0.001,
        } | changes
        opened.append(Endpoint(**options))
        return opened[-1]

    yield endpoint
    for each in opened:
        each.close()


@pytest.fixture
def endpoint(connect: Connect) -> Endpoint:
    return connect()
