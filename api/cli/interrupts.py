"""Ctrl-C between batches: a batch that is being written is finished first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType


class Interrupts:
    """While this block runs, Ctrl-C waits for the end of ``held``; a second one does not wait.

    Outside ``held`` Ctrl-C raises ``KeyboardInterrupt`` at once, as it always does. Where it is
    ignored (``nohup``, jobs of a script in the background) it stays so. Only the main thread gets
    signals: in any other, nothing changes.
    """

    def __init__(self) -> None:
        self._held = False
        self._pending = False
        self._before: Any = None

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._caught)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Work that Ctrl-C does not cut in two.

        Raises:
            KeyboardInterrupt: It was pressed meanwhile; the work is done.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending:
            raise KeyboardInterrupt

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self._held and not self._pending:
            self._pending = True
            return
        raise KeyboardInterrupt
