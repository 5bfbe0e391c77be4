"""Several requests at once: results in order, and the first failure stops the rest."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class Stopped(Exception):
    """A call was given up because another one failed."""


def gather(calls: Sequence[Callable[[Event], T]], *, workers: int) -> list[T]:
    """Run calls in threads.

    Args:
        calls: Each gets an event that is set when its result is no longer wanted; a call that then
            gives up raises :class:`Stopped`.
        workers: Most calls at the same time.

    Returns:
        One result a call, in order.

    Raises:
        Exception: That of the first call, in order, that failed by itself.
    """
    stop = Event()

    def run(call: Callable[[Event], T]) -> T:
        try:
            return call(stop)
        except BaseException:
            stop.set()  # here and not below, or a free worker would begin another call first
            raise

    if len(calls) == 1:
        return [calls[0](stop)]
    with ThreadPoolExecutor(max(1, min(workers, len(calls)))) as pool:
        futures = [pool.submit(run, call) for call in calls]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            # Also when the caller is interrupted: nothing more is sent.
            stop.set()
            for future in futures:
                future.cancel()
    done = [future for future in futures if not future.cancelled()]
    errors = [error for future in done if (error := future.exception()) is not None]
    for error in errors:
        if not isinstance(error, Stopped):
            raise error
    return [future.result() for future in futures]
