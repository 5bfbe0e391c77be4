"""mnemic export: a collection as one BEIR JSONL file, or as a folder that Anserini indexes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.output import counted, emit, printable, size
from mnemic.api.cli.progress import Progress
from mnemic.api.cli.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection
    from mnemic.types import Document

VECTORS = "anserini-vectors"
SPARSE = "splade-tiny"


@click.command(
    epilog=options.examples(
        "mnemic export ./data --collection papers --out papers.jsonl",
        "mnemic add ./copy --collection papers papers.jsonl",
        "mnemic export ./data --collection papers --format anserini --out papers-json",
        "mnemic export ./data --collection papers --format anserini-vectors --out papers-vectors",
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
    type=click.Choice(["beir", "anserini", VECTORS]),
    default="beir",
    show_default=True,
    help="One JSONL file for mnemic add, or a folder for mnemic pyserini index.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help=f"With {VECTORS}: whose weights; a learned-sparse encoder.  [default: {SPARSE}]",
)
@click.option("--passages", is_flag=True, help=f"With {VECTORS}: a line a passage, with id ID#N.")
@options.as_json
def export(
    target: Target,
    *,
    name: str,
    out: Path,
    format_name: str,
    encoder: str | None,
    passages: bool,
    as_json: bool,
) -> None:
    """Write every document, in insertion order, as a line of JSON.

    A line is {"_id", "title", "text", "metadata"}; for Anserini it is {"id", "contents", "title",
    "metadata"}, and contents is title and text. With anserini-vectors it is {"id", "contents",
    "vector"}, the vector being 100 times the weights of the encoder's tokens, rounded.
    """
    if format_name != VECTORS and (encoder is not None or passages):
        raise click.UsageError(f"--encoder and --passages need --format {VECTORS}")
    if format_name == "beir" and out.is_dir():
        raise click.BadParameter(f"{str(out)!r} is a folder", param_hint="--out")
    with target.collection(name) as papers:
        if format_name == VECTORS:
            how: dict[str, Any] = {"encoder": encoder or SPARSE, "by_passage": passages}
            lines = _export_vectors(papers, out, quiet=as_json, **how)
        else:
            write = _export_anserini if format_name == "anserini" else _export
            lines = write(papers, out, quiet=as_json)
    unit = "passages" if passages else "documents"
    files = out.iterdir() if out.is_dir() else [out]
    length = sum(file.stat().st_size for file in files)
    if as_json:
        emit({"collection": name, unit: lines, "bytes": length, "path": str(out)})
    else:
        click.echo(f"{counted(lines, unit[:-1])} ({size(length)}) in {printable(str(out))}")


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

    with Progress(total=len(papers), unit="documents", quiet=quiet) as progress:
        return write_documents(out, _watched(papers, progress))


def _export_vectors(
    papers: Collection, out: Path, *, quiet: bool, encoder: str, by_passage: bool
) -> int:
    from mnemic.retrieval.anserini import encode_documents, write_vectors
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import spec_of
    from mnemic.settings import Settings

    opened = open_encoder(spec_of(encoder), Settings.from_environment())
    bar = Progress(total=len(papers), unit="documents encoded", quiet=quiet, speed=True)
    with bar as progress:
        documents = _watched(papers, progress)
        return write_vectors(out, encode_documents(documents, opened, by_passage=by_passage))


def _watched(papers: Collection, progress: Progress) -> Iterator[Document]:
    """Documents, each counted when the next one is asked for."""
    for done, document in enumerate(papers.documents(), start=1):
        yield document
        progress.update(done, records=done)


def beir_line(document: Document) -> bytes:
    """One line of a BEIR corpus; without ``metadata`` where there is none."""
    row = {"_id": document.id, "title": document.title, "text": document.text}
    if document.metadata:
        row["metadata"] = dict(document.metadata)  # type: ignore[assignment]
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
