"""mnemic doctor: is this machine fit, and do the files hold what was written?"""

from __future__ import annotations

import logging
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnemic.api.cli import background, encoding, health, options
from mnemic.api.cli.health import Check, State
from mnemic.api.cli.inspect import fault
from mnemic.api.cli.output import counted, emit, printable
from mnemic.api.errors import CORRUPT, FAILED, exit_code
from mnemic.errors import (
    DimensionMismatch,
    FormatTooNew,
    IndexCorrupt,
    MnemicError,
    NotFound,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.sdk import Collection, Database

CATALOGUE = "catalogue.sqlite"
BACKUP = "Restore the catalogue from a backup."
REPAIR = "'mnemic doctor DIR --repair' makes the segments anew from the catalogue."
log = logging.getLogger(__name__)
# Searches look into each of them.
MANY_SEGMENTS = 16
COLOURS = {"ok": "green", "repaired": "green", "warning": "yellow"}


@click.command(
    epilog=options.examples(
        "mnemic doctor",
        "mnemic doctor ./data --json",
        "mnemic doctor ./data --repair",
    )
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Make damaged segments anew from the catalogue.")
@click.option("--catalogue", metavar="URL", help="PostgreSQL URL instead of SQLite.")
@options.as_json
def doctor(folder: Path | None, *, repair: bool, catalogue: str | None, as_json: bool) -> None:
    """Check this machine and, with DIR, every file of a data folder.

    Exits with 5 when a file is damaged or newer than this mnemic, and with 1 when something else
    does not work.
    """
    checks = list(health.environment())
    if folder is not None:
        if not folder.exists():
            raise NotFound(f"{folder} does not exist", hint="Name the data folder.")
        checks += health.folder(folder)
        checks += _data(options.Target(folder, None, catalogue), repair=repair)
    states = {check.state for check in checks}
    if as_json:
        bad = states & {"failed", "corrupt"}
        emit({"ok": not bad, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            _show(check)
    click.get_current_context().exit(
        CORRUPT if "corrupt" in states else FAILED if "failed" in states else 0
    )


def _data(target: options.Target, *, repair: bool) -> Iterator[Check]:
    try:
        with target.database() as database:
            names = database.collections()
            yield Check("catalogue", "ok", counted(len(names), "collection"))
            for name in names:
                yield _collection(database, name, repair=repair)
                yield from _merges(database, name, target.folder)
                yield from _vectors(database, name, target.folder)
                yield from _tokens(database, name, target.folder)
    except NotFound:
        raise
    except MnemicError as error:
        yield _failed("catalogue", error)


def _collection(database: Database, name: str, *, repair: bool) -> Check:
    title = f"collection {name}"
    try:
        collection = database.collection(name)
        problems = _problems(collection)
        if any(CATALOGUE in problem for problem in problems):
            # Rebuilding from a damaged catalogue would lose what the segments still hold.
            return Check(title, "corrupt", "; ".join(problems), BACKUP)
        state: State = "corrupt" if problems else "warning"
        problems = problems or _missing(collection)
        if not problems:
            return Check(title, "ok", counted(len(collection), "document"))
        if not repair:
            return Check(title, state, "; ".join(problems), REPAIR)
        collection.rebuild()
        left = collection.verify()
    except MnemicError as error:
        return _failed(title, error)
    if left:
        return Check(title, "corrupt", "; ".join(left), "Restore a backup.")
    return Check(
        title, "repaired", f"{counted(len(collection), 'document')}; was: {'; '.join(problems)}"
    )


def _merges(database: Database, name: str, folder: Path) -> Iterator[Check]:
    """Whether far more segments are there than there shall be, or merging them has failed."""
    try:
        stats = database.collection(name).stats()
        merges = stats.merges
        if merges.error or merges.excess >= MANY_SEGMENTS:
            many = f"{counted(stats.segments, 'segment')}, {merges.excess:,} of them to be merged"
            detail = "; ".join(filter(None, [many, background.left(merges), merges.error]))
            command = shlex.join(["mnemic", "compact", str(folder), "--collection", name])
            yield Check(f"segments of {name}", "warning", detail, command)
    except MnemicError as error:
        # The check of the collection has said so already.
        log.debug("no segments of %r can be looked at: %s", name, error)


def _vectors(database: Database, name: str, folder: Path) -> Iterator[Check]:
    """How far the vectors are, and whether questions can be encoded for them."""
    try:
        collection = database.collection(name)
        for item in collection.stats().encoders:
            title = f"{encoding.vectors(item.role)} of {name}"
            detail = f"{item.model}, {counted(item.passages, 'passage')}"
            command = encoding.goes_on(folder, name)
            if error := fault(collection, item.role):
                cure = error.hint.replace(" DIR ", f" {shlex.quote(str(folder))} ")
                yield Check(title, "warning", f"{detail}; {error.message}", cure)
            elif item.pending:
                waiting = f"{counted(item.pending, 'document')} without"
                yield Check(title, "warning", f"{detail}; {waiting}", command)
            else:
                yield Check(title, "ok", detail)
    except MnemicError as error:
        # The check of the collection has said so already.
        log.debug("no vectors of %r can be looked at: %s", name, error)


def _tokens(database: Database, name: str, folder: Path) -> Iterator[Check]:
    """How far the tokens are, and whether their tokenizer is here."""
    try:
        collection = database.collection(name)
        for item in collection.stats().tokens:
            title = f"{encoding.tokens(item.role)} of {name}"
            detail = f"{item.model}, {counted(item.tokens, 'token')}"
            if error := _token_fault(collection):
                cure = error.hint.replace(" DIR ", f" {shlex.quote(str(folder))} ")
                yield Check(title, "warning", f"{detail}; {error.message}", cure)
            elif item.pending:
                waiting = f"{counted(item.pending, 'document')} without"
                command = encoding.goes_on(folder, name)
                yield Check(title, "warning", f"{detail}; {waiting}", command)
            else:
                yield Check(title, "ok", detail)
    except MnemicError as error:
        # The check of the collection has said so already.
        log.debug("no tokens of %r can be looked at: %s", name, error)


def _token_fault(collection: Collection) -> MnemicError | None:
    try:
        collection.check_tokenizer()
    except MnemicError as error:
        return error
    return None


def _problems(collection: Collection) -> list[str]:
    try:
        return collection.verify()
    except (IndexCorrupt, FormatTooNew, DimensionMismatch) as error:
        return [error.message]


def _missing(collection: Collection) -> list[str]:
    from mnemic.retrieval.collections.writer import FLUSH_DOCUMENTS

    stats = collection.stats()
    if stats.ngram_missing:
        documents = counted(stats.ngram_missing, "document")
        return [f"the substrings of {documents} are not on disk, but indexed anew in each process"]
    if stats.generation or stats.tail <= FLUSH_DOCUMENTS:
        return []
    documents = counted(stats.tail, "document")
    return [f"no MANIFEST.json: {documents} are replayed from the catalogue at each open"]


def _failed(name: str, error: MnemicError) -> Check:
    corrupt = exit_code(error) == CORRUPT
    hint = BACKUP if isinstance(error, IndexCorrupt) and CATALOGUE in error.message else error.hint
    return Check(name, "corrupt" if corrupt else "failed", error.message, hint)


def _show(check: Check) -> None:
    mark = click.style(f"{check.state:>8}", fg=COLOURS.get(check.state, "red"))
    click.echo(f"{mark}  {printable(check.name)}: {printable(check.detail)}")
    if check.hint and check.state != "ok":
        click.echo(f"{'':>8}  {printable(check.hint)}")
