"""A merge that stands still at a chosen file until it is let go, or has to end."""

from __future__ import annotations

from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING

from mnemic.errors import Conflict
from mnemic.indexes.storage import faults
from mnemic.retrieval.collections.pacing import Abandoned

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection

POINT = "write.before"
FILES = 4
"""A merge writes so many files without a lock; whoever waits then keeps nobody else waiting."""


class HeldMerge:
    """Begins the next merge of a collection and stops before one of its files.

    Args:
        collection: Its merges must be due, or the merge ends at once.
        file: Before which of its files, from 1.

    Attributes:
        merged: Whether it came to its end with a merge; ``None`` while it has not ended.
        error: What it ended with instead.
    """

    def __init__(self, collection: Collection, *, file: int = FILES) -> None:
        self._worker = collection._writer._background._merger
        self._left = file
        self._reached, self._released = Event(), Event()
        self._thread = Thread(target=self._run, name="held merge")
        self.merged: bool | None = None
        self.error: Exception | None = None
        faults.install(POINT, self._hold)
        self._thread.start()
        self._reached.wait()

    def release(self) -> None:
        """Let it go on, and wait for its end."""
        self._released.set()
        self._thread.join()
        faults.reset()

    def _hold(self) -> None:
        if current_thread() is not self._thread:
            return
        self._left -= 1
        if self._left == 0:
            self._reached.set()
            while not (self._released.wait(0.001) or self._worker.ending.is_set()):
                pass

    def _run(self) -> None:
        try:
            self.merged = self._worker.run()
        except (Abandoned, Conflict) as error:
            self.error = error
        finally:
            self._reached.set()
