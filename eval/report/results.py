"""What a report is made of: results of runs, gathered by data set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnemic.eval.significance import Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.eval.measures import Evaluation
    from mnemic.eval.meters import Latency
    from mnemic.eval.runner import Outcome


@dataclass(frozen=True, slots=True)
class Indexing:
    """What making the index cost.

    Attributes:
        documents: How many documents it holds.
        seconds: Wall time from the first document to a searchable, flushed collection.
        bytes: Size of the index files.
        peak_rss_bytes: Largest resident set while indexing.
    """

    documents: int
    seconds: float
    bytes: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Result:
    """One line of ``mnemic eval run``.

    Attributes:
        outcome: The run and its values.
        indexing: Of the index that was searched.
        tuning_queries: How many of the queries may be tuned on; figures over them are no report.
    """

    outcome: Outcome
    indexing: Indexing
    tuning_queries: int


@dataclass(frozen=True, slots=True)
class Section:
    """Runs that answer the same queries, side by side.

    Attributes:
        name: The data set and split, or the judgements' file.
        evaluations: One per run, of the same queries and measures.
        comparisons: Every pair on every measure.
        latencies: Run name -> latency, where it was measured.
    """

    name: str
    evaluations: tuple[Evaluation, ...]
    comparisons: tuple[Comparison, ...] = ()
    latencies: Mapping[str, Latency] = field(default_factory=dict)


def sections_of(results: Sequence[Result]) -> list[Section]:
    """One section per data set and split, in order of appearance, with all pairs compared."""
    groups: dict[str, list[Outcome]] = {}
    for result in results:
        outcome = result.outcome
        groups.setdefault(f"{outcome.dataset} ({outcome.split})", []).append(outcome)
    return [_section(name, outcomes) for name, outcomes in groups.items()]


def _section(name: str, outcomes: Sequence[Outcome]) -> Section:
    evaluations = tuple(outcome.evaluation for outcome in outcomes)
    latencies = {outcome.retriever: outcome.latency for outcome in outcomes}
    return Section(name, evaluations, compare(evaluations), latencies)
