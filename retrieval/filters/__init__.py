"""A filter in JSON: is it one, what does it mean, and is it the same as that one?"""

from __future__ import annotations

from mnemic.retrieval.filters.keys import key
from mnemic.retrieval.filters.parsing import parse
from mnemic.retrieval.filters.rules import (
    MAX_CLAUSES,
    MAX_LEVELS,
    MAX_STRING,
    MAX_VALUES,
    OPERANDS,
    OPERATORS,
)
from mnemic.retrieval.filters.writing import unparse

__all__ = [
    "MAX_CLAUSES",
    "MAX_LEVELS",
    "MAX_STRING",
    "MAX_VALUES",
    "OPERANDS",
    "OPERATORS",
    "key",
    "parse",
    "unparse",
]
