"""Whether all systems found the same, before their times are compared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKENS = ("ours-tokens", "infini-gram-tokens")


def agreement(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How many answers were compared, and every pair of runs that differ.

    Counts are compared at every text size and level, those with deletes against a look at every
    occurrence of the suffix array, places against its places, and what follows a context against
    infini-gram where that does not sample.
    """
    answers: dict[tuple[str, ...], list[tuple[str, list[Any]]]] = defaultdict(list)
    for run in runs:
        for what, found in _answers(run):
            answers[what].append((run["name"], found))
    compared, mismatches, alone = 0, [], []
    for what, sides in answers.items():
        (first, expected), *others = sides
        if not others:
            alone.append(" ".join(what))
        for name, found in others:
            # The first questions are the same for all; some are asked more. An empty answer says
            # that its system does not give an exact one.
            pairs = [(a, b) for a, b in zip(expected, found, strict=False) if "" not in (a, b)]
            wrong = sum(a != b for a, b in pairs)
            compared += len(pairs)
            if wrong:
                shown = f"{first} and {name} differ in {wrong} of {len(pairs)}"
                mismatches.append(f"{' '.join(what)}: {shown}")
    return {"compared": compared, "mismatches": mismatches, "not_compared": alone}


def _answers(run: dict[str, Any]) -> list[tuple[tuple[str, ...], list[Any]]]:
    level = "tokens" if run["task"]["system"] in TOKENS else "bytes"
    text = run["task"]["facts"]["digest"]
    found: list[tuple[tuple[str, ...], list[Any]]] = []
    found += [(("count", level, text, n), c) for n, c in run.get("checks", {}).items()]
    for percent, counts in run.get("live_checks", {}).items():
        found.append((("count with deletes", level, text, percent), counts))
    for percent in ("10", "20"):
        if counts := run.get(f"live_checks_{percent}"):
            found.append((("count with deletes", level, text, percent), counts))
    for name in ("place_checks", "next_checks"):
        if name in run:
            found.append(((name.removesuffix("_checks"), level, text), run[name]))
    return found
