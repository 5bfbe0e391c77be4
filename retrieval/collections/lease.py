"""Being the only writer of a collection: a lease in the catalogue, kept while it is needed.

It is taken with the first write, renewed while writes go on, and given back once the collection
has been idle for a moment, so that other processes get their turn. The holder flushes first.
"""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import contextmanager
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

from mnemic.errors import Conflict, MnemicError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnemic.catalogue import Catalogue, Lease

IDLE_SECONDS = 1.0
LEASE_SECONDS = 30.0
POLL_SECONDS = 0.05
log = logging.getLogger(__name__)


class WriterLease:
    """Excludes other threads by a mutex and other processes by the catalogue's lock.

    Args:
        catalogue: Where the lock lives.
        name: The lock's name.
        wait: Seconds to wait for another holder before ``Conflict``.
        taken: Called after the lease was acquired: what is in memory may be behind.
        idle: Called before the lease is given back.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        name: str,
        *,
        wait: float,
        taken: Callable[[], None],
        idle: Callable[[], object],
    ) -> None:
        self._catalogue = catalogue
        self._name = name
        self._wait = wait
        self._taken = taken
        self._idle = idle
        self._owner = secrets.token_hex(8)
        self._mutex = RLock()
        self._lease: Lease | None = None
        self._renewed = 0.0
        self._used = 0.0
        self._closing = Event()
        self._keeper: Thread | None = None

    @property
    def held(self) -> bool:
        """Whether this process is the writer now, so that nobody else can change anything."""
        return self._lease is not None

    @contextmanager
    def exclusive(self, *, catch_up: bool = True) -> Iterator[Lease]:
        """Be the only writer for the length of a block.

        Args:
            catch_up: Call ``taken`` when the lease is new; a rebuild, which reads everything
                again anyway, does without, so that it also works on damaged segments.

        Raises:
            Conflict: Another process is writing; the message says which.
        """
        with self._mutex:
            lease = self._current() or self._acquire(catch_up=catch_up)
            try:
                yield lease
            finally:
                self._used = time.monotonic()

    def close(self) -> None:
        """Do what idling does, give the lease back and stop the keeper thread."""
        self._closing.set()
        with self._mutex:
            if self._lease is not None:
                try:
                    self._idle()
                finally:
                    self._release()
        if self._keeper is not None:
            self._keeper.join()

    def _current(self) -> Lease | None:
        now = time.monotonic()
        if self._lease is not None and now - self._renewed > LEASE_SECONDS / 3:
            with self._catalogue.transaction() as tx:
                try:
                    self._lease = tx.locks.renew(self._lease)
                except Conflict:
                    self._lease = None
            self._renewed = now
        return self._lease

    def _acquire(self, *, catch_up: bool) -> Lease:
        deadline = time.monotonic() + self._wait
        while True:
            try:
                with self._catalogue.transaction() as tx:
                    lease = tx.locks.acquire(self._name, owner=self._owner, seconds=LEASE_SECONDS)
                break
            except Conflict:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
        self._lease = lease
        self._renewed = self._used = time.monotonic()
        try:
            if catch_up:
                self._taken()
        except BaseException:
            self._release()
            raise
        self._start_keeper()
        return lease

    def _start_keeper(self) -> None:
        self._closing.clear()
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = Thread(target=self._keep, name=f"mnemic {self._name}", daemon=True)
            self._keeper.start()

    def _release(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            with self._catalogue.transaction() as tx:
                tx.locks.release(lease)

    def _keep(self) -> None:
        """Renew while writes go on; flush and let go when they stop."""
        while not self._closing.wait(IDLE_SECONDS / 4):
            with self._mutex:
                try:
                    if self._current() is None:
                        return
                    if time.monotonic() - self._used >= IDLE_SECONDS:
                        self._idle()
                        self._release()
                except MnemicError:
                    log.exception("idle work on %s failed; it will be tried again", self._name)
                    self._used = time.monotonic()
