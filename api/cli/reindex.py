"""mnemic reindex: vectors for what waits, or for everything under another encoder."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import encoding, options
from mnemic.api.cli.output import counted, emit, printable

if TYPE_CHECKING:
    from mnemic.api.cli.options import Target
    from mnemic.retrieval.collections import CollectionStats


@click.command(
    epilog=options.examples(
        "mnemic reindex ./data --collection papers",
        "mnemic reindex ./data --collection papers --encoder minilm --encoder splade-tiny",
        "mnemic reindex ./data --collection papers --encoder openai:my-model --force",
        "mnemic reindex ./data --collection papers --encoder none",
    )
)
@options.target
@options.collection()
@options.encoder
@click.option(
    "--force",
    is_flag=True,
    help="Throw the vectors away first, and make those of the same encoder anew.",
)
@options.as_json
def reindex(
    target: Target, *, name: str, encoders: tuple[str, ...], force: bool, as_json: bool
) -> None:
    """Give documents the vectors that they wait for, or all of them those of another encoder.

    Searches use the old vectors until the new ones are complete; then those of encoders that are
    not named go. Interrupted, the same command goes on where it stopped.
    """
    if force and not encoders:
        raise click.UsageError("--force needs --encoder: which one shall make the vectors?")
    began = time.perf_counter()
    wanted = options.wanted_encoders(encoders)
    with target.collection(name) as collection:
        anew = partial(collection.reindex, encoder=wanted, force=force)
        work = anew if encoders else collection.embed
        encoded = encoding.encode(
            collection,
            lambda progress: work(progress=progress),
            left=partial(encoding.left, collection, target.folder),
            quiet=as_json,
            unit=f"documents {'encoded' if encoders else encoding.made(collection.stats())}",
        )
        stats = collection.stats()
    answer = {
        "collection": name,
        "encoded": encoded,
        "documents": stats.documents,
        **encoding.state(stats),
        "seconds": round(time.perf_counter() - began, 3),
    }
    if as_json:
        emit(answer)
    else:
        _tell(answer, "; ".join(filter(None, _summaries(stats))), made=encoding.made(stats))


def _summaries(stats: CollectionStats) -> tuple[str, str]:
    return encoding.summary(stats), encoding.token_summary(stats)


def _tell(answer: dict[str, Any], vectors: str, *, made: str) -> None:
    name = printable(answer["collection"])
    if not vectors:
        click.echo(f"{name} has no vectors: it is searched by words alone")
        return
    done = f"{counted(answer['encoded'], 'document')} {made}"
    done = done if answer["encoded"] else "nothing waited"
    click.echo(f"{done}; {name} has {vectors} ({answer['seconds']:.1f} s)")
