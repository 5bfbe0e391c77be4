"""Rankings of one query next to each other: who found what, and where."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from mnemic.api.cli.output import console, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.text import Text

    from mnemic.types import Hit, Ranking

SNIPPET = 90


def show(answers: Mapping[str, tuple[str, Ranking]]) -> None:
    """Print one column a retriever, one row a place.

    Args:
        answers: By the name that was asked for: what the retriever calls itself, and its ranking.
    """
    from rich.table import Table

    table = Table(show_lines=True)
    table.add_column("", justify="right")
    for name, (_, ranking) in answers.items():
        label = printable(name) + ("" if ranking else " (nothing found)")
        table.add_column(label, ratio=1, overflow="fold")
    rankings = [ranking for _, ranking in answers.values()]
    for place, hits in enumerate(zip_longest(*rankings), start=1):
        table.add_row(str(place), *map(_cell, hits))
    screen = console()
    screen.print(table)
    for name, (retriever, _) in answers.items():
        if name != retriever:
            screen.print(f"{printable(name)} is {printable(retriever)}")


def _cell(hit: Hit | None) -> Text:
    from rich.text import Text

    if hit is None:
        return Text("")
    snippet = printable(" ".join((hit.snippet or hit.text).split()))
    short = snippet if len(snippet) <= SNIPPET else snippet[: SNIPPET - 3] + "..."
    # A title that begins like the id says nothing new.
    shown = hit.title and not hit.title.startswith(hit.id)
    title = printable(hit.title) + "\n" if shown else ""
    head = (printable(hit.id), "bold cyan"), (f"  {hit.score:.4f}", "green")
    return Text.assemble(*head, f"\n{title}", (short, "dim"))
