"""Which fields a segment indexes, and how it says that it did not."""

from __future__ import annotations

import re

MAX_PARTS = 8
MAX_PART = 64
MAX_PATHS = 256
MAX_TEXT = 512

_ASCII_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class NotIndexed(Exception):
    """This segment cannot answer a filter on this field; ask the catalogue by SQL instead.

    Not a ``MnemicError``: it is a signal between two parts of mnemic and never reaches a user.

    Args:
        path: The field as the filter names it, its parts joined by dots.
        reason: What was left out of the index.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def indexable(part: str) -> bool:
    """Whether a key can be one part of an indexed field's path.

    A superset of what a filter may name: which letters beyond ASCII make an identifier depends on
    the Unicode version of the interpreter, and a segment outlives an interpreter.
    """
    if part.isascii():
        return _ASCII_PART.fullmatch(part) is not None
    return len(part) <= MAX_PART and "." not in part and encoded(part) is not None


def encoded(text: str) -> bytes | None:
    """UTF-8, whose byte order is code point order; ``None`` for text with a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return None
