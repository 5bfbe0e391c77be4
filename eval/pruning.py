"""What does it cost to keep fewer weights of learned sparse vectors?

The documents of a data set are encoded once; then each limit is set beside all weights, in memory
and with the same queries: which of the best documents are still found, and what the measures lose.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.eval import measures as known
from mnemic.eval.encoded import EncodedDocuments
from mnemic.eval.significance import compare, holm
from mnemic.eval.splits import is_tuning
from mnemic.indexes.sparse.pruning import checked_top_k
from mnemic.types import Qrels, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mnemic.eval.datasets import Dataset
    from mnemic.eval.measures import Evaluation, Measure
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.types import Query

    Rankings = Sequence[Mapping[str, float]]

TOP_KS = (32, 64, 128)
MEASURES = ("nDCG@10", "R@100")
CUTOFFS = (10, 100)


@dataclass(frozen=True, slots=True)
class PrunedResult:
    """What the vectors find that keep at most so many weights.

    Attributes:
        top_k: Most weights of a passage; ``None`` for all.
        postings: Weights of all passages.
        overlap: By cut-off, the share of the best documents by all weights that is among as many
            best ones here; the mean over the queries that find any.
        measures: Means over all queries.
        differences: By measure, what was lost or won beside all weights.
        p: By measure, of the paired randomisation test against all weights, Holm-corrected over
            all limits and measures of the report.
    """

    top_k: int | None
    postings: int
    overlap: Mapping[int, float]
    measures: Mapping[str, float]
    differences: Mapping[str, float]
    p: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PruningReport:
    """Every limit on one data set.

    Attributes:
        dataset: Its name.
        split: Which judgements.
        encoder: Name of the model.
        documents: How many there are.
        passages: How many were encoded.
        queries: How many were asked.
        tuning_queries: Of these, those that settings may be chosen by.
        results: All weights first, then the limits, the largest first.
    """

    dataset: str
    split: str
    encoder: str
    documents: int
    passages: int
    queries: int
    tuning_queries: int
    results: tuple[PrunedResult, ...]

    def to_json(self) -> dict[str, Any]:
        """As ``mnemic eval pruning --json`` prints it; ``overlap`` has its cut-offs as strings."""
        rows = [
            asdict(row)
            | {
                "overlap": {str(cutoff): share for cutoff, share in row.overlap.items()},
                "postings_per_passage": row.postings / max(self.passages, 1),
            }
            for row in self.results
        ]
        return asdict(self) | {"results": rows}


def measure_pruning(
    dataset: Dataset,
    encoder: TextEncoder,
    top_ks: Sequence[int] = TOP_KS,
    *,
    measures: Sequence[Measure] = (),
    most_queries: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> PruningReport:
    """Encode a data set once, and compare each limit with all weights.

    Args:
        dataset: Its documents, queries and judgements.
        encoder: A sparse one that keeps all weights of passages itself.
        top_ks: Most weights of a passage.
        measures: What is lost is said in these; nDCG@10 and R@100 by default.
        most_queries: An even sample of at most so many queries; ``None`` asks all.
        progress: Told how many documents are encoded.

    Raises:
        InvalidInput: A limit is below 1, the encoder is dense or prunes itself, or there is no
            query.

    Cost: encoding; beside it, memory for all vectors, and one search of all queries a limit.
    """
    if encoder.spec.top_k is not None:
        raise InvalidInput(
            f"the encoder keeps {encoder.spec.top_k} weights itself",
            hint="Open it without top_k: limits are measured against all weights.",
        )
    limits = sorted({checked_top_k(top_k) for top_k in top_ks}, reverse=True)
    chosen = list(measures) or [known.parse(name) for name in MEASURES]
    depth = max(*CUTOFFS, known.depth(chosen))
    asked = _sampled(dataset.queries, most_queries)
    documents = EncodedDocuments.encode(dataset.documents(), encoder, progress)
    questions = encoder.encode_queries([query.text for query in asked])
    found: list[tuple[int | None, int, Rankings]] = []
    for limit in (None, *limits):
        search = documents.search(limit)
        found.append((limit, search.postings, search.rankings(questions, depth)))
    return PruningReport(
        dataset=dataset.name,
        split=dataset.split,
        encoder=encoder.spec.model,
        documents=len(documents.ids),
        passages=len(documents.vectors.offsets) - 1,
        queries=len(asked),
        tuning_queries=sum(is_tuning(dataset.name, dataset.split, q.id) for q in asked),
        results=_results(found, asked, dataset.qrels, chosen),
    )


def overlap(whole: Rankings, other: Rankings, k: int) -> float:
    """The mean share of the best ``k`` documents of one side that the other has among its own.

    Queries of which ``whole`` finds nothing do not count; without any other, it is 1.
    """
    shares = [
        len(set(list(one)[:k]) & set(list(two)[:k])) / min(k, len(one))
        for one, two in zip(whole, other, strict=True)
        if one
    ]
    return float(np.mean(shares)) if shares else 1.0


def _sampled(queries: Sequence[Query], most: int | None) -> Sequence[Query]:
    if not queries or (most is not None and most < 1):
        raise InvalidInput("there is no query to ask")
    return queries if most is None else queries[:: -(-len(queries) // most)]


def _results(
    found: Sequence[tuple[int | None, int, Rankings]],
    asked: Sequence[Query],
    qrels: Qrels,
    chosen: Sequence[Measure],
) -> tuple[PrunedResult, ...]:
    judged = Qrels({query.id: qrels.judgements[query.id] for query in asked})
    evaluations = [
        known.evaluate(
            Run(str(limit), {q.id: row for q, row in zip(asked, rankings, strict=True)}),
            judged,
            chosen,
        )
        for limit, _, rankings in found
    ]
    p = _p(evaluations)
    whole, means = found[0][2], evaluations[0].means
    return tuple(
        PrunedResult(
            top_k=limit,
            postings=postings,
            overlap={cutoff: overlap(whole, rankings, cutoff) for cutoff in CUTOFFS},
            measures=evaluation.means,
            differences={name: value - means[name] for name, value in evaluation.means.items()},
            p=values,
        )
        for (limit, postings, rankings), evaluation, values in zip(
            found, evaluations, p, strict=True
        )
    )


def _p(evaluations: Sequence[Evaluation]) -> list[dict[str, float]]:
    """Of each evaluation against the first; nothing differs from itself."""
    first = replace(evaluations[0], run="all weights")
    pairs = [compare([first, other]) for other in evaluations[1:]]
    corrected = iter(holm([item.p_randomisation for several in pairs for item in several]))
    tested = [{item.measure: float(next(corrected)) for item in several} for several in pairs]
    return [dict.fromkeys(first.values, 1.0), *tested]
