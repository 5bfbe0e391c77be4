"""A word on stderr about work that takes longer than one expects."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 1.0
FILTERED = "with a filter, every occurrence is looked at; Ctrl-C stops it"


@contextmanager
def told(why: str, *, quiet: bool) -> Iterator[None]:
    """Say why the work inside takes so long, once it has taken a second.

    Args:
        why: What is said.
        quiet: Say nothing where stderr is no terminal, so that only errors stand there.
    """
    if quiet and not sys.stderr.isatty():
        yield
        return
    said = threading.Lock()

    def say() -> None:
        if said.acquire(blocking=False):
            click.echo(f"note: {why}", err=True)

    timer = threading.Timer(SECONDS, say)
    timer.daemon = True
    began = time.monotonic()
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if time.monotonic() - began >= SECONDS:
            say()
