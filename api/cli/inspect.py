"""mnemic inspect: what is in a data folder."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import console, emit, printable, size

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection


@click.command(
    epilog=options.examples(
        "mnemic inspect ./data",
        "mnemic inspect ./data --collection papers --json",
    )
)
@options.target
@options.collection(required=False)
@options.as_json
def inspect(target: Target, name: str | None, as_json: bool) -> None:
    """Show the collections of a data folder: documents, segments, bytes, analysis."""
    with target.database() as database:
        names = database.collections() if name is None else [name]
        rows = [describe(database.collection(each)) for each in names]
    if as_json:
        emit({"path": str(target.folder), "collections": rows})
    else:
        _show(rows)


def describe(collection: Collection) -> dict[str, Any]:
    """Name, sizes and analysis of a collection as JSON values."""
    return {
        "name": collection.name,
        **asdict(collection.stats()),
        "analyzer": dict(collection.analyzer.fingerprint.settings),
        "fingerprint": collection.analyzer.fingerprint.digest,
    }


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    if not rows:
        console().print("no collections")
        return
    table = Table("collection", "analysis")
    for heading in ("documents", "deleted", "segments", "tail", "size"):
        table.add_column(heading, justify="right")
    for row in rows:
        counts = (f"{row[key]:,}" for key in ("documents", "deleted", "segments", "tail"))
        language = str(row["analyzer"].get("language", ""))
        table.add_row(printable(row["name"]), language, *counts, size(row["bytes"]))
    console().print(table)
