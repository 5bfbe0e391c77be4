"""mnemic eval pruning: what it costs to keep fewer weights of learned sparse vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mnemic.api.cli import options
from mnemic.api.cli.eval_plan import parse_measures
from mnemic.api.cli.output import console, counted, emit
from mnemic.api.cli.progress import Progress

if TYPE_CHECKING:
    from mnemic.eval.datasets import Dataset
    from mnemic.eval.measures import Measure
    from mnemic.eval.pruning import PruningReport
    from mnemic.retrieval.encoders.opening import TextEncoder


@click.command(
    epilog=options.examples(
        "mnemic eval pruning --dataset ./scifact",
        "mnemic eval pruning --dataset scifact --top-k 64 --top-k 256 --queries 100 --json",
    )
)
@click.option(
    "--dataset",
    "names",
    multiple=True,
    required=True,
    metavar="FOLDER",
    help="A BEIR folder, or a name to look up in MNEMIC_DATA; repeatable.",
)
@click.option(
    "--encoder",
    "model",
    metavar="NAME",
    default="splade-tiny",
    show_default=True,
    help="What makes the vectors: a sparse encoder.",
)
@click.option(
    "--top-k",
    "top_ks",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Most weights of a passage; repeatable. Default: 32 64 128.",
)
@click.option(
    "--measure",
    "measure_names",
    multiple=True,
    metavar="NAME",
    help="What is lost, such as nDCG@10; repeatable. Default: nDCG@10 R@100.",
)
@click.option("--split", default="test", show_default=True, help="Which judgements.")
@click.option(
    "--queries",
    "most_queries",
    type=click.IntRange(1),
    metavar="N",
    help="Ask an even sample of at most N; all when left out.",
)
@options.as_json
def pruning(
    names: tuple[str, ...],
    model: str,
    top_ks: tuple[int, ...],
    measure_names: tuple[str, ...],
    split: str,
    most_queries: int | None,
    as_json: bool,
) -> None:
    """Encode test collections once, and say what is still found by their largest weights alone.

    Nothing is written. All vectors are in memory, about 12 bytes a weight.
    """
    from mnemic.eval import datasets
    from mnemic.eval.pruning import MEASURES
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import spec_of
    from mnemic.settings import Settings

    settings = Settings.from_environment()
    encoder = open_encoder(spec_of(model), settings)
    measures = parse_measures(measure_names or MEASURES)
    loaded = [
        datasets.load(name, split=split, data=settings.data, cache=settings.cache)
        for name in dict.fromkeys(names)
    ]
    reports = [
        _measured(
            dataset,
            encoder,
            top_ks,
            measures=measures,
            most_queries=most_queries,
            quiet=as_json,
        )
        for dataset in loaded
    ]
    if as_json:
        emit({"results": [report.to_json() for report in reports]})
        return
    for report in reports:
        _show(report)


def _measured(
    dataset: Dataset,
    encoder: TextEncoder,
    top_ks: tuple[int, ...],
    *,
    measures: list[Measure],
    most_queries: int | None,
    quiet: bool,
) -> PruningReport:
    from mnemic.eval.pruning import TOP_KS, measure_pruning

    total = dataset.count_lines()
    unit = f"documents of {dataset.name} encoded"
    with Progress(total=total, unit=unit, quiet=quiet, speed=True) as bar:
        return measure_pruning(
            dataset,
            encoder,
            top_ks or TOP_KS,
            measures=measures,
            most_queries=most_queries,
            progress=lambda done: bar.update(done, records=done),
        )


def _show(report: PruningReport) -> None:
    from rich.table import Table

    screen = console(wide=True)
    first = report.results[0]
    screen.print(
        f"{report.dataset} by {report.encoder}: {counted(report.passages, 'passage')} of "
        f"{counted(report.documents, 'document')}, {report.queries:,} queries, "
        f"{report.tuning_queries:,} of them for tuning"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("top-k")
    heads = ["weights a passage", *(f"overlap@{cutoff}" for cutoff in first.overlap)]
    for name in first.measures:
        heads += [name, "diff.", "p Holm"]
    for head in heads:
        table.add_column(head, justify="right")
    for row in report.results:
        cells = [f"{row.postings / max(report.passages, 1):.1f}"]
        cells += [f"{share:.4f}" for share in row.overlap.values()]
        for name, value in row.measures.items():
            cells += [f"{value:.4f}", f"{row.differences[name]:+.4f}", f"{row.p[name]:.3f}"]
        table.add_row("all" if row.top_k is None else str(row.top_k), *cells)
    screen.print(table)
