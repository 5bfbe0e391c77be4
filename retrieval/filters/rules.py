"""What a filter may name and hold: operators, operands, paths and limits."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import MAX_PART, MAX_PARTS
from mnemic.types import Operator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.types import JsonScalar

MAX_LEVELS = 16
MAX_CLAUSES = 1_000
MAX_VALUES = 10_000
MAX_STRING = 65_536

# What JSON writes -> the operator of ``mnemic.types.Compare``.
OPERATORS: Mapping[str, Operator] = {f"${name}": name for name in get_args(Operator)}
CONNECTIVES = ("$and", "$or", "$not")

_SCALAR = "a string, number, boolean or null"
OPERANDS: Mapping[str, str] = {
    "$and": "a list of filters",
    "$or": "a list of filters",
    "$not": "a filter",
    "$eq": _SCALAR,
    "$ne": _SCALAR,
    "$in": "a list of strings, numbers, booleans and nulls",
    "$nin": "a list of strings, numbers, booleans and nulls",
    "$gt": "a number or a string",
    "$gte": "a number or a string",
    "$lt": "a number or a string",
    "$lte": "a number or a string",
    "$exists": "true or false",
    "$contains": _SCALAR,
}

_ASCII_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def refuse(where: str, problem: str, *, hint: str) -> NoReturn:
    """Raise ``InvalidInput`` about the place ``where`` in the filter."""
    raise InvalidInput(f"{where[:300]}: {problem}", hint=hint)


def shown(value: Any) -> str:
    """A short, safe form of a value for a message."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:60]}...")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return {dict: "an object", list: "a list", int: "an integer", float: "a number"}.get(
        type(value), f"a value of type {type(value).__name__}"
    )


def field_path(name: str, where: str) -> tuple[str, ...]:
    """Split a dotted path into parts that may be looked up.

    Raises:
        InvalidInput: A part is not an identifier (hyphens allowed), or there are too many.
    """
    if len(name) > MAX_PARTS * (MAX_PART + 1):
        refuse(where, "the field path is too long", hint=_PATH_HINT)
    parts = tuple(name.split("."))
    if len(parts) > MAX_PARTS or not all(map(is_part, parts)):
        refuse(where, f"{shown(name)} is not a field path", hint=_PATH_HINT)
    return parts


_PATH_HINT = (
    f"Write up to {MAX_PARTS} names joined by dots; each starts with a letter or _, goes on with "
    f"letters, digits, _ or -, and has at most {MAX_PART} characters."
)


def is_part(part: object) -> bool:
    """Whether a key can be one part of a path that filters may name."""
    if not isinstance(part, str) or not 0 < len(part) <= MAX_PART:
        return False
    if part.isascii():
        return _ASCII_PART.fullmatch(part) is not None
    return part[0] != "-" and part.replace("-", "_").isidentifier()


def scalar(value: Any, where: str, *, operator: str) -> JsonScalar:
    """Check one operand and reduce it to a plain JSON type.

    Raises:
        InvalidInput: It is not a scalar, or one that no document can hold.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _string(str.__str__(value), where)
        case int():
            if not -(2**63) <= value < 2**63:
                refuse(where, "the integer needs more than 64 bits", hint="Use a float.")
            return int(value)
        case float():
            if not math.isfinite(value):
                refuse(where, "the number is not finite", hint="Use a finite number.")
            return float(value)
    refuse(
        where,
        f"{operator} needs {OPERANDS[operator]}, not {shown(value)}",
        hint="Objects and lists are not compared; name a field inside them, or use $contains.",
    )


def _string(text: str, where: str) -> str:
    if len(text) > MAX_STRING:
        refuse(where, f"the string has {len(text)} characters", hint=f"At most {MAX_STRING}.")
    if "\0" in text:
        refuse(where, "the string has a NUL", hint="No metadata holds one; leave it out.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        refuse(where, "the string has a lone surrogate", hint="Use valid Unicode text.")
    return text
