"""mnemic ngram distribution: what follows a text in the corpus, and how often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import click

from mnemic.api.cli import notes, options
from mnemic.api.cli.ngram_corpus import corpus_of
from mnemic.api.cli.output import console, counted, emit, printable

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.retrieval.ngram.answers import NextTokens

_BAR = 30


@click.command(
    epilog=options.examples(
        'mnemic ngram distribution ./data -c papers "the capital of"',
        'mnemic ngram distribution ./data -c papers "what is the capital of" --unbounded -k 3',
        'mnemic ngram distribution ./data -c papers "the capital of" --max-context 2 --json',
        'mnemic ngram distribution ./data -c papers "the capi" --level bytes',
    )
)
@options.target
@click.argument("text")
@options.collection()
@click.option(
    "-k",
    "--k",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="Most tokens to list.",
)
@click.option(
    "--unbounded", is_flag=True, help="Where TEXT does not occur, go by its longest suffix."
)
@click.option(
    "--max-context",
    metavar="N",
    type=click.IntRange(0),
    help="Go by no more than the last N tokens of TEXT.",
)
@click.option(
    "--level",
    type=click.Choice(["tokens", "bytes"]),
    default="tokens",
    show_default=True,
    help="What comes next: tokens need 'mnemic ngram index', bytes are always there.",
)
@options.as_json
def distribution(
    target: Target,
    text: str,
    *,
    name: str,
    k: int,
    unbounded: bool,
    max_context: int | None,
    level: Literal["tokens", "bytes"],
    as_json: bool,
) -> None:
    """Show what follows TEXT in the documents, the most frequent first, with exact counts."""
    with target.collection(name) as papers:
        corpus = corpus_of(papers, level, target)
        found = corpus.distribution(text, k, unbounded=unbounded, max_context=max_context)
    if as_json:
        about = {"collection": name, "level": corpus.level, "tokenizer": corpus.tokenizer}
        told = {"pending": corpus.pending, "notes": notes.said()}
        emit({**about, **found.to_json(), **told})
    else:
        _show(found, unit="token" if level == "tokens" else "byte")


def _show(found: NextTokens, *, unit: str) -> None:
    used = counted(len(found.context), unit)
    part = used if len(found.context) == found.given else f"the last {used} of {found.given:,}"
    shown = quoted(found.context_text)
    screen = console(wide=True)
    if not found.count:
        screen.print(f"{shown} ({part}) does not occur")
        screen.print("--unbounded goes by its longest suffix that does", style="dim")
        return
    times = counted(found.count, "occurrence")
    kinds = counted(found.distinct, f"different {unit}")
    screen.print(f"after {shown} ({part}): {times}, {kinds}")
    _table(found, unit)


def _table(found: NextTokens, unit: str) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("next", "id", "count", "probability"):
        table.add_column(head, justify="left" if head == "next" else "right")
    table.add_column("")
    for each in found.tokens:
        share = each.probability
        row = (quoted(each.text), str(each.id), f"{each.count:,}", f"{share:.4f}", bar(share))
        table.add_row(*row)
    if found.ends and found.end_probability is not None:
        share = found.end_probability
        table.add_row("(end)", "", f"{found.ends:,}", f"{share:.4f}", bar(share))
    console(wide=True).print(table)
    left = found.distinct - len(found.tokens)
    if left:
        console().print(f"... and {counted(left, f'more {unit}')}", style="dim")


def quoted(text: str) -> str:
    """A text in quotation marks, so that the spaces at its ends show."""
    return printable(json.dumps(text, ensure_ascii=False))


def bar(share: float) -> str:
    """A share as a bar of blocks."""
    return "█" * round(share * _BAR)
