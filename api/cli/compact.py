"""mnemic compact: merge segments and reclaim the space of deleted documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import counted, emit, printable, size

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection


@click.command(
    epilog=options.examples(
        "mnemic compact ./data --collection papers",
        "mnemic compact ./data",
    )
)
@options.target
@options.collection(required=False)
@options.as_json
def compact(target: Target, name: str | None, as_json: bool) -> None:
    """Merge the segments of a collection into one, without its deleted documents."""
    with target.collections(name) as collections:
        rows = [_compacted(each) for each in collections]
    if as_json:
        emit({"path": str(target.folder), "collections": rows})
        return
    for row in rows:
        before, after = (counted(row[key]["segments"], "segment") for key in ("before", "after"))
        sizes = f"{size(row['before']['bytes'])} -> {size(row['after']['bytes'])}"
        click.echo(f"{printable(row['name'])}: {before} -> {after}, {sizes}")


def _compacted(collection: Collection) -> dict[str, Any]:
    before = _sizes(collection)
    collection.compact()
    return {"name": collection.name, "before": before, "after": _sizes(collection)}


def _sizes(collection: Collection) -> dict[str, int]:
    stats = collection.stats()
    return {"segments": stats.segments, "bytes": stats.bytes, "deleted": stats.deleted}
