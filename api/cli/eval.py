"""mnemic eval: run retrievers over test collections, compare runs, make a collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import options
from mnemic.api.cli.eval_encoders import store_options
from mnemic.api.cli.eval_plan import parse_measures, plan_of
from mnemic.api.cli.eval_pruning import pruning
from mnemic.api.cli.eval_results import keep, show, show_comparisons
from mnemic.api.cli.output import console, emit
from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from mnemic.eval.measures import Evaluation, Measure
    from mnemic.eval.report import Section

PATH = click.Path(path_type=Path)
_measure = click.option(
    "--measure",
    "measure_names",
    multiple=True,
    metavar="NAME",
    help="What to compute, such as nDCG@10; repeatable. Default: nDCG@10 R@100 RR@10 AP.",
)


@click.group("eval")
def eval_group() -> None:
    """Evaluate retrievers on test collections, and compare their runs."""


eval_group.add_command(pruning)


@eval_group.command(
    epilog=options.examples(
        "mnemic eval run --dataset ./scifact --retriever bm25",
        "mnemic eval run --dataset scifact --dataset cranfield --out results --resume",
        "mnemic eval run --dataset scifact --retriever bm25 --retriever dense --retriever hybrid",
        "mnemic eval run --dataset locomo --within conversation --measure R@5 --json",
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
    "--retriever",
    "retrievers",
    multiple=True,
    metavar="NAME",
    default=("bm25",),
    show_default=True,
    help="Who searches, such as bm25, ngram, dense or rrf(bm25@1,dense@2); repeatable.",
)
@click.option(
    "--encoder",
    "encoders",
    multiple=True,
    metavar="NAME",
    help="What makes vectors; repeatable. Default: what the retrievers need.",
)
@click.option(
    "--store", type=PATH, metavar="DIR", help="Search a collection of DIR instead of indexing."
)
@click.option("--collection", "-c", "collection", metavar="NAME", help="With --store: which one.")
@_measure
@click.option("--split", default="test", show_default=True, help="Which judgements.")
@click.option("-k", "--depth", type=int, help="Most hits per query; default: what measures need.")
@click.option("--within", default="", metavar="FIELD", help="Search each query's own FIELD only.")
@click.option("--out", type=PATH, metavar="DIR", help="Keep runs, results.json and report.html.")
@click.option("--resume", is_flag=True, help="Go on with what an interrupted run left in --out.")
@options.as_json
def run(
    names: tuple[str, ...],
    retrievers: tuple[str, ...],
    measure_names: tuple[str, ...],
    encoders: tuple[str, ...],
    store: Path | None,
    collection: str | None,
    split: str,
    depth: int | None,
    within: str,
    out: Path | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Index test collections, ask their questions, and say how good the answers are."""
    if resume and out is None:
        raise click.UsageError("--resume needs --out")
    store_options(store, collection, encoders)
    plan = plan_of(
        names,
        retrievers,
        measure_names,
        split=split,
        depth=depth,
        encoders=options.wanted_encoders(encoders),
        store=(store, collection) if store and collection else None,
    )
    try:
        results = plan.results(out=out, resume=resume, within=within, quiet=as_json)
    except KeyboardInterrupt:
        if out is not None and not as_json:
            command = "the same command" if resume else "the same command with --resume"
            click.secho(f"stopped; {command} goes on from here", fg="yellow", err=True)
        raise
    if out is not None:
        keep(out, results)
    if as_json:
        from mnemic.eval.report import result_record

        emit({"results": [result_record(result) for result in results]})
    else:
        show(results, out)


@eval_group.command(
    epilog=options.examples(
        "mnemic eval compare bm25.trec hybrid.trec --qrels scifact/qrels/test.tsv",
        "mnemic eval compare *.trec --qrels test.tsv --measure nDCG@10 --out report.html",
    )
)
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN RUN...")
@click.option("--qrels", "qrels_file", required=True, type=PATH, help="Judgements, TREC or BEIR.")
@_measure
@click.option("--out", type=PATH, metavar="FILE", help="Write an HTML report.")
@options.as_json
def compare(
    runs: tuple[Path, ...],
    qrels_file: Path,
    measure_names: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Say whether TREC runs differ for real: paired tests, corrected for their number."""
    if len(runs) < 2:
        raise click.UsageError("comparing needs at least two runs")
    section = _compared(runs, qrels_file, parse_measures(measure_names))
    if out is not None:
        from mnemic.eval.files import write_atomically
        from mnemic.eval.report import page

        write_atomically(out, [page("Comparison of runs", [section]).encode()])
    if as_json:
        emit(_comparison_answer(section, runs))
    else:
        from mnemic.eval.report import evaluation_table

        console(wide=True).print(evaluation_table(section.evaluations))
        show_comparisons(section)


def _compared(runs: tuple[Path, ...], qrels_file: Path, measures: list[Measure]) -> Section:
    from mnemic.eval.report import Section
    from mnemic.eval.significance import compare
    from mnemic.eval.trec import read_qrels

    qrels = read_qrels(qrels_file)
    evaluations = _evaluations(runs, qrels, measures)
    for path, item in zip(runs, evaluations, strict=True):
        if item.missing == len(item.queries):
            raise InvalidInput(
                f"{path} and {qrels_file} have no query in common",
                hint="give the judgements that belong to the run",
            )
    return Section(qrels_file.name, evaluations, compare(evaluations))


def _evaluations(
    runs: tuple[Path, ...], qrels: Any, measures: list[Measure]
) -> tuple[Evaluation, ...]:
    from dataclasses import replace

    from mnemic.eval.measures import evaluate
    from mnemic.eval.trec import read_run

    found = [evaluate(read_run(path), qrels, measures) for path in runs]
    # Names tell runs apart in tables; where two agree, the files' own paths do.
    names = [item.run for item in found]
    for labels in ([path.name for path in runs], [str(path) for path in runs]):
        if len(set(names)) < len(runs):
            names = labels
    if len(set(names)) < len(runs):
        raise InvalidInput("a run is given twice", hint="name each run once")
    return tuple(replace(item, run=name) for item, name in zip(found, names, strict=True))


def _comparison_answer(section: Section, runs: tuple[Path, ...]) -> dict[str, Any]:
    from mnemic.eval.report import comparison_record

    return {
        "qrels": section.name,
        "queries": len(section.evaluations[0].queries),
        "runs": [
            {"name": item.run, "file": str(path), "measures": item.means, "missing": item.missing}
            for path, item in zip(runs, section.evaluations, strict=True)
        ],
        "comparisons": [comparison_record(item) for item in section.comparisons],
    }


@eval_group.command(
    "build-python-docs",
    epilog=options.examples(
        "mnemic eval build-python-docs ./python-docs",
    ),
)
@click.argument("folder", type=PATH)
@click.option("--queries", default=500, show_default=True, help="How many questions.")
@options.as_json
def build_python_docs(folder: Path, queries: int, as_json: bool) -> None:
    """Make a test collection from the documentation of Python's own library, into FOLDER."""
    from mnemic.eval.known_item import build

    report = build(folder, queries=queries)
    if as_json:
        emit(
            {
                "folder": str(report.folder),
                "documents": report.documents,
                "queries": report.queries,
                "judgements": report.judgements,
            }
        )
    else:
        console().print(f"{folder}: {report.documents:,} documents, {report.queries:,} queries")
