"""Bringing a catalogue's schema up to date; alembic is loaded only when there is work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Text, column, func, inspect, select, table

from mnemic.catalogue.engine import begin
from mnemic.catalogue.failures import is_sqlite, place
from mnemic.errors import FormatTooNew, IndexCorrupt, NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

KNOWN = ("0001",)
HEAD = KNOWN[-1]
FOLDER = Path(__file__).parent / "migrations"
# Any number, the same in every process: two of them must not migrate at once.
_ADVISORY_LOCK = 0x6D6E656D6963
_VERSION_TABLE = "alembic_version"
_VERSION = select(column("version_num", Text())).select_from(table(_VERSION_TABLE))


def prepare(engine: Engine, *, create: bool) -> None:
    """Create the schema, upgrade it, or do nothing at the cost of one look-up.

    Raises:
        NotFound: There is no schema and ``create`` is false.
        FormatTooNew: A newer mnemic wrote it.
        IndexCorrupt: The tables are those of another program.
    """
    with engine.connect() as connection:
        begin(connection, write=False)
        version = _version(connection)
    if version == HEAD:
        return
    if version is None and not create:
        raise NotFound(
            f"{place(engine.url)} holds no catalogue", hint="create it, or check the URL"
        )
    with engine.connect() as plain:
        connection = begin(plain, write=True)
        if not is_sqlite(engine.url):
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        # Another process may have done it meanwhile.
        if _version(connection) != HEAD:
            _upgrade(connection)
        connection.commit()


def _version(connection: Connection) -> str | None:
    """The schema's version, ``None`` where there is none yet."""
    inspector = inspect(connection)
    if not inspector.has_table(_VERSION_TABLE):
        if names := inspector.get_table_names():
            raise IndexCorrupt(
                f"{place(connection.engine.url)} holds tables of another program: {names[0]}",
                hint="give a database of its own to the catalogue",
            )
        return None
    version: str | None = connection.execute(_VERSION).scalar_one_or_none()
    if version is None or version in KNOWN:
        return version
    message = f"{place(connection.engine.url)} has schema {version}, this mnemic knows {HEAD}"
    if version.isdigit() and version > HEAD:
        raise FormatTooNew(message, hint="install a newer mnemic")
    raise IndexCorrupt(message, hint="no mnemic wrote this: restore it from a backup")


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
