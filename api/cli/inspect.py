"""mnemic inspect: what is in a data folder."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import encoding, options
from mnemic.api.cli.output import console, counted, emit, printable, size
from mnemic.errors import MnemicError
from mnemic.retrieval.vectors.track import NEXT

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.retrieval.collections.records import EncoderStats
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
    """Show the collections of a data folder: documents, segments, bytes, analysis, vectors."""
    with target.collections(name) as collections:
        rows = [describe(each) for each in collections]
    if as_json:
        emit({"path": str(target.folder), "collections": rows})
    else:
        _show(rows)


def describe(collection: Collection) -> dict[str, Any]:
    """Name, sizes, vectors and analysis of a collection as JSON values."""
    stats = collection.stats()
    return {
        "name": collection.name,
        **asdict(stats),
        "encoders": [_encoder(collection, item) for item in stats.encoders],
        "analyzer": dict(collection.analyzer.fingerprint.settings),
        "fingerprint": collection.analyzer.fingerprint.digest,
    }


def fault(collection: Collection, role: str) -> MnemicError | None:
    """Why questions cannot be turned into vectors; ``None`` where they can."""
    try:
        # What is built beside the vectors that are searched is asked only once it replaces them.
        collection.check_encoder(role.removesuffix(NEXT))
    except MnemicError as error:
        return error
    return None


def _encoder(collection: Collection, stats: EncoderStats) -> dict[str, Any]:
    error = fault(collection, stats.role)
    return {**asdict(stats), "problem": error.message if error else ""}


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
    console(wide=True).print(table)
    _show_vectors(rows)
    _show_tokens(rows)


def _show_vectors(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        for item in row["encoders"]:
            name, model = printable(row["name"]), printable(item["model"])
            documents, passages = (item[each] for each in ("documents", "passages"))
            done = f"{counted(documents, 'document')} in {counted(passages, 'passage')}"
            waiting = f", {item['pending']:,} waiting" if item["pending"] else ""
            empty = f", {item['empty']:,} without a passage" if item["empty"] else ""
            problem = f"; {printable(item['problem'])}" if item["problem"] else ""
            vectors = encoding.vectors(item["role"])
            line = f"{name}: {vectors} by {model}: {done}{empty}{waiting}, "
            console().print(f"{line}{size(item['bytes'])}{problem}", soft_wrap=True)


def _show_tokens(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        for item in row["tokens"]:
            name, model = printable(row["name"]), printable(item["model"])
            documents, count = (item[each] for each in ("documents", "tokens"))
            done = f"{counted(count, 'token')} in {counted(documents, 'document')}"
            waiting = f", {item['pending']:,} waiting" if item["pending"] else ""
            empty = f", {item['empty']:,} without a token" if item["empty"] else ""
            line = f"{name}: {encoding.tokens(item['role'])} by {model}: {done}{empty}{waiting}, "
            console().print(f"{line}{size(item['bytes'])}", soft_wrap=True)
