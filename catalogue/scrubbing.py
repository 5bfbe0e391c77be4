"""After an erase: no byte of a deleted row in the files that the database keeps its tables in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import text

from mnemic.catalogue.failures import place
from mnemic.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

_POLL_SECONDS = 0.05
_MARK = text("SELECT txid_current() % 4294967296")
# Sessions that may still see rows from before the mark; VACUUM would keep those for them.
_EARLIER = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND greatest(age(backend_xmin), age(backend_xid))
          >= age(CAST(CAST(:mark AS text) AS xid))
""")
# Errors of jobs may have quoted a document.
_REWRITE = text("VACUUM (FULL) documents, jobs")


def scrub_file(connection: Connection) -> None:
    """Rewrite a SQLite file and cut its journal; cost: reads and writes all of it.

    Raises:
        Unavailable: A reader still looks at the state before.
    """
    # Past SQLAlchemy, which would begin a transaction first; neither statement may be in one.
    cursor = connection.connection.cursor()
    # secure_delete alone is not enough: a page that was split keeps copies of rows that moved to
    # its neighbour, and deleting those wipes the neighbour only.
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outcome = cursor.fetchone()
    cursor.close()
    if outcome is None or outcome[0]:
        raise _held(connection)


def scrub_table(connection: Connection, *, wait: float) -> None:
    """Rewrite documents and jobs of PostgreSQL once no session can see what was deleted.

    Raises:
        Unavailable: A session that began before still runs after ``wait`` seconds.
    """
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    mark = connection.execute(_MARK).scalar_one()
    deadline = time.monotonic() + wait
    while connection.execute(_EARLIER, {"mark": mark}).scalar_one():
        if time.monotonic() > deadline:
            raise _held(connection)
        time.sleep(_POLL_SECONDS)
    connection.execute(_REWRITE)


def _held(connection: Connection) -> Unavailable:
    return Unavailable(
        f"{place(connection.engine.url)}: a reader holds on to what was deleted",
        hint="end long readings and erase again",
    )
