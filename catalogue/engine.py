"""Connections: how SQLite and PostgreSQL are opened and how transactions begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from mnemic.catalogue.failures import is_sqlite, place, translated
from mnemic.errors import Forbidden, IndexCorrupt, InvalidInput, NotFound, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

POOL = 16
# Filters make statements of any size, and each takes a place in the cache.
STATEMENTS = 200
MINIMUM_POSTGRESQL = (15, 0)
# "SQLite format 3" and NUL: the first bytes of every database file.
_MAGIC = b"SQLite format 3\0"


def parse_url(url: str | Path) -> URL:
    """The URL of a catalogue; a path is a SQLite file, whatever characters it has.

    Raises:
        InvalidInput: It is not a URL, or names neither SQLite nor PostgreSQL.
    """
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise InvalidInput(
            "the catalogue's URL cannot be read",
            hint="sqlite:////path/catalogue.sqlite or postgresql+psycopg://user@host/database",
        ) from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise InvalidInput(
            f"catalogue URL names {parsed.render_as_string(hide_password=True)!r}",
            hint="give a SQLite file or a PostgreSQL server",
        )
    return parsed


def connect(url: URL, *, create: bool, lock_wait: float) -> Engine:
    """An engine whose connections are set up for durable, concurrent use.

    Raises:
        NotFound: The file does not exist and may not be created.
        IndexCorrupt: The file is not a database.
        Unsupported: The driver is not installed, or the server is older than PostgreSQL 15.
    """
    if is_sqlite(url):
        _check_file(Path(str(url.database)), create=create)
        return _sqlite(url, lock_wait=lock_wait)
    return _postgresql(url, lock_wait=lock_wait)


def begin(connection: Connection, *, write: bool) -> Connection:
    """Start a transaction: one writer at a time on SQLite, a fixed snapshot for readers."""
    if connection.dialect.name == "sqlite":
        connection = connection.execution_options(mnemic_write=write)
    elif not write:
        connection = connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    connection.begin()
    return connection


def _check_file(path: Path, *, create: bool) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        if create and path.parent.is_dir():
            return
        missing = path if path.parent.is_dir() else path.parent
        raise NotFound(f"{missing} does not exist", hint="check the path") from None
    except PermissionError as error:
        raise Forbidden(f"{path} may not be read", hint="check owner and mode") from error
    except IsADirectoryError as error:
        raise IndexCorrupt(f"{path} is a folder, not a catalogue", hint="move it away") from error
    # Empty is what a crash leaves before the first commit.
    if head and head != _MAGIC:
        raise IndexCorrupt(
            f"{path} is not a SQLite database",
            hint="restore it from a backup, or move it away to start anew",
        )


def _sqlite(url: URL, *, lock_wait: float) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=_loads(url),
        connect_args={"check_same_thread": False, "timeout": lock_wait},
        pool_size=POOL,
        max_overflow=4 * POOL,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: Any) -> None:
        with translated(url):
            _pragmas(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("mnemic_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")

    return engine


def _pragmas(connection: DBAPIConnection) -> None:
    # The driver would otherwise begin transactions by itself, and never IMMEDIATE ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone() != ("wal",):
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -32768")
        # Else INSERT OR REPLACE would delete from the audit log past its trigger.
        cursor.execute("PRAGMA recursive_triggers = ON")
    finally:
        cursor.close()


def _postgresql(url: URL, *, lock_wait: float) -> Engine:
    try:
        engine = create_engine(
            url,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={"connect_timeout": max(2, round(lock_wait))},
            query_cache_size=STATEMENTS,
            pool_size=POOL,
            max_overflow=4 * POOL,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise Unsupported(
            "a PostgreSQL catalogue needs the driver psycopg",
            hint="pip install 'mnemic[postgres]'",
        ) from error

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false)", (f"{lock_wait * 1000:.0f}ms",)
        )
        cursor.close()
        connection.commit()

    with translated(url), engine.connect() as connection:
        version = connection.dialect.server_version_info or (0,)
    if version < MINIMUM_POSTGRESQL:
        raise Unsupported(
            f"the server is PostgreSQL {'.'.join(map(str, version))}",
            hint="mnemic needs PostgreSQL 15 or newer",
        )
    return engine


def _loads(url: URL) -> Callable[[str | bytes], Any]:
    def loads(text: str | bytes) -> Any:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise IndexCorrupt(
                f"{place(url)}: stored JSON is damaged: {error}", hint="restore it from a backup"
            ) from error

    return loads


def _dumps(value: Any) -> str:
    # Documents come encoded already, with floats spelled as jsonb keeps them.
    return value if isinstance(value, str) else orjson.dumps(value).decode()
