"""What ``mnemic eval run`` leaves: files under --out, and tables on stdout."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mnemic.api.cli.output import console

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.eval.report import Result, Section


def keep(out: Path, results: list[Result]) -> None:
    """Write ``results.json`` and ``report.html``."""
    import json
    import platform

    import mnemic
    from mnemic.eval.files import write_atomically
    from mnemic.eval.report import comparison_record, page, result_record, sections_of

    sections = sections_of(results)
    date = datetime.now(UTC).isoformat(timespec="seconds")
    record = {
        "date": date,
        "mnemic": mnemic.__version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "results": [result_record(result) for result in results],
        "comparisons": {
            section.name: [comparison_record(item) for item in section.comparisons]
            for section in sections
        },
    }
    write_atomically(out / "results.json", [json.dumps(record, indent=2).encode(), b"\n"])
    html = page("Evaluation", sections, results=results, date=date)
    write_atomically(out / "report.html", [html.encode()])


def show(results: list[Result], out: Path | None) -> None:
    """Print tables, what names stand for, and where the report is."""
    from mnemic.eval.report import cost_table, result_table, sections_of

    screen = console(wide=True)
    screen.print(result_table(results))
    screen.print(cost_table(results))
    for section in sections_of(results):
        show_comparisons(section)
    pairs = {(result.outcome.retriever, result.outcome.resolved) for result in results}
    for name, resolved in sorted(pair for pair in pairs if pair[0] in ("default", "hybrid")):
        screen.print(f"{name} is {resolved}")
    for result in results:
        if result.tuning_queries:
            outcome = result.outcome
            total = len(outcome.evaluation.queries)
            screen.print(
                f"{outcome.dataset}: {result.tuning_queries:,} of {total:,} queries are for"
                " tuning; do not report figures over them"
            )
    if out is not None:
        # A path that is broken into lines cannot be copied.
        screen.print(f"report: {out / 'report.html'}", soft_wrap=True)


def show_comparisons(section: Section) -> None:
    """Print how sure the differences are, where there is more than one run."""
    from mnemic.eval.report import comparison_table

    if section.comparisons:
        screen = console(wide=True)
        screen.print(section.name)
        screen.print(comparison_table(section.comparisons))
