"""How far a long command has come, on stderr: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINE_SECONDS = 5.0
BAR_SECONDS = 0.1


class Progress:
    """Counts towards a total and says how long the rest will take.

    Args:
        total: What will be done at the end, in any unit; 0 when unknown.
        unit: What ``records`` counts.
        quiet: Say nothing where stderr is no terminal, so that only errors stand there.
        speed: Say how many records there are a second.
        waiting: What is said while there is no total and nothing is done.
        clock: Tells seconds.
    """

    def __init__(
        self,
        *,
        total: int,
        unit: str,
        quiet: bool = False,
        speed: bool = False,
        waiting: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._unit = unit
        self._quiet = quiet
        self._speed = speed
        self._waiting = waiting
        self._clock = clock
        self._started = self._shown = clock()
        self._first: int | None = None
        self._first_records = 0
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._start_bar()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, *, records: int, total: int | None = None) -> None:
        """Report progress; cheap enough to be called for every record.

        Args:
            done: How much of the total is done.
            records: How many records that were.
            total: The total, where it has become known or has grown.
        """
        self._total = self._total if total is None else total
        now = self._clock()
        idle = not (done or self._total)
        if self._first is None or idle:
            # What an earlier, interrupted run did tells nothing about the speed of this one, and
            # neither does a wait before the first record.
            self._first, self._first_records, self._started = done, records, now
        if now - self._shown < (LINE_SECONDS if self._bar is None else BAR_SECONDS):
            return
        self._shown = now
        if self._bar is not None and self._task is not None:
            label = ", ".join(self._begun(records, now, idle=idle))
            self._bar.update(
                self._task, completed=done, total=self._total or None, description=label
            )
        elif not self._quiet:
            click.echo(self._line(done, records, now, idle=idle), err=True)

    def _begun(self, records: int, now: float, *, idle: bool) -> list[str]:
        if idle and self._waiting:
            return [self._waiting]
        return [f"{records:,} {self._unit}", *self._pace(records, now)]

    def _line(self, done: int, records: int, now: float, *, idle: bool) -> str:
        parts = self._begun(records, now, idle=idle)
        moved = done - (self._first or 0)
        if self._total and moved > 0:
            left = (self._total - done) * (now - self._started) / moved
            parts += [f"{done / self._total:.0%}", f"{max(left, 0):,.0f} s left"]
        return ", ".join(parts)

    def _pace(self, records: int, now: float) -> list[str]:
        moved = records - self._first_records
        if not self._speed or moved <= 0 or now <= self._started:
            return []
        return [f"{moved / (now - self._started):,.0f} a second"]

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = bar.add_task(self._unit, total=self._total or None)
        bar.start()
        self._bar = bar
