"""What a filter means, in the plainest Python: the oracle for SQL and for bitmaps."""

from __future__ import annotations

from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from mnemic.types import And, Compare, Filter, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MISSING = object()
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def matches(filter: Filter, metadata: Mapping[str, Any]) -> bool:
    """Whether a document with this metadata passes; never undecided, never an error."""
    if isinstance(filter, And):
        return all(matches(clause, metadata) for clause in filter.clauses)
    if isinstance(filter, Or):
        return any(matches(clause, metadata) for clause in filter.clauses)
    if isinstance(filter, Not):
        return not matches(filter.clause, metadata)
    return _compare(filter, _walk(metadata, filter.path))


def _walk(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
    return value


def _kind(value: Any) -> str:
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "composite"


def _same(value: Any, operand: Any) -> bool:
    kind = _kind(value)
    if kind != _kind(operand):
        return False
    return kind == "null" or (kind != "composite" and bool(value == operand))


def _compare(leaf: Compare, value: Any) -> bool:
    operand: Any = leaf.operand
    match leaf.operator:
        case "eq" | "ne":
            return _same(value, operand) == (leaf.operator == "eq")
        case "in" | "nin":
            return any(_same(value, item) for item in operand) == (leaf.operator == "in")
        case "exists":
            return (value is not MISSING) == bool(operand)
        case "contains" if isinstance(value, (list, tuple)):
            return any(_same(item, operand) for item in value)
        case "contains":
            return isinstance(value, str) and isinstance(operand, str) and operand in value
        case operator:
            comparable = _kind(value) == _kind(operand) and _kind(value) in {"number", "string"}
            return comparable and bool(ORDER[operator](value, operand))
