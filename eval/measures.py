"""Measures as values, computed by ir-measures (MacAvaney et al. 2022) over judged queries.

A judged query that a run misses counts as 0. A query whose judgements hold no relevant document
counts too, with 0 for every measure of relevance: the denominator is the number of judged
queries, as ``trec_eval -c`` has it. Scores count as they stand in a run file (six decimals), so
a written run evaluates to the same values anywhere. Ties are broken as the providers do it:
``trec_eval`` by document id descending, MS MARCO's ``RR@k`` ascending.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.eval.trec import ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.types import Qrels, Run

DEFAULT = ("nDCG@10", "R@100", "RR@10", "AP")
EXAMPLES = (*DEFAULT, "P@10", "MRR@10", "Recall@1000", "MAP", "Success@5", "AP(rel=2)", "Rprec")
SHALLOWEST = 100
DEEPEST = 1000
_LONGEST_NAME = 100
# The others of ir-measures start perl, or count neither per query nor without extra packages.
_PROVIDERS = ("pytrec_eval", "judged", "msmarco", "compat", "accuracy")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure by name.

    Attributes:
        name: As the user wrote it, e.g. ``MRR@10``; the key of results.
        canonical: As ir-measures writes it, e.g. ``RR@10``.
        cutoff: The rank it looks down to, or ``None`` for the whole ranking.
    """

    name: str
    canonical: str
    cutoff: int | None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run is worth, per query and in the mean.

    Attributes:
        run: The run's name.
        queries: The judged query ids, in code-point order.
        values: Measure name -> float64 [queries], aligned with ``queries``.
        missing: How many judged queries the run has no document for (they count as 0).
    """

    run: str
    queries: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]]
    missing: int

    @property
    def means(self) -> dict[str, float]:
        """Measure name -> mean over all judged queries."""
        return {name: float(np.mean(values)) for name, values in self.values.items()}


def parse(name: str) -> Measure:
    """Read a measure's name in ir-measures' notation.

    Raises:
        InvalidInput: Unknown, malformed, or not computable here; the hint lists examples.
    """
    stripped = name.strip()
    value = _parsed(stripped)
    cutoff = value.params.get("cutoff")
    if cutoff is not None and (isinstance(cutoff, bool) or cutoff < 1):
        raise _refused(name, "its cut-off must be at least 1")
    return Measure(stripped, str(value), cutoff)


@lru_cache(maxsize=256)
def _parsed(name: str) -> Any:
    import ir_measures

    if not name or len(name) > _LONGEST_NAME:
        raise _refused(name[:_LONGEST_NAME], "empty or too long")
    try:
        value: Any = ir_measures.parse_measure(name)
        value.validate_params()
    except (NameError, ValueError, TypeError, AssertionError, SyntaxError, KeyError) as error:
        raise _refused(name, _reason(error)) from error
    if isinstance(value.aggregator(), ir_measures.SumAgg):
        raise _refused(name, "it is a count, which has no mean")
    if not _pipeline().supports(value):
        raise _refused(name, "no provider of it is installed")
    return value


def _reason(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return "it needs a parameter, such as @10" if "<object object" in text else text


def _pipeline() -> Any:
    import ir_measures

    providers: Any = ir_measures.providers
    return providers.FallbackProvider([providers.registry[name] for name in _PROVIDERS])


def _refused(name: str, reason: str) -> InvalidInput:
    lowered = {example.lower(): example for example in EXAMPLES}
    near = difflib.get_close_matches(name.lower(), lowered, n=1)
    meant = f"did you mean {lowered[near[0]]}? " if near else ""
    return InvalidInput(
        f"unknown measure {name!r}: {reason}", hint=f"{meant}measures are {', '.join(EXAMPLES)}"
    )


def depth(measures: Sequence[Measure], *, asked: int | None = None) -> int:
    """How many hits per query a run needs: ``asked``, or what the measures look at.

    Without ``asked`` it is the deepest cut-off, at least 100; measures without a cut-off see
    what there is.

    Raises:
        InvalidInput: ``asked`` is not positive or less than a cut-off.
        LimitExceeded: More than 1,000.
    """
    deepest = max((measure.cutoff or 0 for measure in measures), default=0)
    wanted = max(SHALLOWEST, deepest) if asked is None else asked
    if wanted < max(1, deepest):
        raise InvalidInput(
            f"a depth of {wanted} is too small for {', '.join(map(str, measures))}",
            hint=f"use -k {max(1, deepest)} or more",
        )
    if wanted > DEEPEST:
        raise LimitExceeded(f"a depth of {wanted} is over {DEEPEST}", hint="use a lower cut-off")
    return wanted


def evaluate(run: Run, qrels: Qrels, measures: Sequence[Measure]) -> Evaluation:
    """Values of every judged query and measure; queries that nobody judged are ignored.

    Cost: linear in the run, some 1e6 lines a second.

    Raises:
        InvalidInput: There is no judged query or no measure, or a score is not finite.
    """
    if not qrels.judgements or not measures:
        raise InvalidInput("nothing to evaluate: no judged query, or no measure")
    queries = tuple(sorted(qrels.judgements))
    rankings = {query: dict(ordered(run.rankings.get(query, {}))) for query in queries}
    found = {query: documents for query, documents in rankings.items() if documents}
    table = _table(found, qrels, {measure.canonical for measure in measures})
    values = {
        measure.name: np.array([table[measure.canonical][query] for query in queries])
        for measure in measures
    }
    return Evaluation(run.name, queries, values, len(queries) - len(found))


def _table(
    rankings: Mapping[str, Mapping[str, float]], qrels: Qrels, names: set[str]
) -> dict[str, dict[str, float]]:
    judgements = {query: dict(grades) for query, grades in qrels.judgements.items()}
    evaluator = _pipeline().evaluator([_parsed(name) for name in sorted(names)], judgements)
    table: dict[str, dict[str, float]] = {name: dict.fromkeys(judgements, 0.0) for name in names}
    for metric in evaluator.iter_calc(rankings):
        table[str(metric.measure)][metric.query_id] = float(metric.value)
    return table
