"""Metadata fields in SQLite: ``json_type`` and ``json_extract`` over JSON text."""

from __future__ import annotations

import operator as operators
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, column, false, func, or_, select

from mnemic.catalogue.tables import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from mnemic.types import JsonScalar

_NUMBERS = ("integer", "real")
ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operators.gt,
    "gte": operators.ge,
    "lt": operators.lt,
    "lte": operators.le,
}


class SqliteField:
    """One field; the path is a bound parameter like every value."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = "$" + "".join(f'."{key}"' for key in path)
        self._type = func.json_type(documents.c.metadata, self._path)
        self._value = func.json_extract(documents.c.metadata, self._path)

    def missing(self) -> ColumnElement[bool]:
        """Absent or null."""
        return or_(self._type.is_(None), self._type == "null")

    def present(self) -> ColumnElement[bool]:
        """There, even when null."""
        return self._type.is_not(None)

    def equals(self, operands: Sequence[JsonScalar]) -> ColumnElement[bool]:
        """Equal to one of the operands, none of which is null."""
        return _equals(self._type, self._value, operands)

    def compares(self, operator: str, operand: str | float) -> ColumnElement[bool]:
        """Of the operand's type and gt, gte, lt or lte it."""
        types = ("text",) if isinstance(operand, str) else _NUMBERS
        return and_(self._type.in_(types), ORDER[operator](self._value, operand))

    def contains(self, operand: JsonScalar) -> ColumnElement[bool]:
        """An array with an element equal to the operand, or a string around it."""
        items = func.json_each(documents.c.metadata, self._path).table_valued(
            column("value"), column("type")
        )
        if operand is None:
            test = items.c.type == "null"
        else:
            test = _equals(items.c.type, items.c.value, (operand,))
        found = select(1).select_from(items).where(test).correlate(documents).exists()
        inside = and_(self._type == "array", found)
        if not isinstance(operand, str):
            return inside
        return or_(inside, and_(self._type == "text", func.instr(self._value, operand) > 0))


def _equals(
    kind: ColumnElement[Any], value: ColumnElement[Any], operands: Sequence[JsonScalar]
) -> ColumnElement[bool]:
    strings = [item for item in operands if isinstance(item, str)]
    numbers = [
        item for item in operands if isinstance(item, (int, float)) and not isinstance(item, bool)
    ]
    booleans = [str(item).lower() for item in operands if isinstance(item, bool)]
    tests = [
        and_(kind == "text", value.in_(strings)) if strings else None,
        and_(kind.in_(_NUMBERS), value.in_(numbers)) if numbers else None,
        kind.in_(booleans) if booleans else None,
    ]
    return or_(false(), *(test for test in tests if test is not None))
