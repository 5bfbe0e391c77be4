"""mnemic: store text once; find it by words, meaning or substring; evaluate what was found.

``import mnemic`` is cheap: the parts load on first use, so no database driver, model runtime or
web framework is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mnemic.errors import (
    Conflict,
    DimensionMismatch,
    Forbidden,
    FormatTooNew,
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from mnemic.types import Document, Explanation, Hit, Passage, Qrels, Query, Ranking, Run

if TYPE_CHECKING:
    from mnemic import eval, retrieval
    from mnemic.sdk import Database, open

__version__ = "0.1.0"

__all__ = [
    "Conflict",
    "Database",
    "DimensionMismatch",
    "Document",
    "Explanation",
    "Forbidden",
    "FormatTooNew",
    "Hit",
    "IndexCorrupt",
    "InvalidInput",
    "LimitExceeded",
    "MnemicError",
    "NotFound",
    "Passage",
    "Qrels",
    "Query",
    "Ranking",
    "Run",
    "Unauthenticated",
    "Unavailable",
    "Unsupported",
    "__version__",
    "eval",
    "open",
    "retrieval",
]

_FROM_SDK = ("Database", "open")
_PARTS = (
    "catalogue",
    "eval",
    "indexes",
    "llm",
    "memory",
    "rag",
    "rerank",
    "retrieval",
    "sdk",
    "training",
)


def __getattr__(name: str) -> Any:
    if name in _FROM_SDK:
        value = getattr(importlib.import_module("mnemic.sdk"), name)
        globals()[name] = value
        return value
    if name in _PARTS:
        return importlib.import_module(f"mnemic.{name}")
    raise AttributeError(f"module 'mnemic' has no attribute {name!r}")
