"""mnemic grant: who may read, write or own a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import emit, printable

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.sdk.database import Role


@click.command(
    epilog=options.examples(
        "mnemic grant ./data bob reader --collection papers",
        "mnemic grant ./data bob none --collection papers",
    )
)
@options.target
@click.argument("grantee", metavar="WHO")
@click.argument("role", type=click.Choice(["reader", "writer", "owner", "none"]))
@options.collection()
@options.as_json
def grant(
    target: Target,
    grantee: str,
    role: str,
    name: str,
    as_json: bool,
) -> None:
    """Let WHO read, write or own a collection; "none" takes the grant away."""
    with target.database() as database, options.looking_for(name, database):
        if role == "none":
            database.revoke(name, grantee)
        else:
            database.grant(name, grantee, cast("Role", role))
    if as_json:
        emit({"collection": name, "actor": grantee, "role": None if role == "none" else role})
    else:
        click.echo(f"{printable(grantee)}: {role} of {printable(name)}")
