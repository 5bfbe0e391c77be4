"""Results on a terminal, as Rich tables; user strings are never read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table
    from rich.text import Text

    from mnemic.eval.measures import Evaluation
    from mnemic.eval.report.results import Result
    from mnemic.eval.significance import Comparison

LEVEL = 0.05


def result_table(results: Sequence[Result]) -> Table:
    """One row per data set and retriever."""
    measures = list(results[0].outcome.evaluation.values) if results else []
    table = _table(["dataset", "split", "retriever"], [*measures, "queries", "documents"])
    for name in ("p50 ms", "p95 ms", "p99 ms", "queries/s", "index s", "index MB", "RSS MB"):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(*map(_plain, _cells(result)))
    return table


def _cells(result: Result) -> list[str]:
    outcome, indexing = result.outcome, result.indexing
    means, latency = outcome.evaluation.means, outcome.latency
    peak = max(outcome.peak_rss_bytes, indexing.peak_rss_bytes)
    return [
        outcome.dataset,
        outcome.split,
        outcome.retriever,
        *(f"{value:.4f}" for value in means.values()),
        f"{len(outcome.evaluation.queries):,}",
        f"{indexing.documents:,}",
        *(f"{value:.2f}" for value in (latency.p50, latency.p95, latency.p99)),
        f"{outcome.queries_per_second:,.0f}" if outcome.queries_per_second else "-",
        f"{indexing.seconds:.1f}",
        f"{indexing.bytes / 1e6:.1f}",
        f"{peak / 1e6:.0f}",
    ]


def evaluation_table(evaluations: Sequence[Evaluation]) -> Table:
    """One row per run: means over all judged queries."""
    measures = list(evaluations[0].values) if evaluations else []
    table = _table(["run"], [*measures, "queries", "missing"])
    for item in evaluations:
        means = [f"{value:.4f}" for value in item.means.values()]
        cells = [item.run, *means, f"{len(item.queries):,}", f"{item.missing:,}"]
        table.add_row(*map(_plain, cells))
    return table


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """One row per pair and measure; a star marks a Holm-corrected p below 0.05."""
    table = _table(["measure", "run", "against"], ["difference", "effect d", "win/loss/tie"])
    for name in ("p random.", "Holm", "p t test", "Holm"):
        table.add_column(name, justify="right")
    for item in comparisons:
        star = "*" if item.holm_randomisation < LEVEL else ""
        cells = [
            item.measure,
            item.second,
            item.first,
            f"{item.difference:+.4f}{star}",
            f"{item.effect:+.2f}",
            f"{item.wins}/{item.losses}/{item.ties}",
            *map(
                probability,
                (item.p_randomisation, item.holm_randomisation, item.p_t, item.holm_t),
            ),
        ]
        table.add_row(*map(_plain, cells))
    return table


def probability(value: float) -> str:
    """A p value for people: four digits, or ``<.0001``."""
    return f"{value:.4f}" if value >= 1e-4 else "<.0001"


def _table(words: list[str], numbers: list[str]) -> Table:
    from rich.table import Table

    table = Table(header_style="bold")
    for name in words:
        table.add_column(_plain(name), overflow="fold")
    for name in numbers:
        table.add_column(_plain(name), justify="right")
    return table


def _plain(text: str) -> Text:
    from rich.text import Text

    # Control characters of a run's name must not reach the terminal.
    return Text("".join(char if char.isprintable() else "?" for char in text))
