"""A fresh, empty database per test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "MNEMIC_TEST_POSTGRES"
BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@contextmanager
def fresh_url(backend: str) -> Iterator[str]:
    """The URL of an empty database that is gone afterwards."""
    if backend == "sqlite":
        with TemporaryDirectory(prefix="mnemic-", ignore_cleanup_errors=True) as folder:
            yield f"sqlite:///{Path(folder) / 'catalogue.sqlite'}"
        return
    with _schema() as url:
        yield url


@contextmanager
def _schema() -> Iterator[str]:
    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(f"{VARIABLE} is not set: run `make services` and export what it prints")
    name = f"test_{secrets.token_hex(8)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(CreateSchema(name))
    try:
        url = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(DropSchema(name, cascade=True))
        engine.dispose()


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now
