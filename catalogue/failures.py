"""Database failures as errors of mnemic, with the file or server they happened to."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from mnemic.errors import (
    Forbidden,
    IndexCorrupt,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

Outcome = tuple[type[MnemicError], str]

# By the first word after SQLITE_: extended codes only say more of the same.
_SQLITE: dict[str, Outcome] = {
    "NOTADB": (IndexCorrupt, "restore it from a backup, or move it away to start anew"),
    "CORRUPT": (IndexCorrupt, "restore it from a backup, or move it away to start anew"),
    "FULL": (LimitExceeded, "the disk is full: free some space; nothing of this call was stored"),
    "TOOBIG": (LimitExceeded, "a value is larger than SQLite stores: split the document"),
    "READONLY": (Forbidden, "the file or its folder is read-only: check owner and mount"),
    "PERM": (Forbidden, "check the owner and the permissions of the file"),
    "AUTH": (Forbidden, "check the owner and the permissions of the file"),
    "CANTOPEN": (Forbidden, "the folder must exist and be readable and writable"),
    "BUSY": (Unavailable, "another process is writing: try again"),
    "LOCKED": (Unavailable, "another connection is writing: try again"),
    "IOERR": (Unavailable, "the disk reported an error: look at the system log"),
    "NOMEM": (Unavailable, "out of memory: close other programs or use smaller batches"),
    "PROTOCOL": (Unavailable, "the file locks of this file system do not work: use a local disk"),
    "INTERRUPT": (Unavailable, "the call was interrupted: try again"),
}

# By SQLSTATE, longest prefix first.
_POSTGRESQL: dict[str, Outcome] = {
    "53100": (LimitExceeded, "the server's disk is full; nothing of this call was stored"),
    "53300": (Unavailable, "the server has no connection left: try again, or raise its limit"),
    "42501": (Forbidden, "grant the role of the URL the right to create and change tables"),
    "25006": (Forbidden, "the server is read-only: is it a standby?"),
    "3D000": (NotFound, "create the database, or correct the URL"),
    "XX001": (IndexCorrupt, "the server's files are damaged: restore a backup"),
    "XX002": (IndexCorrupt, "the server's files are damaged: restore a backup"),
    "08": (Unavailable, "is the server running, and is the URL right?"),
    "28": (Forbidden, "check user and password in the URL"),
    "40": (Unavailable, "two writers crossed: try again"),
    "53": (Unavailable, "the server is out of resources: try again"),
    "54": (LimitExceeded, "a value is larger than PostgreSQL stores: split the document"),
    "55": (Unavailable, "another process holds a lock: try again"),
    "57": (Unavailable, "the server is starting or stopping: try again"),
    "58": (Unavailable, "the server's disk reported an error: look at its log"),
}


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Raise failures of the database as errors of mnemic; others pass unchanged.

    Raises:
        IndexCorrupt: The file is damaged or not a database.
        LimitExceeded: The disk is full or a value is too large.
        Forbidden: The file or server may not be written.
        Unavailable: Locked, unreachable, or out of connections.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise Unavailable(
            f"{place(url)}: every connection is in use", hint="close readings that are done with"
        ) from error
    except exc.DBAPIError as error:
        raise translate(error.orig, url) or error from error
    except sqlite3.Error as error:
        raise translate(error, url) or error from error


def place(url: URL) -> str:
    """The database in words, without its password: a file, or a server."""
    return url.database or "" if is_sqlite(url) else url.render_as_string(hide_password=True)


def is_sqlite(url: URL) -> bool:
    """Whether the URL names a SQLite file."""
    return url.get_backend_name() == "sqlite"


def translate(error: BaseException | None, url: URL) -> MnemicError | None:
    """The error of mnemic for one of the driver's, or ``None`` where there is none."""
    outcome = _outcome(error, url)
    if error is None or outcome is None:
        return None
    kind, hint = outcome
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return kind(f"{place(url)}: {reason[0]}", hint=hint)


def _outcome(error: BaseException | None, url: URL) -> Outcome | None:
    if is_sqlite(url):
        name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_")
        # Found by the JSON functions and by the driver, so without a code of their own.
        if "malformed JSON" in str(error) or "decode to UTF-8" in str(error):
            return _SQLITE["CORRUPT"]
        return _SQLITE.get(name.split("_")[0])
    state = getattr(error, "sqlstate", None)
    if state is None:
        # psycopg gives no state when the server never answered.
        return _POSTGRESQL["08"] if type(error).__name__.endswith("OperationalError") else None
    return next((found for key, found in _POSTGRESQL.items() if state.startswith(key)), None)
