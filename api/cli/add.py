"""mnemic add: files and folders into a collection, streamed, durable batch by batch."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import background, encoding, options
from mnemic.api.cli.output import counted, emit, printable
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from mnemic.api.cli.loading import Load
    from mnemic.api.cli.options import Target
    from mnemic.sdk import Database

WORDS_ALONE = (
    "searched by words alone; for meaning as well: mnemic models pull minilm, "
    "then: {command} --encoder minilm"
)
FORMATS = (
    *("auto", "beir", "jsonl", "csv", "tsv", "parquet"),
    *("text", "markdown", "html", "pdf", "docx"),
)


@click.command(
    epilog=options.examples(
        "mnemic add ./data --collection papers corpus.jsonl",
        "mnemic add ./data --collection notes ~/notes --language german",
        "mnemic add ./data --collection rows table.csv --id-field key --text-field body",
        "zcat big.jsonl.gz | mnemic add ./data --collection big -",
    )
)
@options.target
@click.argument(
    "sources",
    metavar="FILE_OR_FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
)
@options.collection()
@options.reading(FORMATS)
@click.option(
    "--on-duplicate",
    type=click.Choice(["replace", "skip", "error"]),
    default="replace",
    show_default=True,
    help="When an id exists; replace skips documents that have not changed.",
)
@click.option("--language", metavar="NAME", help="Of a new collection; default: english.")
@options.encoder
@click.option("--no-encode", is_flag=True, help="Leave the vectors to mnemic reindex.")
@click.option("--strict", is_flag=True, help="Exit with 4 when any record was bad.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="How long to wait for another writer.",
)
@click.option(
    "--errors",
    "error_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every bad record to FILE, one JSON object a line.",
)
@options.as_json
def add(
    target: Target,
    *,
    encoders: tuple[str, ...],
    no_encode: bool,
    error_file: Path | None,
    as_json: bool,
    strict: bool,
    wait: float,
    **job: Any,
) -> None:
    """Add documents from files and folders, making the collection if there is none.

    Reads BEIR folders, JSONL, CSV, TSV, Parquet, text, Markdown, HTML, PDF and DOCX; "-" is JSONL
    from stdin.
    Every batch is durable when the next one starts. Then documents get vectors, by the encoders
    that the collection was made with: --encoder, or minilm where it has been pulled. After an
    interruption, the same command goes on where it stopped. Bad records are reported and left out;
    when nothing could be read, the exit code is 4.
    """
    from mnemic.api.cli.bad_records import SHOWN, BadRecords
    from mnemic.api.cli.loading import Load
    from mnemic.retrieval.ingestion.sources import SUPPORTED

    began = time.perf_counter()
    load = Load(**job, encoder=options.wanted_encoders(encoders) if encoders else "default")
    load.total()
    with (
        BadRecords(error_file, quiet=as_json) as bad,
        target.database(create=True, wait=wait) as database,
    ):
        new = load.name not in database
        report = load.run(database, bad)
        vectors = _encoded(database, load, folder=target.folder, later=no_encode, quiet=as_json)
        answer = {
            "collection": load.name,
            **asdict(report.report),
            "records": report.records,
            "resumed_at": report.resumed_at,
            "without_text": report.empty,
            "errors": bad.count,
            "first_errors": [asdict(each) for each in bad.first],
            "skipped_files": len(bad.skipped),
            "first_skipped": bad.skipped[:SHOWN],
            **vectors,
            "seconds": round(time.perf_counter() - began, 3),
        }
    _tell(answer, as_json=as_json)
    if new and not encoders and vectors["documents"] and not vectors["encoders"]:
        bad.say(WORDS_ALONE.format(command=encoding.goes_on(target.folder, load.name)))
    if not (report.records or bad.count or bad.skipped):
        bad.say(f"nothing to read was found in {printable(load.places)}")
    if report.empty:
        bad.say(f"warning: {counted(report.empty, 'document')} without text")
    if bad.count and (strict or report.records == report.refused):
        raise InvalidInput(
            counted(bad.count, "bad record"), hint="--errors FILE lists all of them."
        )
    if bad.skipped and not report.records:
        raise InvalidInput(
            f"nothing was read; {counted(len(bad.skipped), 'file')} skipped", hint=SUPPORTED
        )
    if bad.skipped:
        bad.say(f"{counted(len(bad.skipped), 'file')} of unknown type skipped")
    if bad.count:
        bad.say(f"warning: {counted(bad.count, 'bad record')} left out")


def _encoded(
    database: Database, load: Load, *, folder: Path, later: bool, quiet: bool
) -> dict[str, Any]:
    """Encode what waits, and say what the collection has now."""
    if load.name not in database:
        return {"documents": 0, "encoded": 0, "pending": 0, "encoders": [], "tokens": []}
    collection, done = database.collection(load.name), 0
    if not later and encoding.waits(collection.stats()):
        left = partial(encoding.left, collection, folder)
        unit = f"documents {encoding.made(collection.stats())}"
        done = encoding.encode(collection, collection.embed, left=left, quiet=quiet, unit=unit)
    background.settle(collection, quiet=quiet)
    stats = collection.stats()
    return {"documents": stats.documents, "encoded": done, **encoding.state(stats)}


def _tell(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(answer)
        return
    done = ", ".join(
        f"{answer[key]:,} {label}"
        for key, label in (
            ("added", "added"),
            ("replaced", "replaced"),
            ("skipped", "skipped"),
            ("same_content", "with the text of another"),
        )
    )
    total = counted(answer["documents"], "document")
    if answer["encoded"]:
        done += f", {answer['encoded']:,} {_made(len(answer['encoders']), len(answer['tokens']))}"
    if answer["pending"]:
        total += f", {answer['pending']:,} waiting for vectors,"
    click.echo(f"{done}; {total} in {printable(answer['collection'])} ({answer['seconds']:.1f} s)")


def _made(encoders: int, tokenizers: int) -> str:
    """What was done to documents; each counts once for everyone who did it."""
    if not encoders:
        return "tokenised"
    if tokenizers:
        by = f"{counted(encoders, 'encoder')} and {counted(tokenizers, 'tokenizer')}"
        return f"encoded (by {by})"
    return "encoded" + (f" (by {encoders} encoders)" if encoders > 1 else "")
