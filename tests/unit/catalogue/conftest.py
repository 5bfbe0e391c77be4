from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.catalogue.databases import BACKENDS, Clock, fresh_url

from mnemic.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with fresh_url(request.param) as url:
        yield url


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    with fresh_url("sqlite") as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(url: str, clock: Clock) -> Iterator[Catalogue]:
    with Catalogue.open(url, clock=clock, lock_wait=10.0) as catalogue:
        yield catalogue


@pytest.fixture
def papers(catalogue: Catalogue) -> int:
    with catalogue.transaction() as transaction:
        return transaction.collections.create("papers", settings={}).id
