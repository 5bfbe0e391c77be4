"""mnemic ngram count: how often substrings occur."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes, options, patience
from mnemic.api.cli.ngram_patterns import how, patterns_of
from mnemic.api.cli.output import counted, emit, printable
from mnemic.api.cli.search import parse_filter

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target


@click.command(
    epilog=options.examples(
        'mnemic ngram count ./data -c papers "exact substring"',
        "mnemic ngram count ./data -c papers cat dog --ignore-case --whole-word",
        "mnemic ngram count ./data -c papers Introduction --begins field --json",
    )
)
@options.target
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)
@options.collection()
@how
@click.option("--filter", "filter_text", metavar="JSON", help="Only documents whose metadata fit.")
@options.as_json
def count(
    target: Target,
    patterns: tuple[str, ...],
    *,
    name: str,
    filter_text: str | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Count the occurrences of each PATTERN in titles and texts.

    Patterns are taken as they are, to the letter. Overlapping occurrences count.
    """
    asked, filter = patterns_of(patterns, **chosen), parse_filter(filter_text)
    slow = nullcontext() if filter is None else patience.told(patience.FILTERED, quiet=as_json)
    with target.collection(name) as papers, slow:
        found = papers.count_many(asked, filter=filter)
    if as_json:
        rows = [{"pattern": p, "count": n} for p, n in zip(patterns, found, strict=True)]
        common = {"collection": name, "notes": notes.said()}
        emit({**common, **rows[0]} if len(rows) == 1 else {**common, "counts": rows})
        return
    for pattern, number in zip(patterns, found, strict=True):
        click.echo(f"{counted(number, 'occurrence')} of {printable(pattern)}")
