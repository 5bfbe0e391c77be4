"""What the library warns of, as one line each on stderr."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mnemic.api.cli.output import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGER = "mnemic"


class Notes(logging.Handler):
    """Shows every warning once, and keeps it.

    Args:
        quiet: Only keep them, so that an error's problem object stands alone on stderr.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.WARNING)
        self._quiet = quiet
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Show one warning."""
        message = record.getMessage()
        if message in self.said:
            return
        self.said.append(message)
        if not self._quiet:
            click.secho(f"note: {printable(message)}", fg="yellow", err=True)


@contextmanager
def shown(*, quiet: bool) -> Iterator[Notes]:
    """Show what is warned of inside the block."""
    notes, logger = Notes(quiet=quiet), logging.getLogger(LOGGER)
    logger.addHandler(notes)
    try:
        yield notes
    finally:
        logger.removeHandler(notes)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Keep what one logger warns of off the screen, where its errors are raised as well."""
    logger = logging.getLogger(name)
    logger.addFilter(_never)
    try:
        yield
    finally:
        logger.removeFilter(_never)


def _never(record: logging.LogRecord) -> bool:
    return record.levelno < logging.WARNING


def said() -> list[str]:
    """What the running command has warned of so far, for its JSON."""
    handlers = logging.getLogger(LOGGER).handlers
    return [line for handler in handlers if isinstance(handler, Notes) for line in handler.said]
