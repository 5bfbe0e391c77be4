"""What the parts of one transaction share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mnemic.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table

# SQLite takes 32,766 parameters, PostgreSQL 65,535; one statement text serves all full chunks.
CHUNK = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """A connection inside a transaction.

    Attributes:
        connection: Has begun already.
        writable: False for snapshots.
        clock: Seconds since the epoch.
        file: The database in words, for messages.
    """

    connection: Connection
    writable: bool
    clock: Callable[[], float]
    file: str

    def write(self) -> Connection:
        """The connection, for a statement that changes something.

        Raises:
            Forbidden: The transaction only reads.
        """
        if not self.writable:
            raise Forbidden(
                "this transaction only reads", hint="use transaction() instead of reading()"
            )
        return self.connection

    def insert_missing(self, table: Table, values: dict[str, Any]) -> bool:
        """Insert a row unless a unique index has its place taken; whether it was inserted."""
        statement = _insert(self.connection.dialect.name, table).values(values)
        statement = statement.on_conflict_do_nothing().inline()
        statement = statement.execution_options(preserve_rowcount=True)
        return self.write().execute(statement).rowcount == 1


def _insert(dialect: str, table: Table) -> Any:
    # The same words in both dialects, yet two classes; PostgreSQL's takes 35 ms to load.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
