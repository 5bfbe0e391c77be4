"""mnemic get: documents by id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import emit, printable

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.types import Document


@click.command(
    epilog=options.examples(
        "mnemic get ./data --collection papers doc-17",
        "mnemic get ./data --collection papers a b c --json",
    )
)
@options.target
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@options.collection()
@options.as_json
def get(
    target: Target,
    ids: tuple[str, ...],
    name: str,
    as_json: bool,
) -> None:
    """Show documents by their ids."""
    with target.collection(name) as papers:
        documents = papers.get(ids)
    if as_json:
        emit({"collection": name, "documents": [as_object(item) for item in documents]})
        return
    for item in documents:
        _show(item)


def as_object(document: Document) -> dict[str, Any]:
    """A document as a JSON object."""
    return {
        "id": document.id,
        "title": document.title,
        "text": document.text,
        "metadata": dict(document.metadata),
    }


def _show(document: Document) -> None:
    click.secho(printable(document.id), bold=True)
    if document.title:
        click.echo(printable(document.title))
    click.echo(printable(document.text, lines=True))
    if document.metadata:
        metadata = json.dumps(document.metadata, ensure_ascii=False)
        click.secho(printable(metadata), dim=True)
