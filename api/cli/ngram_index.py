"""mnemic ngram index: the token-level n-gram index, made or brought up to date."""

from __future__ import annotations

import shlex
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import encoding, notes, options
from mnemic.api.cli.output import counted, emit, printable, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.api.cli.options import Target
    from mnemic.retrieval.collections import CollectionStats
    from mnemic.sdk import Collection

NONE = "none"


@click.command(
    epilog=options.examples(
        "mnemic ngram index ./data --collection papers",
        "mnemic ngram index ./data --collection papers --tokenizer smollm2",
        "mnemic ngram index ./data --collection papers --tokenizer none",
    )
)
@options.target
@options.collection()
@click.option(
    "--tokenizer",
    metavar="NAME",
    help="The model whose tokens are indexed: one that has been pulled, or a folder; none drops "
    "them. Default: what the collection has, else smollm2 where it has been pulled.",
)
@options.as_json
def index(target: Target, *, name: str, tokenizer: str | None, as_json: bool) -> None:
    """Write the n-gram index of substrings, and make that of a model's tokens.

    Every collection has the index of substrings by itself; counting and finding need nothing else.
    That of tokens is for what a language model generates, and for n-gram statistics of a corpus.
    Interrupted, the same command goes on where it stopped; documents that are added later follow.
    """
    began = time.perf_counter()
    with target.collection(name) as collection:
        _write(collection)
        wanted = _wanted(collection, tokenizer)
        done = 0
        if wanted == NONE:
            collection.index_tokens(None)
        elif wanted is not None:
            done = _indexed(collection, wanted, target, quiet=as_json)
        stats = collection.stats()
    answer = {
        "collection": name,
        "documents": stats.documents,
        "substrings": {"bytes": stats.ngram_bytes, "missing": stats.ngram_missing},
        "tokenised": done,
        "tokens": [asdict(item) for item in stats.tokens],
        "notes": notes.said(),
        "seconds": round(time.perf_counter() - began, 3),
    }
    if as_json:
        emit(answer)
    else:
        _tell(answer, stats, dropped=wanted == NONE)


def _write(collection: Collection) -> None:
    """See to it that no document's substrings are only in memory."""
    collection.flush()
    if collection.stats().ngram_missing:
        collection.compact()


def _wanted(collection: Collection, tokenizer: str | None) -> str | None:
    """The tokenizer that is meant; ``None`` where nothing says which, and the default is not here.

    A collection's own is asked for by name, so that one that was replaced is taken anew.
    """
    from mnemic.sdk.tokenizers import DEFAULT, is_here
    from mnemic.settings import Settings

    if tokenizer is not None:
        return tokenizer
    if there := collection.stats().tokens:
        return there[-1].model
    return DEFAULT if is_here(DEFAULT, Settings.from_environment()) else None


def _indexed(collection: Collection, tokenizer: str, target: Target, *, quiet: bool) -> int:
    def work(progress: Callable[[int, int], None]) -> None:
        collection.index_tokens(tokenizer, progress=progress)

    return encoding.encode(
        collection,
        work,
        unit="documents tokenised",
        left=lambda: _left(collection, target),
        quiet=quiet,
    )


def _left(collection: Collection, target: Target) -> str:
    waiting = max((item.pending for item in collection.stats().tokens), default=0)
    if not waiting:
        return ""
    command = ["mnemic", "ngram", "index", str(target.folder), "--collection", collection.name]
    return (
        f"{counted(waiting, 'document')} wait for their tokens; the same command goes on, "
        f"or: {shlex.join(command)}"
    )


def _tell(answer: dict[str, Any], stats: CollectionStats, *, dropped: bool) -> None:
    done = f"{counted(answer['tokenised'], 'document')} tokenised"
    if not answer["tokenised"]:
        done = "tokens dropped" if dropped else "nothing waited"
    has = f"substrings of {counted(stats.documents, 'document')} ({size(stats.ngram_bytes)})"
    tokens = f", and {encoding.token_summary(stats)}" if stats.tokens else ""
    name = printable(answer["collection"])
    click.echo(f"{done}; {name} has {has}{tokens} ({answer['seconds']:.1f} s)")
    if not (stats.tokens or dropped):
        click.echo("for tokens: mnemic models pull smollm2, then the same command")
