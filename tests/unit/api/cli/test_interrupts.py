from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from mnemic.api.cli.interrupts import Interrupts

if TYPE_CHECKING:
    from collections.abc import Callable


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def batch(*steps: Callable[[], object], after: Callable[[], object] = lambda: None) -> None:
    with Interrupts() as interrupts:
        with interrupts.held():
            for step in steps:
                step()
        after()


def test_what_is_held_is_finished_first() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        batch(press, lambda: done.append("written"), after=lambda: done.append("next"))
    assert done == ["written"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt):
        batch(press, press, lambda: pytest.fail("it waited"))


def test_between_batches_it_is_immediate() -> None:
    with pytest.raises(KeyboardInterrupt):
        batch(after=press)


def test_an_error_of_the_work_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        batch(press, lambda: 1 // 0)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        batch(press, after=press)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_leave_signals_alone() -> None:
    done: list[str] = []
    thread = threading.Thread(target=batch, args=(lambda: done.append("written"),))
    thread.start()
    thread.join()
    assert done == ["written"]
