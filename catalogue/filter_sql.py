"""A filter as a condition in SQL: bound parameters only, and never undecided.

It reads every row of the collection, so it is the oracle for the bitmaps and the way for fields
that have none. Every leaf yields true or false, also where SQL would say NULL; strings compare by
code point and types never mix, on both databases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import case, false, literal, not_

from mnemic.errors import InvalidInput
from mnemic.types import And, Compare, Not, Or

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from mnemic.types import Filter, JsonScalar

_INT64 = range(-(1 << 63), 1 << 63)


class Field(Protocol):
    """A metadata field in one SQL dialect; each method may yield NULL for false."""

    def missing(self) -> ColumnElement[bool]:
        """Absent or null."""
        ...

    def present(self) -> ColumnElement[bool]:
        """There, even when null."""
        ...

    def equals(self, operands: Sequence[JsonScalar]) -> ColumnElement[bool]:
        """Equal to one of the operands, none of which is null."""
        ...

    def compares(self, operator: str, operand: str | float) -> ColumnElement[bool]:
        """Of the operand's type and gt, gte, lt or lte it."""
        ...

    def contains(self, operand: JsonScalar) -> ColumnElement[bool]:
        """An array with an element equal to the operand, or a string around it."""
        ...


def condition(filter: Filter, *, dialect: str) -> ColumnElement[bool]:
    """The condition over ``documents.metadata``.

    Raises:
        InvalidInput: An operator or an operand is not one of the grammar's.
    """
    if isinstance(filter, And):
        # Through _any, for SQLite limits how deep a chain of AND may nest.
        tests = [condition(item, dialect=dialect) for item in filter.clauses]
        return not_(_any([not_(test) for test in tests]))
    if isinstance(filter, Or):
        return _any([condition(item, dialect=dialect) for item in filter.clauses])
    if isinstance(filter, Not):
        return not_(condition(filter.clause, dialect=dialect))
    if not isinstance(filter, Compare):
        raise InvalidInput(f"filter holds {filter!r}", hint="use mnemic.retrieval.filters.parse")
    _check_path(filter.path)
    return _leaf(_field(filter.path, dialect), filter)


def _field(path: tuple[str, ...], dialect: str) -> Field:
    # Each dialect's module is loaded by those who use it: PostgreSQL's costs 35 ms.
    if dialect == "sqlite":
        from mnemic.catalogue.filter_sqlite import SqliteField

        return SqliteField(path)
    from mnemic.catalogue.filter_postgresql import PostgresqlField

    return PostgresqlField(path)


def _check_path(path: tuple[str, ...]) -> None:
    # SQLite's JSON paths have no way to spell them that every version reads alike.
    if not path or any(ord(mark) < 32 or mark in '"\\' for key in path for mark in key):
        raise InvalidInput(
            f"filter field {path!r} holds a quote, a backslash or a control character",
            hint="rename the field",
        )
    for key in path:
        _checked(key)


def _any(tests: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether one test is true; NULL counts as false, and depth does not grow with the tests."""
    if not tests:
        return false()
    return case(*((test, literal(1)) for test in tests), else_=literal(0)) == 1


def _leaf(field: Field, leaf: Compare) -> ColumnElement[bool]:
    operand: Any = leaf.operand
    match leaf.operator:
        case "eq":
            return _equals(field, (operand,))
        case "ne":
            return not_(_equals(field, (operand,)))
        case "in":
            return _equals(field, operand)
        case "nin":
            return not_(_equals(field, operand))
        case "exists":
            return field.present() if operand else not_(field.present())
        case "contains":
            return _any([field.contains(_checked(operand))])
        case "gt" | "gte" | "lt" | "lte":
            if isinstance(operand, bool) or not isinstance(operand, (str, int, float)):
                return false()
            return _any([field.compares(leaf.operator, _checked(operand))])
    raise InvalidInput(f"filter operator {leaf.operator!r} does not exist", hint="see the grammar")


def _equals(field: Field, operands: Sequence[JsonScalar]) -> ColumnElement[bool]:
    tests = []
    if any(operand is None for operand in operands):
        tests.append(field.missing())
    if some := [_checked(operand) for operand in operands if operand is not None]:
        tests.append(field.equals(some))
    return _any(tests)


def _checked(operand: Any) -> Any:
    if operand is not None and not isinstance(operand, (str, int, float)):
        raise InvalidInput(f"filter value {operand!r} is no scalar", hint="use $in or $contains")
    if isinstance(operand, int) and operand not in _INT64:
        raise InvalidInput(f"filter value {operand} is beyond 64 bits", hint="use a float")
    if isinstance(operand, float) and operand - operand != 0:
        raise InvalidInput(f"filter value {operand} is not finite", hint="use $exists or $not")
    if isinstance(operand, str) and ("\0" in operand or not _encodable(operand)):
        raise InvalidInput("a filter string holds NUL or a lone surrogate", hint="remove it")
    return operand


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
