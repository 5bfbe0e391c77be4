"""Encoding in the foreground: how far it is, and what is left when it is stopped."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes
from mnemic.api.cli.output import counted, printable, size
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
    left: Callable[[], str],
    quiet: bool,
    unit: str = "documents encoded",
) -> int:
    """Do encoding work with progress on stderr.

    Args:
        collection: Whose documents are encoded.
        work: ``collection.embed``, or a ``reindex``; told where to report.
        left: What is said after an interruption: what waits, and the command that goes on.
        quiet: Keep stderr free where it is no terminal.
        unit: What is counted.

    Returns:
        How many documents were encoded, each counted once an encoder.
    """
    seen = 0
    bar = Progress(total=0, unit=unit, quiet=quiet, speed=True, waiting=WAITING)
    with bar as progress, notes.without(EMBEDDING):

        def report(done: int, total: int) -> None:
            nonlocal seen
            seen = done
            progress.update(done, records=done, total=total)

        try:
            work(report)
        except BaseException:
            if not quiet and (waiting := left()):
                click.secho(waiting, fg="yellow", err=True)
            raise
    return seen


def state(stats: CollectionStats) -> dict[str, Any]:
    """What JSON says about a collection's vectors and tokens."""
    return {
        "pending": stats.pending,
        "encoders": [asdict(item) for item in stats.encoders],
        "tokens": [asdict(item) for item in stats.tokens],
    }


def waits(stats: CollectionStats) -> bool:
    """Whether documents wait for vectors or tokens."""
    return bool(stats.pending or any(item.pending for item in stats.tokens))


def made(stats: CollectionStats) -> str:
    """What is done to documents that wait: ``tokenised`` where there are only tokens to make."""
    return "tokenised" if stats.tokens and not stats.encoders else "encoded"


def summary(stats: CollectionStats) -> str:
    """What people are told about a collection's vectors: which, of how many passages."""
    return "; ".join(
        f"{vectors(item.role)} of {counted(item.passages, 'passage')} by {printable(item.model)}"
        for item in stats.encoders
    )


def token_summary(stats: CollectionStats) -> str:
    """What people are told about a collection's tokens."""
    return "; ".join(
        f"{tokens(item.role)} of {counted(item.documents, 'document')} by {printable(item.model)} "
        f"({counted(item.tokens, 'token')}, {size(item.bytes)})"
        for item in stats.tokens
    )


def tokens(role: str) -> str:
    """What people call tokens of a role, as ``vectors`` does."""
    from mnemic.retrieval.vectors.track import NEXT

    return "new tokens, not searched yet," if role.endswith(NEXT) else "tokens"


def vectors(role: str) -> str:
    """What people call vectors of a role; those that are made beside the ones in use are new."""
    from mnemic.retrieval.vectors.track import NEXT

    if role.endswith(NEXT):
        return f"new {role.removesuffix(NEXT)} vectors, not searched yet,"
    return f"{role} vectors"


def goes_on(folder: Path, name: str) -> str:
    """The command that encodes what waits."""
    return shlex.join(["mnemic", "reindex", str(folder), "--collection", name])


def left(collection: Collection, folder: Path) -> str:
    """What waits, and the command that goes on; empty when nothing does."""
    stats = collection.stats()
    if not stats.pending:
        return ""
    return (
        f"{counted(stats.documents, 'document')} stored and found by words, {stats.pending:,} of "
        f"them without vectors; the same command goes on, or: {goes_on(folder, collection.name)}"
    )
