"""Records that could not be read or stored: the first few on stderr, all of them in a file.

Files of unknown type in a folder are no bad records: they are named and counted apart.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Self

import click

from mnemic.api.cli.output import printable
from mnemic.api.cli.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from mnemic.retrieval.ingestion import RecordError

SHOWN = 20


class BadRecords:
    """Counts and reports; call ``note`` for each.

    Attributes:
        count: How many there were.
        first: The first 20 of them.
        skipped: Files that were passed over.

    Args:
        path: Where to write all of them as JSON lines; ``None`` for nowhere.
        quiet: Show none on stderr; the count and the file hold them.
    """

    def __init__(self, path: Path | None, *, quiet: bool = False) -> None:
        self.count = 0
        self.first: list[RecordError] = []
        self.skipped: list[str] = []
        self._path = path
        self._quiet = quiet
        self._file: BinaryIO | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._path is not None:
            self._file = self._stack.enter_context(whole_file(self._path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What was found until an error stopped the run is worth keeping: the file is finished.
        self._stack.close()

    @property
    def quiet(self) -> bool:
        """Whether stderr is kept free, so that an error's problem object stands alone there."""
        return self._quiet

    def say(self, message: str) -> None:
        """Tell people something, unless it has to be quiet."""
        if not self._quiet:
            click.secho(message, fg="yellow", err=True)

    def note(self, error: RecordError) -> None:
        """Report one bad record."""
        self.count += 1
        if self._file is not None:
            self._file.write(json.dumps(asdict(error)).encode() + b"\n")
        if self.count <= SHOWN:
            self.first.append(error)
            self.say(printable(str(error)))
        elif self.count == SHOWN + 1:
            self.say("... further bad records are counted, not shown")

    def skip(self, file: RecordError) -> None:
        """Report one file of a folder that was passed over."""
        self.skipped.append(file.source)
        if len(self.skipped) <= SHOWN:
            self.say(printable(f"skipped {file.source}: {file.message}"))
        elif len(self.skipped) == SHOWN + 1:
            self.say("... further skipped files are counted, not shown")
