"""One name for filters that mean the same, for caches."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mnemic.retrieval.filters.writing import unparse

if TYPE_CHECKING:
    from mnemic.types import Filter

MAX_READABLE = 512


def key(filter: Filter | None) -> str:
    """A canonical name: filters with equal keys pass the same documents.

    The order and repetition of clauses and of ``$in`` values do not matter, nor whether a number
    is written 1 or 1.0. Long names are replaced by a BLAKE2b digest.

    Raises:
        InvalidInput: The filter is nested too deeply to be a checked one.
    """
    if filter is None:
        return "null"
    text = _text(_canonical(unparse(filter)))
    if len(text) <= MAX_READABLE:
        return text
    return f"blake2b:{hashlib.blake2b(text.encode(), digest_size=32).hexdigest()}"


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _canonical(filter: dict[str, Any]) -> dict[str, Any]:
    [(name, value)] = filter.items()
    if name == "$not":
        return {name: _canonical(value)}
    if name in {"$and", "$or"}:
        clauses = _distinct([_canonical(clause) for clause in value])
        return clauses[0] if len(clauses) == 1 else {name: clauses}
    [(operator, operand)] = value.items()
    if isinstance(operand, list):
        return {name: {operator: _distinct([_number(item) for item in operand])}}
    return {name: {operator: _number(operand)}}


def _distinct(values: list[Any]) -> list[Any]:
    by_text = {_text(value): value for value in values}
    return [by_text[text] for text in sorted(by_text)]


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and -(2**63) <= value < 2**63:
        return int(value)
    return value
