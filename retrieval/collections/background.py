"""Work that goes on in a thread of its own, one step after the other, while there is any."""

from __future__ import annotations

import atexit
import logging
import os
from contextlib import contextmanager
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING

from mnemic.errors import Conflict, Unavailable
from mnemic.retrieval.collections.pacing import Abandoned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


class Worker:
    """Runs a step in the background, again and again; its thread ends when nothing is left to do.

    Args:
        name: What it does, for the log and the thread.
        step: Does some of the work; whether there may be more. It may raise ``Abandoned``.

    Attributes:
        ending: Set while the work shall stop; steps that take long look at it.
        error: What the last step failed with, until a step succeeds or somebody takes it.
    """

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        self.name = name
        self.ending = Event()
        self.error: Exception | None = None
        self._step = step
        self._running = Lock()  # held for the length of a step
        self._state = Condition()  # guards the fields below
        self._thread: Thread | None = None
        self._process = 0  # whose thread it is
        self._again = False
        self._stopping = False
        self._pauses = 0

    @property
    def active(self) -> bool:
        """Whether its thread is at work, or waits for its turn."""
        return self._thread is not None

    def wake(self) -> None:
        """See to it that a step begins after this call, unless the worker is being stopped.

        Where the system gives no thread, that is the worker's ``error``.
        """
        with self._state:
            self._again = not self._stopping
            if self._thread is None and self._again:
                self._start()

    def run(self, step: Callable[[], bool] | None = None) -> bool:
        """Make one step, or another one, in the calling thread after the one that is running."""
        with self._running:
            more = (step or self._step)()
            if more or step is None:
                self.error = None
            return more

    def wait(self, seconds: float) -> bool:
        """Wait for the thread to run out of work; whether it has."""
        with self._state:
            return self._state.wait_for(lambda: self._thread is None, seconds)

    def take_error(self) -> Exception | None:
        """What failed in the background, told once."""
        error, self.error = self.error, None
        return error

    def stop(self) -> None:
        """Abandon the work and wait for the thread to end; ``wake`` begins anew."""
        with self._state:
            self._stopping = True
            self._set_ending()
            self._state.notify_all()
        try:
            with self._state:
                self._state.wait_for(lambda: self._thread is None)
            # Another thread may be making a step, too.
            with self._running:
                pass
        finally:
            with self._state:
                self._stopping = False
                self._set_ending()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A block in which no step runs; the one that does is abandoned."""
        with self._state:
            self._pauses += 1
            self._set_ending()
        try:
            with self._running:
                yield
        finally:
            with self._state:
                self._pauses -= 1
                self._set_ending()
                self._state.notify_all()

    def _start(self) -> None:
        thread = Thread(target=self._run, name=self.name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self.error = Unavailable(
                f"{self.name} cannot begin: {error}", hint="let the process have more threads"
            )
            log.warning("%s", self.error)
            return
        self._thread, self._process = thread, os.getpid()
        # A thread inside native code must not meet the end of the interpreter.
        atexit.register(self._stop_at_exit)

    def _stop_at_exit(self) -> None:
        # A forked process has no thread to wait for, though it looks as if it had.
        if self._process == os.getpid():
            self.stop()

    def _set_ending(self) -> None:
        if self._stopping or self._pauses:
            self.ending.set()
        else:
            self.ending.clear()

    def _run(self) -> None:
        while self._begin():
            try:
                while not self.ending.is_set() and self.run():
                    pass
            except Abandoned:
                self._again = True
            except Conflict as error:
                # Another process writes; it has all that this one has committed.
                log.debug("%s waits: %s", self.name, error)
            except Exception as error:
                self.error = error
                log.warning("%s failed; it will be tried again: %s", self.name, error)

    def _begin(self) -> bool:
        """Whether a step shall run; waits for the end of pauses."""
        with self._state:
            self._state.wait_for(lambda: self._stopping or not self._pauses)
            if self._stopping or not self._again:
                self._thread = None
                atexit.unregister(self._stop_at_exit)
                self._state.notify_all()
                return False
            self._again = False
            return True
