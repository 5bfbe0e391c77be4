"""How good is it, and is the difference real? Data sets, measures, runs, tests and reports."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnemic.eval import (
        datasets,
        known_item,
        measures,
        report,
        runner,
        significance,
        splits,
        trec,
    )

__all__ = [
    "datasets",
    "known_item",
    "measures",
    "report",
    "runner",
    "significance",
    "splits",
    "trec",
]


def __getattr__(name: str) -> Any:
    # numpy and the readers load with the part that needs them, not with the package.
    if name in __all__:
        return importlib.import_module(f"mnemic.eval.{name}")
    raise AttributeError(f"module 'mnemic.eval' has no attribute {name!r}")
