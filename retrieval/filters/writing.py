"""Filter values back to the JSON grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.retrieval.filters.rules import MAX_LEVELS, is_part, refuse
from mnemic.types import And, Compare, Not, Or

if TYPE_CHECKING:
    from mnemic.types import Filter


def unparse(filter: Filter) -> dict[str, Any]:
    """Write a filter as JSON, so that ``parse(unparse(f)) == f`` for every ``f`` from ``parse``.

    Raises:
        InvalidInput: It is nested too deeply, or is no filter, or names an impossible path.
    """
    return _written(filter, "filter", 1)


def _written(filter: Filter, where: str, level: int) -> dict[str, Any]:
    if level > MAX_LEVELS and not isinstance(filter, Compare):
        refuse(where, "the filter is nested too deeply", hint=f"At most {MAX_LEVELS} levels.")
    match filter:
        case And(clauses) | Or(clauses) if isinstance(clauses, tuple):
            name = "$and" if isinstance(filter, And) else "$or"
            place = f"{where}.{name}"
            return {
                name: [
                    _written(clause, f"{place}[{number}]", level + 1)
                    for number, clause in enumerate(clauses)
                ]
            }
        case Not(clause):
            return {"$not": _written(clause, f"{where}.$not", level + 1)}
        case Compare():
            return _compare(filter, where)
    refuse(
        where,
        f"a {type(filter).__name__} that cannot be written",
        hint="Use And, Or, Not and Compare, with tuples of clauses.",
    )


def _compare(leaf: Compare, where: str) -> dict[str, Any]:
    if not isinstance(leaf.path, tuple) or not leaf.path or not all(map(is_part, leaf.path)):
        refuse(where, "Compare has an impossible path", hint="Use a tuple of field names.")
    operand = list(leaf.operand) if isinstance(leaf.operand, tuple) else leaf.operand
    return {".".join(leaf.path): {f"${leaf.operator}": operand}}
