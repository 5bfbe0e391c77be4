"""mnemic export: a collection as one BEIR JSONL file, or as a folder that Anserini indexes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import emit, printable, size
from mnemic.api.cli.progress import Progress
from mnemic.api.cli.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection
    from mnemic.types import Document


@click.command(
    epilog=options.examples(
        "mnemic export ./data --collection papers --out papers.jsonl",
        "mnemic add ./copy --collection papers papers.jsonl",
        "mnemic export ./data --collection papers --format anserini --out papers-json",
    )
)
@options.target
@options.collection()
@click.option(
    "--out",
    metavar="PATH",
    required=True,
    type=click.Path(path_type=Path),
    help="The JSONL file, replaced if it exists, or Anserini's new folder; whole or not at all.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["beir", "anserini"]),
    default="beir",
    show_default=True,
    help="One JSONL file for mnemic add, or a folder for mnemic pyserini index.",
)
@options.as_json
def export(target: Target, name: str, out: Path, format_name: str, as_json: bool) -> None:
    """Write every document, in insertion order, as a line of JSON.

    A line is {"_id", "title", "text", "metadata"}; for Anserini it is {"id", "contents", "title",
    "metadata"}, and contents is title and text.
    """
    if format_name == "beir" and out.is_dir():
        raise click.BadParameter(f"{str(out)!r} is a folder", param_hint="--out")
    with target.collection(name) as papers:
        write = _export_anserini if format_name == "anserini" else _export
        written = write(papers, out, quiet=as_json)
    files = out.iterdir() if out.is_dir() else [out]
    length = sum(file.stat().st_size for file in files)
    if as_json:
        emit({"collection": name, "documents": written, "bytes": length, "path": str(out)})
    else:
        click.echo(f"{written:,} documents ({size(length)}) in {printable(str(out))}")


def _export(papers: Collection, out: Path, *, quiet: bool) -> int:
    written = 0
    with (
        whole_file(out) as file,
        Progress(total=len(papers), unit="documents", quiet=quiet) as progress,
    ):
        for written, document in enumerate(papers.documents(), start=1):
            file.write(beir_line(document))
            progress.update(written, records=written)
    return written


def _export_anserini(papers: Collection, out: Path, *, quiet: bool) -> int:
    from mnemic.retrieval.anserini import write_documents

    def counted() -> Iterator[Document]:
        for written, document in enumerate(papers.documents(), start=1):
            yield document
            progress.update(written, records=written)

    with Progress(total=len(papers), unit="documents", quiet=quiet) as progress:
        return write_documents(out, counted())


def beir_line(document: Document) -> bytes:
    """One line of a BEIR corpus; without ``metadata`` where there is none."""
    row = {"_id": document.id, "title": document.title, "text": document.text}
    if document.metadata:
        row["metadata"] = dict(document.metadata)  # type: ignore[assignment]
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
