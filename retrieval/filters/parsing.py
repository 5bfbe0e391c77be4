"""JSON grammar to the filter values of ``mnemic.types``, refusing everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from mnemic.retrieval.filters.rules import (
    CONNECTIVES,
    MAX_CLAUSES,
    MAX_LEVELS,
    MAX_VALUES,
    OPERANDS,
    OPERATORS,
    field_path,
    refuse,
    scalar,
    shown,
)
from mnemic.retrieval.filters.writing import unparse
from mnemic.types import And, Compare, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mnemic.types import Filter


def parse(filter: Mapping[str, Any] | Filter | None) -> Filter | None:
    """Check a filter and give it the form that indexes and the catalogue evaluate.

    Costs O(size of the filter). Several keys of one object must all hold; see
    docs/guides/filters.md for the grammar.

    Args:
        filter: JSON grammar, a filter made by hand (checked as strictly), or ``None``.

    Returns:
        ``None`` for ``None``; ``And(())``, which every document passes, for ``{}``.

    Raises:
        InvalidInput: Something is not in the grammar or over a limit; the message names the
            place, e.g. ``filter.$and[2].year.$gte``.
    """
    if filter is None:
        return None
    if isinstance(filter, (And, Or, Not, Compare)):
        filter = unparse(filter)
    return _Parser().filter(filter, "filter", 1)


class _Parser:
    """One pass over one filter; counts clauses and values on the way."""

    def __init__(self) -> None:
        self._clauses = 0
        self._values = 0

    def filter(self, value: Any, where: str, level: int) -> Filter:
        if not isinstance(value, Mapping):
            refuse(where, f"expected an object, not {shown(value)}", hint='E.g. {"year": 2024}.')
        return self._all(value, where, level, self._entry)

    def _all(self, entries: Mapping[Any, Any], where: str, level: int, read: Any) -> Filter:
        """One entry stands for itself, several for ``And`` one level up."""
        if len(entries) == 1:
            [(name, value)] = entries.items()
            return cast("Filter", read(name, value, where, level))
        self._count(where, level)
        return And(tuple(read(name, value, where, level + 1) for name, value in entries.items()))

    def _count(self, where: str, level: int = 0) -> None:
        self._clauses += 1
        if level > MAX_LEVELS:
            refuse(where, "the filter is nested too deeply", hint=f"At most {MAX_LEVELS} levels.")
        if self._clauses > MAX_CLAUSES:
            refuse(where, "the filter has too many clauses", hint=f"At most {MAX_CLAUSES}.")

    def _entry(self, name: Any, value: Any, where: str, level: int) -> Filter:
        if not isinstance(name, str):
            refuse(where, f"the key {shown(name)} is not a string", hint="Use JSON objects.")
        here = f"{where}.{name[:80]}"
        if name in {"$and", "$or"}:
            return self._list(name, value, here, level)
        if name == "$not":
            self._count(here, level)
            return Not(self.filter(value, here, level + 1))
        if name.startswith("$"):
            self._unknown(name, here, known=CONNECTIVES)
        return self._field(field_path(name, where), value, here, level)

    def _list(self, name: str, value: Any, where: str, level: int) -> Filter:
        self._count(where, level)
        if not isinstance(value, (list, tuple)):
            refuse(where, f"needs {OPERANDS[name]}, not {shown(value)}", hint="Use [ ... ].")
        clauses = tuple(
            self.filter(clause, f"{where}[{number}]", level + 1)
            for number, clause in enumerate(value)
        )
        return And(clauses) if name == "$and" else Or(clauses)

    def _unknown(self, name: str, where: str, *, known: Iterable[str]) -> None:
        if name in OPERATORS:
            refuse(
                where,
                f"{name} stands where no field is",
                hint=f'Write {{"field": {{"{name}": x}}}}.',
            )
        refuse(
            where,
            f"unknown operator {shown(name)}",
            hint=f"Known here are {', '.join(known)}.",
        )

    def _field(self, path: tuple[str, ...], value: Any, where: str, level: int) -> Filter:
        if not isinstance(value, Mapping):
            self._count(where)
            return Compare(path, "eq", scalar(value, where, operator="$eq"))
        if not value:
            refuse(where, "the object has no operator", hint=f"Known are {', '.join(OPERATORS)}.")

        def read(name: Any, operand: Any, where: str, level: int) -> Filter:
            return self._operator(path, name, operand, where, level)

        return self._all(value, where, level, read)

    def _operator(
        self, path: tuple[str, ...], name: Any, operand: Any, where: str, level: int
    ) -> Filter:
        here = f"{where}.{name[:80]}" if isinstance(name, str) else where
        if name == "$not":
            self._count(here, level)
            if not isinstance(operand, Mapping):
                refuse(here, "needs an object of operators", hint='E.g. {"$not": {"$gt": 3}}.')
            return Not(self._field(path, operand, here, level + 1))
        if not isinstance(name, str) or name not in OPERATORS:
            refuse(
                here,
                f"unknown operator {shown(name)}",
                hint=f"Known are {', '.join(OPERATORS)} and $not; "
                "a field inside an object is written with a dot.",
            )
        self._count(here)
        return Compare(path, OPERATORS[name], self._operand(name, operand, here))

    def _operand(self, name: str, operand: Any, where: str) -> Any:
        if name in {"$in", "$nin"}:
            return tuple(self._values_of(name, operand, where))
        legal = f"{name} needs {OPERANDS[name]}, not {shown(operand)}"
        if name == "$exists" and not isinstance(operand, bool):
            refuse(where, legal, hint="Write true or false.")
        if operand is None and name in {"$gt", "$gte", "$lt", "$lte"}:
            refuse(where, legal, hint='Null has no order; use {"$exists": true} or {"$ne": null}.')
        return scalar(operand, where, operator=name)

    def _values_of(self, name: str, operand: Any, where: str) -> Iterator[Any]:
        if not isinstance(operand, (list, tuple)):
            refuse(where, f"{name} needs {OPERANDS[name]}, not {shown(operand)}", hint="Use [...].")
        self._values += len(operand)
        if self._values > MAX_VALUES:
            refuse(where, "the filter has too many values", hint=f"At most {MAX_VALUES}.")
        for number, value in enumerate(operand):
            yield scalar(value, f"{where}[{number}]", operator=name)
