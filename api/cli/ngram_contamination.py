"""mnemic ngram contamination: how much of a test set stands in the corpus."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes, options
from mnemic.api.cli.bad_records import BadRecords
from mnemic.api.cli.ngram_corpus import corpus_of
from mnemic.api.cli.output import console, counted, emit, printable
from mnemic.api.cli.progress import Progress
from mnemic.api.cli.whole_file import whole_file
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.eval.testsets import TestSet
    from mnemic.retrieval.ngram.contamination import Contamination
    from mnemic.retrieval.ngram.corpus import Corpus
    from mnemic.retrieval.ngram.opening import Level

PATH = click.Path(path_type=Path)
_SHOWN = 10


@click.command(
    epilog=options.examples(
        "mnemic ngram contamination ./data -c papers questions.jsonl",
        "mnemic ngram contamination ./data -c papers test.jsonl --n 8 --n 13 --out report.html",
        "mnemic ngram contamination ./data -c papers squad.jsonl --field question --field answer",
        "mnemic ngram contamination ./data -c papers scifact --json | jq .share",
    )
)
@options.target
@click.argument("testset", metavar="TESTSET", type=PATH)
@options.collection()
@click.option(
    "--n",
    "sizes",
    metavar="N",
    multiple=True,
    type=click.IntRange(1),
    default=(13,),
    show_default=True,
    help="Tokens (or words) of an n-gram; may be repeated, the first one orders the items.",
)
@click.option(
    "--field",
    "fields",
    metavar="NAME",
    multiple=True,
    help="Field with a text of the item; may be repeated. Default: text, question, query, ...",
)
@click.option(
    "--level",
    type=click.Choice(["auto", "tokens", "bytes"]),
    default="auto",
    show_default=True,
    help="Compare tokens, or words by their bytes; auto: tokens where all documents have them.",
)
@click.option(
    "--top",
    metavar="ITEMS",
    type=click.IntRange(0),
    default=1_000,
    show_default=True,
    help="How many of the most contaminated items the answer names.",
)
@click.option("--out", type=PATH, metavar="FILE", help="Write an HTML report.")
@click.option("--items", "items_file", type=PATH, metavar="FILE", help="Write a line per item.")
@click.option("--errors", type=PATH, metavar="FILE", help="Write every bad line as a JSON line.")
@options.as_json
def contamination(
    target: Target,
    testset: Path,
    *,
    name: str,
    sizes: tuple[int, ...],
    fields: tuple[str, ...],
    level: Level,
    top: int,
    out: Path | None,
    items_file: Path | None,
    errors: Path | None,
    as_json: bool,
) -> None:
    """Say which n-grams of the items in TESTSET (JSON lines) stand in the documents, and where."""
    from mnemic.eval.testsets import TestSet, file_of

    began = time.perf_counter()
    about = {"collection": name, "test set": str(testset), "fields": ", ".join(fields) or "usual"}
    # Opened first, so that no long run is lost for want of a place.
    writing = nullcontext() if out is None else whole_file(out)
    with target.collection(name) as papers, BadRecords(errors, quiet=as_json) as bad, writing as to:
        read = TestSet(file_of(testset), fields, bad.note)
        corpus = corpus_of(papers, level, target)
        report = _measured(corpus, read, sizes, top=top, items_file=items_file, quiet=as_json)
        if not report.count:
            raise _no_items(testset, bad)
        if to is not None:
            to.write(_page(report, {**about, "bad lines": str(bad.count)}))
    if as_json:
        emit(
            {
                "collection": name,
                "testset": str(testset),
                **report.to_json(),
                "pending": corpus.pending,
                "errors": bad.count,
                "first_errors": [asdict(each) for each in bad.first],
                "notes": notes.said(),
                "seconds": round(time.perf_counter() - began, 3),
            }
        )
    else:
        _show(report, out, bad=bad.count, pending=corpus.pending)


def _measured(
    corpus: Corpus,
    read: TestSet,
    sizes: tuple[int, ...],
    *,
    top: int,
    items_file: Path | None,
    quiet: bool,
) -> Contamination:
    from mnemic.retrieval.ngram.contamination import Tally

    tally = Tally(corpus.spelling, list(sizes), listed=top)
    with ExitStack() as stack:
        lines = None if items_file is None else stack.enter_context(whole_file(items_file))
        progress = stack.enter_context(
            Progress(total=read.size, unit="items", quiet=quiet, speed=True)
        )
        for number, overlap in enumerate(corpus.overlaps(read.items(), list(sizes)), start=1):
            tally.add(overlap)
            if lines is not None:
                lines.write(json.dumps(overlap.to_json()).encode() + b"\n")
            progress.update(read.bytes_read, records=number)
    return tally.result()


def _no_items(testset: Path, bad: BadRecords) -> InvalidInput:
    message, hint = f"{testset} has no items", "Give a file with one JSON object a line."
    if bad.first:
        message += f", and {counted(bad.count, 'bad line')}; {bad.first[0]}"
        hint = bad.first[0].hint or hint
    return InvalidInput(message, hint=hint)


def _page(report: Contamination, about: dict[str, str]) -> bytes:
    from datetime import UTC, datetime

    from mnemic.eval.report import contamination_page

    date = datetime.now(UTC).isoformat(timespec="seconds")
    return contamination_page(report, about=about, date=date).encode()


def _show(report: Contamination, out: Path | None, *, bad: int, pending: int) -> None:
    screen = console(wide=True)
    of = f"tokens of {printable(report.tokenizer)}" if report.tokenizer else "words, by their bytes"
    wrong = f", {counted(bad, 'bad line')} left out" if bad else ""
    screen.print(f"{counted(report.count, 'item')}{wrong}; n-grams of {of}")
    if pending:
        screen.print(f"{counted(pending, 'document')} not in the index yet", style="yellow")
    screen.print(_overall(report))
    if report.items:
        screen.print(_items(report))
    if out is not None:
        # A path that is broken into lines cannot be copied.
        screen.print(f"report: {out}", soft_wrap=True)


def _overall(report: Contamination) -> Any:
    from rich.table import Table

    from mnemic.eval.report.contamination import percent

    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("n", "n-grams", "found", "share", "mean", "items", "with any", "with all"):
        table.add_column(head, justify="right")
    for each in report.overall:
        numbers = (each.items, each.with_any, each.with_all)
        table.add_row(
            str(each.n),
            f"{each.ngrams:,}",
            f"{each.found:,}",
            percent(each.share),
            percent(each.mean),
            *(f"{number:,}" for number in numbers),
        )
    return table


def _items(report: Contamination) -> Any:
    from rich.table import Table

    from mnemic.eval.report.contamination import percent

    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("item", "share", f"longest ({report.unit}s)", "of item", "in", "match"):
        table.add_column(head, justify="right" if head in ("share", "of item") else "left")
    for each in report.items[:_SHOWN]:
        longest = each.longest
        found = ("-", "-", "-", "")
        if longest is not None:
            text = longest.text if len(longest.text) <= 60 else f"{longest.text[:57]}..."
            shown = printable(longest.document), printable(text)
            found = (str(longest.units), percent(each.coverage), *shown)
        table.add_row(printable(each.item.id), percent(each.shares[0].share), *found)
    return table
