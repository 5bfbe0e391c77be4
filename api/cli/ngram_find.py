"""mnemic ngram find: where substrings stand."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes, options, patience
from mnemic.api.cli.ngram_patterns import how, patterns_of
from mnemic.api.cli.output import console, counted, emit, printable
from mnemic.api.cli.search import parse_filter
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from mnemic.api.cli.options import Target
    from mnemic.retrieval.ngram.finding import Occurrence
    from mnemic.sdk import Collection


@click.command(
    epilog=options.examples(
        'mnemic ngram find ./data -c papers "exact substring"',
        "mnemic ngram find ./data -c papers cat fox --window 200 --ignore-case",
        'mnemic ngram find ./data -c papers --clauses \'[["cat", "dog"], ["fox"]]\' --json',
    )
)
@options.target
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@options.collection()
@how
@click.option("--clauses", "clauses_text", metavar="JSON", help="Lists of patterns: AND of ORs.")
@click.option(
    "--window",
    metavar="CHARACTERS",
    type=click.IntRange(1),
    help="Most characters from the first to the last of several patterns; default: one document.",
)
@click.option(
    "--limit", "-k", default=10, type=click.IntRange(0), show_default=True, help="Most results."
)
@click.option(
    "--context",
    default=40,
    type=click.IntRange(0),
    show_default=True,
    help="Characters to show on each side.",
)
@click.option("--filter", "filter_text", metavar="JSON", help="Only documents whose metadata fit.")
@options.as_json
def find(
    target: Target,
    patterns: tuple[str, ...],
    *,
    name: str,
    clauses_text: str | None,
    window: int | None,
    filter_text: str | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Show where PATTERN stands in titles and texts; of several, where all of them stand.

    Patterns are taken as they are, to the letter. Results come in the order in which the documents
    were added.
    """
    clauses = _clauses(patterns, clauses_text)
    shown = {"limit": chosen.pop("limit"), "context": chosen.pop("context")}
    shown["filter"] = parse_filter(filter_text)
    asked = [patterns_of(clause, **chosen) for clause in clauses]
    if window is not None and len(asked) == 1:
        raise click.UsageError("--window needs several patterns, or --clauses")
    filtered = shown["filter"] is not None
    slow = patience.told(patience.FILTERED, quiet=as_json) if filtered else nullcontext()
    with target.collection(name) as papers, slow:
        if len(asked) == len(asked[0]) == 1:
            answer, rows = _single(papers, asked[0][0], **shown)
        else:
            answer, rows = _several(papers, asked, clauses, window=window, **shown)
    if as_json:
        emit({"collection": name, **answer, "notes": notes.said()})
    else:
        _show(answer, rows)


def _clauses(patterns: Sequence[str], text: str | None) -> list[list[str]]:
    """Every pattern is a clause of its own; those of ``--clauses`` follow.

    Raises:
        InvalidInput: ``--clauses`` does not hold lists of strings.
        UsageError: There is no pattern at all.
    """
    clauses = [[pattern] for pattern in patterns]
    if text is not None:
        clauses += _parsed(text)
    if not clauses:
        raise click.UsageError("give a PATTERN, or --clauses")
    return clauses


def _parsed(text: str) -> list[list[str]]:
    hint = """Write --clauses '[["cat", "dog"], ["fox"]]'."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"--clauses is not JSON: {error}", hint=hint) from error
    whole = isinstance(value, list) and all(isinstance(each, list) and each for each in value)
    if not whole or not all(isinstance(item, str) for each in value for item in each):
        raise InvalidInput("--clauses does not hold lists of strings", hint=hint)
    return list(value)


Rows = list[list["Occurrence"]]


def _single(papers: Collection, pattern: Any, **shown: Any) -> tuple[dict[str, Any], Rows]:
    found = papers.find(pattern, **shown)
    answer = {
        "pattern": pattern.text,
        "total": found.total,
        "documents": found.documents,
        "occurrences": [_object(each) for each in found.occurrences],
    }
    return answer, [[each] for each in found.occurrences]


def _several(
    papers: Collection, asked: Any, clauses: list[list[str]], *, window: int | None, **shown: Any
) -> tuple[dict[str, Any], Rows]:
    found = papers.find_together(asked, window=window, **shown)
    rows = [list(meeting.places) for meeting in found.meetings]
    answer = {
        "clauses": clauses,
        "window": window,
        "driver": found.driver,
        "total": found.total,
        "documents": found.documents,
        "meetings": [[_object(each) for each in row] for row in rows],
    }
    return answer, rows


def _object(place: Occurrence) -> dict[str, Any]:
    value = asdict(place)
    del value["ordinal"]
    return value


def _show(answer: dict[str, Any], rows: Rows) -> None:
    screen = console(wide=True)
    where = "" if answer["documents"] is None else f" in {counted(answer['documents'], 'document')}"
    what = "occurrence" if "pattern" in answer else "place"
    screen.print(f"{counted(answer['total'], what)}{where}", style="dim")
    for row in rows:
        for number, place in enumerate(row):
            screen.print(_line(place, more=number > 0), soft_wrap=True)


def _line(place: Occurrence, *, more: bool) -> Text:
    from rich.text import Text

    head = f"{printable(place.id)} {place.field} {place.start:,}: "
    return Text.assemble(
        ("  " if more else "", ""),
        (head, "cyan"),
        printable(place.before),
        (printable(place.match), "bold yellow"),
        printable(place.after),
    )
