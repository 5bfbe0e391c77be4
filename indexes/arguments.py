"""What callers of a search give: depths, ordinals, threads, and values of the right type."""

from __future__ import annotations

import operator
import os

from mnemic.errors import InvalidInput

MAX_INT64 = 2**63 - 1
MAX_THREADS = 256


def whole(name: str, value: int) -> int:
    """The value as an ``int``.

    Raises:
        InvalidInput: It is not a whole number; the message has ``name``.
    """
    try:
        return operator.index(value)
    except TypeError as error:
        raise InvalidInput(f"{name}={value!r:.40} is not a whole number") from error


def check_type(name: str, value: object, *types: type, hint: str = "") -> None:
    """Refuse a value of another type.

    Raises:
        InvalidInput: It is of none of the types; the message has ``name``, and ``hint`` says how
            to get one.
    """
    if not isinstance(value, types):
        wanted = " or ".join(each.__name__ for each in types)
        raise InvalidInput(f"{name} is a {type(value).__name__}, not a {wanted}", hint=hint)


def checked_depth(k: int) -> int:
    """How many hits are wanted; more than there can be is all of them.

    Raises:
        InvalidInput: It is negative, or not a whole number.
    """
    number = whole("k", k)
    if number < 0:
        raise InvalidInput(f"k={number} is negative", hint="0 gives no hits")
    return min(number, MAX_INT64)


def checked_threads(threads: int) -> int:
    """The number that was asked for, or with 0 that of the cores this process may use.

    Raises:
        InvalidInput: It is not a whole number from 0 to ``MAX_THREADS``.
    """
    number = whole("threads", threads)
    if not 0 <= number <= MAX_THREADS:
        raise InvalidInput(f"threads={number} is not between 0 and {MAX_THREADS}")
    return number or min(_cores(), MAX_THREADS)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
