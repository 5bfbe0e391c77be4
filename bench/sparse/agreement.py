"""Whether exact systems found the same scores, before their times are compared."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

DOUBLE, SINGLE = 1e-12, 2e-6
TOLERANCES = {"ours": DOUBLE, "bm25s": SINGLE}
"""Relative: double arithmetic in another order; sums of numbers rounded to float32."""


def agreement(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How many best scores were compared with brute force, and every run that differs."""
    compared, mismatches, unchecked = 0, [], []
    references = {_place(run): run for run in runs if _is_reference(run)}
    for run in runs:
        tolerance = TOLERANCES.get(run["task"]["system"])
        if tolerance is None or "checks" not in run:
            continue
        expected = references.get(_place(run), {}).get("checks", {})
        for k, rows in run["checks"].items():
            if k not in expected:
                unchecked.append(f"{run['name']}, k {k}")
                continue
            compared += len(rows)
            wrong = sum(not alike(*pair, tolerance) for pair in zip(expected[k], rows, strict=True))
            if wrong:
                mismatches.append(f"{run['name']}, k {k}: {wrong} of {len(rows)} differ")
    mismatches += [
        f"{run['name']}: {row['index']}, k {row['k']}, is not the fresh index"
        for run in runs
        for row in run.get("churn", [])
        if not row["equal"]
    ]
    return {
        "compared": compared,
        "mismatches": mismatches,
        "unchecked": unchecked,
        "tolerance": TOLERANCES,
    }


def alike(expected: Sequence[float], found: Sequence[float], tolerance: float) -> bool:
    """Whether two lists of scores are the same up to rounding."""
    return len(expected) == len(found) and all(
        isclose(one, other, rel_tol=tolerance) for one, other in zip(expected, found, strict=True)
    )


def _is_reference(run: dict[str, Any]) -> bool:
    task = run["task"]
    return task["what"] == "oracle" or (task["what"], task["system"]) == ("learned", "scipy")


def _place(run: dict[str, Any]) -> tuple[bool, str]:
    return run["task"]["what"] == "learned", run["task"]["facts"]["digest"]
