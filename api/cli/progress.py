"""How far a long command has come, on stderr: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
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
    """

    def __init__(self, *, total: int, unit: str, quiet: bool = False) -> None:
        self._total = total
        self._unit = unit
        self._quiet = quiet
        self._started = self._shown = time.monotonic()
        self._first: int | None = None
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

    def update(self, done: int, *, records: int) -> None:
        """Report progress; cheap enough to be called for every record.

        Args:
            done: How much of the total is done.
            records: How many records that were.
        """
        if self._first is None:
            # What an earlier, interrupted run did tells nothing about the speed of this one.
            self._first = done
        now = time.monotonic()
        if now - self._shown < (LINE_SECONDS if self._bar is None else BAR_SECONDS):
            return
        self._shown = now
        if self._bar is not None and self._task is not None:
            label = f"{records:,} {self._unit}"
            self._bar.update(self._task, completed=done, description=label)
        elif not self._quiet:
            click.echo(self._line(done, records, now), err=True)

    def _line(self, done: int, records: int, now: float) -> str:
        parts = [f"{records:,} {self._unit}"]
        moved = done - (self._first or 0)
        if self._total and moved > 0:
            left = (self._total - done) * (now - self._started) / moved
            parts += [f"{done / self._total:.0%}", f"{max(left, 0):,.0f} s left"]
        return ", ".join(parts)

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
