"""The catalogue: one durable database that is the truth for everything but derived files."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import text

from mnemic.catalogue.audit import Audit
from mnemic.catalogue.collections import Collections
from mnemic.catalogue.documents import Documents
from mnemic.catalogue.engine import begin, connect, parse_url
from mnemic.catalogue.failures import is_sqlite, place, translated
from mnemic.catalogue.grants import Grants
from mnemic.catalogue.jobs import Jobs
from mnemic.catalogue.locks import Locks
from mnemic.catalogue.migration import prepare
from mnemic.catalogue.scrubbing import scrub_file, scrub_table
from mnemic.catalogue.session import Session
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Connection, Engine


class Transaction:
    """Everything in the catalogue, seen and changed in one transaction.

    Attributes:
        collections: Names, storage keys, settings and counters.
        documents: Texts, titles and metadata.
        grants: Roles of actors.
        audit: The append-only log.
        jobs: Durable work.
        locks: Leases with fencing.
    """

    __slots__ = ("audit", "collections", "documents", "grants", "jobs", "locks")

    def __init__(self, session: Session) -> None:
        self.collections = Collections(session)
        self.documents = Documents(session)
        self.grants = Grants(session)
        self.audit = Audit(session)
        self.jobs = Jobs(session)
        self.locks = Locks(session)


class Catalogue:
    """A pool of connections to one catalogue; safe to share between threads."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float], lock_wait: float) -> None:
        self._engine = engine
        self._clock = clock
        self._closed = False
        self._writing = threading.local()
        self._lock_wait = lock_wait

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        create: bool = True,
        lock_wait: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open a catalogue, and create or upgrade its schema where needed.

        Args:
            url: ``sqlite:////folder/catalogue.sqlite`` or ``postgresql+psycopg://...``, or the
                path of a SQLite file, taken literally.
            create: Whether a catalogue that does not exist is made.
            lock_wait: Seconds to wait for another writer before ``Unavailable``.
            clock: Seconds since the epoch, for leases and records.

        Raises:
            NotFound: It, or its folder, does not exist.
            IndexCorrupt: The file is damaged or belongs to another program.
            FormatTooNew: A newer mnemic wrote it.
            Forbidden: It may not be read or written.
            Unavailable: The server does not answer, or the file stays locked.
        """
        parsed = parse_url(url)
        engine = connect(parsed, create=create, lock_wait=lock_wait)
        try:
            with translated(parsed):
                prepare(engine, create=create)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock=clock, lock_wait=lock_wait)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: durable when the block ends, undone when it raises; one writer at a time.

        Raises:
            Unavailable: Another writer did not finish within ``lock_wait``.
            LimitExceeded: The disk is full; nothing was stored.
            Forbidden: The file or its folder is read-only.
        """
        with self._session(write=True) as session:
            yield Transaction(session)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read one consistent snapshot; blocks no writer and is blocked by none."""
        with self._session(write=False) as session:
            yield Transaction(session)

    def scrub(self) -> None:
        """Leave no byte of what was deleted in the database's tables.

        Both databases rewrite the tables (cost: reads and writes all of it, and needs as much free
        disk); SQLite's journal is cut. PostgreSQL's own journal stays for as long as the server is
        set up to keep it.

        Raises:
            Unavailable: After ``lock_wait`` a reader still looks at the state before; try again.
        """
        url = self._engine.url
        with translated(url), self._engine.connect() as connection:
            if is_sqlite(url):
                scrub_file(connection)
            else:
                scrub_table(connection, wait=self._lock_wait)

    def check(self) -> list[str]:
        """Problems that the database finds in itself and in the audit chain; reads everything."""
        problems = []
        if is_sqlite(self._engine.url):
            with translated(self._engine.url), self._engine.connect() as connection:
                rows = connection.execute(text("PRAGMA integrity_check")).scalars()
                problems = [row for row in rows if row != "ok"]
        with self.reading() as transaction:
            transaction.audit.verify()
        return problems

    def close(self) -> None:
        """Close every connection; on SQLite the last one empties the journal."""
        self._closed = True
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _session(self, *, write: bool) -> Iterator[Session]:
        url = self._engine.url
        if self._closed:
            raise InvalidInput(f"{place(url)} was closed", hint="open it again")
        if write and isinstance(sys.exc_info()[1], KeyboardInterrupt):
            self._undo_abandoned()
        with translated(url), self._engine.connect() as plain:
            if write:
                self._writing.connection = plain
            connection = begin(plain, write=write)
            yield Session(connection, write, self._clock, place(url))
            if plain.closed:
                raise InvalidInput(
                    f"{place(url)}: another transaction of this thread began inside this one",
                    hint="end a transaction before the next one begins",
                )
            if write:
                connection.commit()

    def _undo_abandoned(self) -> None:
        # Ctrl-C can land between a transaction's beginning and the block that would end it. What
        # then stays open is held by the traceback, and would keep the clean-up from writing.
        abandoned: Connection | None = getattr(self._writing, "connection", None)
        if abandoned is not None:
            abandoned.close()
