"""Named points before and after every durable step, where a test can stop or break the process.

The table holds a no-op for each point, so production code pays one dictionary look-up per step.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POINTS: tuple[str, ...] = (
    "write.before",
    "write.partial",
    "write.written",
    "write.synced",
    "write.renamed",
    "replace.before",
    "replace.written",
    "replace.synced",
    "replace.renamed",
    "replace.done",
    "sync.before",
    "sync.done",
    "commit.before",
    "commit.checked",
    "commit.done",
    "sweep.before",
    "delete.before",
    "delete.done",
    "sweep.done",
)


def _nothing() -> None:
    """What happens at a point that no test has claimed."""


_hooks: dict[str, Callable[[], None]] = dict.fromkeys(POINTS, _nothing)


def reached(point: str) -> None:
    """Say that the process stands at a point; runs the hook that a test has put there.

    Raises:
        KeyError: The point is not listed in ``POINTS``.
    """
    _hooks[point]()


def install(point: str, hook: Callable[[], None]) -> None:
    """Run ``hook`` whenever the point is reached, until ``reset``.

    Raises:
        InvalidInput: The point does not exist.
    """
    if point not in _hooks:
        raise InvalidInput(f"unknown fault point {point!r}", hint=f"known are {', '.join(POINTS)}")
    _hooks[point] = hook


def reset() -> None:
    """Take all hooks away."""
    _hooks.update(dict.fromkeys(POINTS, _nothing))


@contextmanager
def injected(point: str, hook: Callable[[], None]) -> Iterator[None]:
    """Run ``hook`` at the point inside a ``with`` block.

    Raises:
        InvalidInput: The point does not exist.
    """
    install(point, hook)
    try:
        yield
    finally:
        _hooks[point] = _nothing
