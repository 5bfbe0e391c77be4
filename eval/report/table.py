"""Results on a terminal, as Rich tables; user strings are never read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.eval.report.wide_table import WideTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.eval.measures import Evaluation
    from mnemic.eval.report.results import Result
    from mnemic.eval.significance import Comparison

LEVEL = 0.05
PLACE = ("dataset", "retriever")
COSTS = ("p50 ms", "p95 ms", "p99 ms", "q/s", "index s", "index MB", "RSS MB")
TESTS = ("diff.", "d", "w/l/t", "p", "p Holm", "p t")


def result_table(results: Sequence[Result]) -> WideTable:
    """What the answers are worth: one row per data set and retriever."""
    measures = list(results[0].outcome.evaluation.values) if results else []
    rows: list[tuple[str, ...]] = []
    for result in results:
        outcome = result.outcome
        cells = [
            *(_place(outcome.dataset, outcome.split), outcome.retriever),
            *(f"{value:.4f}" for value in outcome.evaluation.means.values()),
            f"{len(outcome.evaluation.queries):,}",
            f"{result.indexing.documents:,}",
        ]
        rows.append(tuple(cells))
    return WideTable(PLACE, (*measures, "queries", "documents"), tuple(rows))


def cost_table(results: Sequence[Result]) -> WideTable:
    """What they cost: milliseconds one by one, throughput in batches, index and memory."""
    rows: list[tuple[str, ...]] = []
    for result in results:
        outcome, indexing, latency = result.outcome, result.indexing, result.outcome.latency
        peak = max(outcome.peak_rss_bytes, indexing.peak_rss_bytes)
        cells = [
            *(_place(outcome.dataset, outcome.split), outcome.retriever),
            *(f"{value:.2f}" for value in (latency.p50, latency.p95, latency.p99)),
            f"{outcome.queries_per_second:,.0f}" if outcome.queries_per_second else "-",
            f"{indexing.seconds:.1f}",
            f"{indexing.bytes / 1e6:.1f}",
            f"{peak / 1e6:.0f}",
        ]
        rows.append(tuple(cells))
    return WideTable(PLACE, COSTS, tuple(rows))


def _place(dataset: str, split: str) -> str:
    # The split that nearly everybody means goes without saying.
    return dataset if split == "test" else f"{dataset}/{split}"


def evaluation_table(evaluations: Sequence[Evaluation]) -> WideTable:
    """One row per run: means over all judged queries."""
    measures = list(evaluations[0].values) if evaluations else []
    rows: list[tuple[str, ...]] = []
    for item in evaluations:
        means = [f"{value:.4f}" for value in item.means.values()]
        cells = [item.run, *means, f"{len(item.queries):,}", f"{item.missing:,}"]
        rows.append(tuple(cells))
    return WideTable(("run",), (*measures, "queries", "missing"), tuple(rows))


def comparison_table(comparisons: Sequence[Comparison]) -> WideTable:
    """One row per pair and measure; a star marks a Holm-corrected p below 0.05.

    Columns: mean difference, Cohen's d, wins/losses/ties, p of the randomisation test without and
    with Holm's correction, p of the t test.
    """
    rows: list[tuple[str, ...]] = []
    for item in comparisons:
        star = "*" if item.holm_randomisation < LEVEL else ""
        cells = [
            item.measure,
            item.second,
            item.first,
            f"{item.difference:+.4f}{star}",
            f"{item.effect:+.2f}",
            f"{item.wins}/{item.losses}/{item.ties}",
            probability(item.p_randomisation),
            probability(item.holm_randomisation),
            probability(item.p_t),
        ]
        rows.append(tuple(cells))
    return WideTable(("measure", "run", "against"), TESTS, tuple(rows))


def probability(value: float) -> str:
    """A p value for people: four digits, or ``<.0001``."""
    return f"{value:.4f}" if value >= 1e-4 else "<.0001"
