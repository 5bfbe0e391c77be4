"""Metadata fields in PostgreSQL: ``jsonb`` operators.

Numbers are compared as ``jsonb``, whose order is that of ``numeric`` and never fails, because
PostgreSQL may evaluate a cast before the test of the type beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Text, and_, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import JSONB

from mnemic.catalogue.content import encode_scalar
from mnemic.catalogue.filter_sqlite import ORDER
from mnemic.catalogue.tables import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from mnemic.types import JsonScalar


class PostgresqlField:
    """One field, reached by ``->`` with text, which walks objects and never arrays."""

    def __init__(self, path: tuple[str, ...]) -> None:
        value: ColumnElement[Any] = documents.c.metadata
        for key in path:
            value = value.op("->", return_type=JSONB())(cast(literal(key), Text))
        self._value = value
        self._type = func.jsonb_typeof(value)
        text = value.op("#>>", return_type=Text())(cast(literal("{}"), ARRAY(Text)))
        self._text = text.collate("C")

    def missing(self) -> ColumnElement[bool]:
        """Absent or null."""
        return or_(self._value.is_(None), self._type == "null")

    def present(self) -> ColumnElement[bool]:
        """There, even when null."""
        return self._type.is_not(None)

    def equals(self, operands: Sequence[JsonScalar]) -> ColumnElement[bool]:
        """Equal to one of the operands, none of which is null."""
        return self._value.in_([_jsonb(encode_scalar(operand)) for operand in operands])

    def compares(self, operator: str, operand: str | float) -> ColumnElement[bool]:
        """Of the operand's type and gt, gte, lt or lte it."""
        if isinstance(operand, str):
            return and_(self._type == "string", ORDER[operator](self._text, operand))
        test = ORDER[operator](self._value, _jsonb(encode_scalar(operand)))
        return and_(self._type == "number", test)

    def contains(self, operand: JsonScalar) -> ColumnElement[bool]:
        """An array with an element equal to the operand, or a string around it."""
        holds = self._value.op("@>", is_comparison=True)(_jsonb(f"[{encode_scalar(operand)}]"))
        inside = and_(self._type == "array", holds)
        if not isinstance(operand, str):
            return inside
        return or_(inside, and_(self._type == "string", func.strpos(self._text, operand) > 0))


def _jsonb(text: str) -> ColumnElement[Any]:
    return literal(text, JSONB())
