"""A filter over the columns of one segment: numpy over postings, never a loop over documents.

Semantics (the SQL in the catalogue and the oracle in the tests say the same): missing and null are
one; types never mix, 1 equals 1.0 and not True; numbers compare exactly; strings compare by code
point; ``$ne`` and ``$nin`` are the complements of ``$eq`` and ``$in``; only ``$contains`` looks
into arrays.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.columns.column import Column, Field, Fields, Group
from mnemic.indexes.columns.numbers import exact_floats, exact_integers, span
from mnemic.indexes.columns.paths import MAX_PARTS, MAX_TEXT, NotIndexed, encoded, indexable
from mnemic.indexes.columns.substrings import entries_with
from mnemic.types import And, Compare, Not, Or

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.types import Filter, JsonScalar

    Mask = NDArray[np.bool_]

# Deeper than any filter that retrieval.filters lets through, far from Python's own limit.
_MAX_LEVELS = 64
_FEW = 200
_NOTHING = Field(Column(), Column())


def evaluate(fields: Fields, filter: Filter) -> Mask:
    """The documents that pass: bool [documents].

    Raises:
        NotIndexed: The answer depends on something that was left out of the index.
        InvalidInput: The filter is nested beyond any that ``retrieval.filters`` would pass.
    """
    return _evaluate(fields, filter, 0)


def _evaluate(fields: Fields, filter: Filter, level: int) -> Mask:
    if level > _MAX_LEVELS:
        raise InvalidInput(
            f"the filter is nested more than {_MAX_LEVELS} levels deep",
            hint="Check it with mnemic.retrieval.filters.parse first.",
        )
    match filter:
        case Compare():
            return _compare(fields, filter)
        case Not(clause):
            return ~_evaluate(fields, clause, level + 1)
        case And(clauses):
            result = np.ones(fields.documents, np.bool_)
            for clause in clauses:
                result &= _evaluate(fields, clause, level + 1)
        case Or(clauses):
            result = np.zeros(fields.documents, np.bool_)
            for clause in clauses:
                result |= _evaluate(fields, clause, level + 1)
    return result


def _compare(fields: Fields, leaf: Compare) -> Mask:
    path = ".".join(leaf.path)
    field = _find(fields, leaf.path, path)
    result = np.zeros(fields.documents, np.bool_)
    match leaf.operator:
        case "eq" | "ne":
            _equal(result, field, (cast("JsonScalar", leaf.operand),), path)
        case "in" | "nin":
            _equal(result, field, cast("tuple[JsonScalar, ...]", leaf.operand), path)
        case "exists":
            result[field.values.groups[Group.PRESENT]] = True
            return result if leaf.operand else ~result
        case "contains":
            _contain(result, field, cast("JsonScalar", leaf.operand), path)
        case _:
            _order(result, field.values, leaf, path)
    return ~result if leaf.operator in {"ne", "nin"} else result


def _find(fields: Fields, parts: tuple[str, ...], path: str) -> Field:
    if path in fields.fields and "." not in "".join(parts):
        return fields.fields[path]
    if len(parts) > MAX_PARTS or not all(map(indexable, parts)):
        raise NotIndexed(path, "no such path is ever indexed")
    if not fields.complete:
        raise NotIndexed(path, "left out because the segment has more fields than the cap")
    return _NOTHING


class _Operands(NamedTuple):
    """Operands by the type of value that they can equal."""

    null: bool
    truths: list[bool]
    numbers: list[float]
    texts: list[str]


def _typed(operands: Sequence[JsonScalar]) -> _Operands:
    typed = _Operands(None in operands, [], [], [])
    for operand in operands:
        match operand:
            case bool():
                typed.truths.append(operand)
            case int() | float():
                typed.numbers.append(operand)
            case str():
                typed.texts.append(operand)
    return typed


def _equal(result: Mask, field: Field, operands: Sequence[JsonScalar], path: str) -> None:
    typed = _typed(operands)
    if typed.null:
        result[:] = True
        result[field.values.groups[Group.PRESENT]] = False
    _scalars(result, field.values, typed, path)


def _contain(result: Mask, field: Field, operand: JsonScalar, path: str) -> None:
    _scalars(result, field.elements, _typed((operand,)), path)
    if isinstance(operand, str):
        _substring(result, field.values, operand, path)


def _scalars(result: Mask, column: Column, typed: _Operands, path: str) -> None:
    if typed.null:
        result[column.groups[Group.NULL]] = True
    if True in typed.truths:
        result[column.groups[Group.TRUE]] = True
    if False in typed.truths:
        result[column.groups[Group.FALSE]] = True
    if typed.numbers:
        _refuse(column, Group.ODD_NUMBER, path)
        wanted = exact_integers(typed.numbers), exact_floats(typed.numbers)
        for numbers, operands in zip((column.integers, column.floats), wanted, strict=True):
            result[numbers.docs[np.isin(numbers.values, operands)]] = True
    if typed.texts:
        _texts(result, column, typed.texts, path)


def _refuse(column: Column, group: Group, path: str) -> None:
    if len(column.groups[group]):
        raise NotIndexed(path, f"{len(column.groups[group])} documents have a value left out")


def _texts(result: Mask, column: Column, operands: list[str], path: str) -> None:
    texts = column.texts
    # Reading the whole dictionary once pays when it is searched many times.
    words = texts.words() if len(operands) > _FEW else texts
    for operand in operands:
        data = encoded(operand)
        if data is None or len(data) > MAX_TEXT:
            _refuse(column, Group.LONG_TEXT, path)
            continue
        entry = bisect_left(words, data)
        if entry < len(words) and words[entry] == data:
            result[texts.holders(entry, entry + 1)] = True


def _order(result: Mask, column: Column, leaf: Compare, path: str) -> None:
    match leaf.operand:
        case bool():
            return
        case int() | float() as number if number == number:
            _refuse(column, Group.ODD_NUMBER, path)
            for numbers in (column.integers, column.floats):
                first, last = _beyond(leaf.operator, *span(numbers.values, number))
                result[numbers.docs[first:last]] = True
        case str() as text:
            _refuse(column, Group.LONG_TEXT, path)
            # Text with a lone surrogate sorts where its raw bytes do, as in Python.
            data, texts = text.encode("utf-8", "surrogatepass"), column.texts
            first, last = _beyond(
                leaf.operator, bisect_left(texts, data), bisect_right(texts, data)
            )
            result[texts.holders(first, len(texts) if last is None else last)] = True


def _beyond(operator: str, left: int, right: int) -> tuple[int, int | None]:
    """The slice of ascending values that satisfies the operator, given where the operand is."""
    match operator:
        case "gt":
            return right, None
        case "gte":
            return left, None
        case "lt":
            return 0, left
        case "lte":
            return 0, right
    raise InvalidInput(f"unknown operator {operator!r:.80}")


def _substring(result: Mask, column: Column, text: str, path: str) -> None:
    _refuse(column, Group.LONG_TEXT, path)
    data = encoded(text)
    if data is None:
        return
    texts = column.texts
    found = np.zeros(len(texts), np.bool_)
    found[entries_with(texts, data)] = True
    holders = texts.holders(0, len(texts))
    result[holders[np.repeat(found, np.diff(texts.postings))]] = True
