"""Keeping transformers from drawing bars and tables while a model is loaded."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Switches:
    """The process's switches: whoever comes first turns them off, the last one back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._before = (0, False)

    def turn_off(self, logging: Any) -> None:
        with self._lock:
            if not self._users:
                self._before = (logging.get_verbosity(), logging.is_progress_bar_enabled())
                logging.disable_progress_bar()
                logging.set_verbosity(logging.CRITICAL)
            self._users += 1

    def turn_back(self, logging: Any) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            level, shown = self._before
            logging.set_verbosity(level)
            if shown:
                logging.enable_progress_bar()


_switches = _Switches()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers, in all threads; what its tables warn of is an error here.

    Raises:
        Unsupported: transformers is not installed.
    """
    logging = extra("transformers").utils.logging
    _switches.turn_off(logging)
    try:
        yield
    finally:
        _switches.turn_back(logging)
