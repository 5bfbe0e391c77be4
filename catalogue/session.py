"""What the parts of one transaction share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

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
        # The same words in both dialects, yet two classes.
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(table).values(values).on_conflict_do_nothing()
        statement = statement.inline().execution_options(preserve_rowcount=True)
        return self.write().execute(statement).rowcount == 1


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
