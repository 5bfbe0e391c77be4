"""Calls side by side: in order, and no more after the first failure."""

from __future__ import annotations

from functools import partial
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from tests.endpoint_server import failing

from mnemic.errors import NotFound
from mnemic.llm.http.gathering import Stopped, gather

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.endpoint_server import EndpointServer


def fail(message: str, stop: Event) -> NoReturn:
    raise ValueError(message)


@pytest.mark.parametrize("workers", [1, 2, 16])
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_results_come_in_order(workers: int, count: int) -> None:
    calls: list[Callable[[Event], int]] = [partial(lambda n, stop: n, n) for n in range(count)]
    assert gather(calls, workers=workers) == list(range(count))


def test_nothing_is_begun_after_a_failure() -> None:
    begun: list[int] = []
    later = [partial(lambda n, stop: begun.append(n), n) for n in range(5)]
    calls: list[Callable[[Event], None]] = [partial(fail, "first"), *later]
    with pytest.raises(ValueError, match="first"):
        gather(calls, workers=1)
    # One worker may have taken the next call before the others were cancelled.
    assert begun in ([], [0])


def test_those_under_way_are_told_to_stop() -> None:
    both = Barrier(2, timeout=30)

    def patient(stop: Event) -> NoReturn:
        both.wait()
        assert stop.wait(30)
        raise Stopped

    def broken(stop: Event) -> NoReturn:
        both.wait()
        fail("second", stop)

    with pytest.raises(ValueError, match="second"):
        gather([patient, broken], workers=2)


def test_a_wait_between_attempts_ends_when_nobody_wants_the_answer(
    connect: Any, server: EndpointServer
) -> None:
    both = Barrier(2, timeout=30)
    server.hold = both.wait
    # One of the two is told to wait for long, the other fails for good.
    server.faults.extend([failing(429, retry_after="100"), failing(404, "no such model")])
    with pytest.raises(NotFound, match="no such model"):
        connect(batch_texts=1, concurrency=2).embeddings("tiny", ["a", "b"])
