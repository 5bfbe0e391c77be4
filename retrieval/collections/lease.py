"""Being the only writer of a collection: a lease in the catalogue, kept while it is needed.

It is taken with the first write, renewed by a thread however long an operation takes, and given
back once the collection has been idle for a moment, so that other processes get their turn. Every
transaction of the holder checks it (``fence``), so a holder that lost it cannot change anything.
"""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import contextmanager
from threading import Event, Lock, RLock, Thread
from typing import TYPE_CHECKING

from mnemic.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnemic.catalogue import Catalogue, Lease, Transaction

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
        quiet: Called when there was no operation for a moment, without the mutex; says whether
            the lease may be given back, or is needed by work that it has begun.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        name: str,
        *,
        wait: float,
        taken: Callable[[], None],
        quiet: Callable[[], bool],
    ) -> None:
        self._catalogue = catalogue
        self._name = name
        self._wait = wait
        self._taken = taken
        self._quiet = quiet
        self._owner = secrets.token_hex(8)
        self._mutex = RLock()  # one operation at a time; held for as long as one takes
        self._state = Lock()  # the fields below; held for a moment, also by the keeper
        self._lease: Lease | None = None
        self._caught_up = False
        self._renewed = 0.0
        self._used = 0.0
        self._keeper: tuple[Thread, Event] | None = None

    @property
    def held(self) -> bool:
        """Whether nobody else can have written since this process last looked."""
        return self._caught_up and self._good()

    def _good(self) -> bool:
        return self._lease is not None and time.monotonic() - self._renewed < LEASE_SECONDS

    @contextmanager
    def exclusive(self, *, catch_up: bool = True) -> Iterator[None]:
        """Be the only writer for the length of a block.

        Args:
            catch_up: Call ``taken`` when the lease is new; a rebuild, which reads everything
                again anyway, does without, so that it also works on damaged segments.

        Raises:
            Conflict: Another process is writing; the message says which.
            Unavailable: The system has no thread to give.
        """
        with self._mutex:
            self._renew_when_due()
            if self._lease is None:
                self._acquire()
            if catch_up and not self._caught_up:
                self._catch_up()
            try:
                yield
            finally:
                self._used = time.monotonic()

    def fence(self, tx: Transaction) -> None:
        """Let a transaction go on only while this process is the writer.

        Raises:
            Conflict: Another process has taken over.
        """
        lease = self._lease
        if lease is None:
            raise Conflict(f"{self._name!r} was taken over by another writer", hint="try again")
        try:
            tx.locks.require(lease)
        except Conflict:
            self._lose()
            raise

    def close(self) -> None:
        """Give the lease back and stop the keeper thread."""
        with self._mutex:
            keeper, self._keeper = self._keeper, None
            if keeper is not None:
                keeper[1].set()
            self.release()
        if keeper is not None:
            keeper[0].join()

    def release(self) -> None:
        """Give the lease back as things are."""
        with self._state:
            lease, self._lease, self._caught_up = self._lease, None, False
        if lease is not None:
            with self._catalogue.transaction() as tx:
                tx.locks.release(lease)

    def offer(self) -> bool:
        """Give the lease back so that others get their turn; False while an operation runs."""
        if not self._mutex.acquire(blocking=False):
            return False
        try:
            self.release()
        finally:
            self._mutex.release()
        return True

    def _acquire(self) -> None:
        deadline = time.monotonic() + self._wait
        while True:
            asked = time.monotonic()
            try:
                with self._catalogue.transaction() as tx:
                    lease = tx.locks.acquire(self._name, owner=self._owner, seconds=LEASE_SECONDS)
                break
            except Conflict:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
        with self._state:
            self._lease, self._caught_up = lease, False
            self._renewed, self._used = asked, time.monotonic()
        try:
            self._start_keeper()
        except RuntimeError as error:
            # Nobody would renew it, or give it back.
            self.release()
            raise Unavailable(
                f"the lease of {self._name!r} cannot be kept: {error}",
                hint="let the process have more threads",
            ) from error

    def _catch_up(self) -> None:
        try:
            self._taken()
        except BaseException:
            self.release()
            raise
        self._caught_up = True

    def _lose(self) -> None:
        with self._state:
            self._lease, self._caught_up = None, False

    def _renew_when_due(self) -> None:
        lease, asked = self._lease, time.monotonic()
        if lease is None or asked - self._renewed <= LEASE_SECONDS / 3:
            return
        renewed: Lease | None = None
        # Not under _state: whoever holds the catalogue's write lock may be waiting for it.
        try:
            with self._catalogue.transaction() as tx:
                renewed = tx.locks.renew(lease)
        except Conflict:
            log.warning("%s was taken over by another writer", self._name)
        with self._state:
            if self._lease is not lease:
                return
            self._lease, self._renewed = renewed, asked
            self._caught_up = self._caught_up and renewed is not None

    def _start_keeper(self) -> None:
        if self._keeper is None or not self._keeper[0].is_alive():
            stop = Event()
            name = f"mnemic {self._name}"
            thread = Thread(target=self._keep, args=(stop,), name=name, daemon=True)
            thread.start()
            self._keeper = thread, stop

    def _keep(self, stop: Event) -> None:
        """Renew while an operation runs; let go when there was none for a while."""
        while not stop.wait(min(IDLE_SECONDS / 4, LEASE_SECONDS / 6)):
            try:
                self._renew_when_due()
                self._let_go_when_idle()
            except Exception:
                # Whatever it was, the lease must still be renewed and given back.
                log.exception("keeping the lease of %s failed; it will be tried again", self._name)

    def _let_go_when_idle(self) -> None:
        if not self._is_idle() or (self._caught_up and not self._quiet()):
            return
        if not self._mutex.acquire(blocking=False):
            return
        try:
            # Somebody may have come since.
            if self._is_idle():
                self.release()
        finally:
            self._mutex.release()

    def _is_idle(self) -> bool:
        return self._lease is not None and time.monotonic() - self._used >= IDLE_SECONDS
