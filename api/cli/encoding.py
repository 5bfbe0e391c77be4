"""Encoding in the foreground: how far it is, and what is left when it is stopped."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes
from mnemic.api.cli.output import counted, printable
from mnemic.api.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mnemic.retrieval.collections import CollectionStats
    from mnemic.sdk import Collection

# Who waits for the job gets its error; nobody needs to read it twice.
EMBEDDING = "mnemic.retrieval.collections.embedding"
# A killed process holds its lease for some seconds more.
WAITING = "waiting for another process that encodes, or was stopped at it a moment ago"


def encode(
    collection: Collection,
    work: Callable[[Callable[[int, int], None]], None],
    *,
    folder: Path,
    quiet: bool,
) -> int:
    """Do encoding work with progress on stderr.

    Args:
        collection: Whose documents are encoded.
        work: ``collection.embed``, or a ``reindex``; told where to report.
        folder: The database, for the command that goes on after an interruption.
        quiet: Keep stderr free where it is no terminal.

    Returns:
        How many documents were encoded, each counted once an encoder.
    """
    seen = 0
    unit = "documents encoded"
    bar = Progress(total=0, unit=unit, quiet=quiet, speed=True, waiting=WAITING)
    with bar as progress, notes.without(EMBEDDING):

        def report(done: int, total: int) -> None:
            nonlocal seen
            seen = done
            progress.update(done, records=done, total=total)

        try:
            work(report)
        except BaseException:
            if not quiet and (left := _left(collection, folder)):
                click.secho(left, fg="yellow", err=True)
            raise
    return seen


def state(stats: CollectionStats) -> dict[str, Any]:
    """What JSON says about a collection's vectors."""
    return {"pending": stats.pending, "encoders": [asdict(item) for item in stats.encoders]}


def summary(stats: CollectionStats) -> str:
    """What people are told about a collection's vectors: which, of how many passages."""
    return "; ".join(
        f"{vectors(item.role)} of {counted(item.passages, 'passage')} by {printable(item.model)}"
        for item in stats.encoders
    )


def vectors(role: str) -> str:
    """What people call vectors of a role; those that are made beside the ones in use are new."""
    from mnemic.retrieval.vectors.track import NEXT

    if role.endswith(NEXT):
        return f"new {role.removesuffix(NEXT)} vectors, not searched yet,"
    return f"{role} vectors"


def goes_on(folder: Path, name: str) -> str:
    """The command that encodes what waits."""
    return shlex.join(["mnemic", "reindex", str(folder), "--collection", name])


def _left(collection: Collection, folder: Path) -> str:
    """What waits, and the command that goes on; empty when nothing does."""
    stats = collection.stats()
    if not stats.pending:
        return ""
    return (
        f"{counted(stats.documents, 'document')} stored and found by words, {stats.pending:,} of "
        f"them without vectors; the same command goes on, or: {goes_on(folder, collection.name)}"
    )
