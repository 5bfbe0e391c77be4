"""mnemic export: a collection as one BEIR JSONL file that ``mnemic add`` reads back."""

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
    from mnemic.api.cli.options import Target
    from mnemic.sdk import Collection
    from mnemic.types import Document


@click.command(
    epilog=options.examples(
        "mnemic export ./data --collection papers --out papers.jsonl",
        "mnemic add ./copy --collection papers papers.jsonl",
    )
)
@options.target
@options.collection()
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The JSONL file; written whole or not at all, replacing an older one.",
)
@options.as_json
def export(target: Target, name: str, out: Path, as_json: bool) -> None:
    """Write every document as a line {"_id", "title", "text", "metadata"}, in insertion order."""
    with target.collection(name) as papers:
        written = _export(papers, out, quiet=as_json)
    length = out.stat().st_size
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


def beir_line(document: Document) -> bytes:
    """One line of a BEIR corpus; without ``metadata`` where there is none."""
    row = {"_id": document.id, "title": document.title, "text": document.text}
    if document.metadata:
        row["metadata"] = dict(document.metadata)  # type: ignore[assignment]
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
