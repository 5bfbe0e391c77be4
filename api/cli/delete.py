"""mnemic delete: hide documents from every search, or erase their every byte."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import counted, emit, printable
from mnemic.errors import NotFound

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection


@click.command(
    epilog=options.examples(
        "mnemic delete ./data --collection papers doc-17",
        "mnemic delete ./data --collection papers doc-17 --erase --json",
    )
)
@options.target
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@options.collection()
@click.option("--erase", is_flag=True, help="Leave no byte behind, and print a receipt.")
@options.as_json
def delete(
    target: Target,
    ids: tuple[str, ...],
    name: str,
    erase: bool,
    as_json: bool,
) -> None:
    """Delete documents by their ids; effective at once in every index.

    Ids that do not exist are passed over; when none exists, the exit code is 3.
    """
    with target.collection(name) as papers:
        answer = _deleted(papers, ids, erase=erase)
    done = answer["erased" if erase else "deleted"]
    if not done:
        raise NotFound(f"none of {counted(len(ids), 'id')} is in collection {name!r}")
    if as_json:
        emit({"collection": name, "asked": len(ids), **answer})
        return
    click.echo(f"{'erased' if erase else 'deleted'} {done} of {len(ids)}")
    for place in answer.get("unreachable", ()):
        click.echo(f"not reached: {printable(place)}")


def _deleted(papers: Collection, ids: tuple[str, ...], *, erase: bool) -> dict[str, Any]:
    return asdict(papers.erase(ids)) if erase else {"deleted": papers.delete(ids)}
