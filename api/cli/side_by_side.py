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


def show(answers: Mapping[str, Ranking]) -> None:
    """Print one column a retriever, one row a place.

    Args:
        answers: The ranking by the retriever's name.
    """
    from rich.table import Table

    table = Table(show_lines=True)
    table.add_column("", justify="right")
    for name, ranking in answers.items():
        table.add_column(printable(name) + ("" if ranking else " (nothing found)"), ratio=1)
    for place, hits in enumerate(zip_longest(*answers.values()), start=1):
        table.add_row(str(place), *(_cell(hit) for hit in hits))
    console().print(table)


def _cell(hit: Hit | None) -> Text:
    from rich.text import Text

    if hit is None:
        return Text("")
    text = printable(" ".join((hit.snippet or hit.text).split()))
    short = text if len(text) <= SNIPPET else text[: SNIPPET - 3] + "..."
    return Text.assemble(
        (printable(hit.id), "bold cyan"),
        (f"  {hit.score:.4f}", "green"),
        "\n" + printable(hit.title or "") + ("\n" if hit.title else ""),
        (short, "dim"),
    )
