"""mnemic add: files and folders into a collection, streamed, durable batch by batch."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import counted, emit, printable
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target

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
    target: Target, *, error_file: Path | None, as_json: bool, strict: bool, wait: float, **job: Any
) -> None:
    """Add documents from files and folders, making the collection if there is none.

    Reads BEIR folders, JSONL, CSV, TSV, Parquet, text, Markdown, HTML, PDF and DOCX; "-" is JSONL
    from stdin.
    Every batch is durable when the next one starts. After an interruption, the same command goes
    on where it stopped. Bad records are reported and left out; when nothing could be read, the
    exit code is 4.
    """
    from mnemic.api.cli.bad_records import SHOWN, BadRecords
    from mnemic.api.cli.loading import Load
    from mnemic.retrieval.ingestion.sources import SUPPORTED

    began = time.perf_counter()
    load = Load(**job)
    load.total()
    with (
        BadRecords(error_file, quiet=as_json) as bad,
        target.database(create=True, wait=wait) as database,
    ):
        report = load.run(database, bad)
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
            "documents": len(database.collection(load.name)) if load.name in database else 0,
            "seconds": round(time.perf_counter() - began, 3),
        }
    _tell(answer, as_json=as_json)
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
    click.echo(f"{done}; {total} in {printable(answer['collection'])} ({answer['seconds']:.1f} s)")
