"""Results as JSON values: the keys that DESIGN section 7 fixes, and a few more."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnemic.eval.report.results import Result
    from mnemic.eval.significance import Comparison


def result_record(result: Result) -> dict[str, Any]:
    """One element of ``results`` of ``mnemic eval run --json``."""
    outcome, indexing, latency = result.outcome, result.indexing, result.outcome.latency
    return {
        "dataset": outcome.dataset,
        "retriever": outcome.retriever,
        "resolved": outcome.resolved or outcome.retriever,
        "rerank": None,
        "split": outcome.split,
        "depth": outcome.depth,
        "queries": len(outcome.evaluation.queries),
        "missing_queries": outcome.evaluation.missing,
        "tuning_queries": result.tuning_queries,
        "documents": indexing.documents,
        "measures": outcome.evaluation.means,
        "latency_ms": {"p50": latency.p50, "p95": latency.p95, "p99": latency.p99},
        "latency_queries": len(latency.values),
        "queries_per_second": outcome.queries_per_second,
        "index_seconds": indexing.seconds,
        "index_bytes": indexing.bytes,
        "peak_rss_bytes": max(outcome.peak_rss_bytes, indexing.peak_rss_bytes),
        "stages": [asdict(stage) for stage in outcome.stages],
        "run": str(outcome.path) if outcome.path else None,
    }


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON; an infinite effect becomes ``null``."""
    record = asdict(comparison)
    record["effect"] = comparison.effect if math.isfinite(comparison.effect) else None
    return record
