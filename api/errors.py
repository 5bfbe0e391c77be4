"""Every error at the border: one HTTP status, one problem+json body and one exit code per leaf.

InvalidInput 400/4 · NotFound 404/3 · Conflict 409/1 · Unauthenticated 401/1 · Forbidden 403/1
IndexCorrupt 500/5 · FormatTooNew 500/5 · DimensionMismatch 422/4 · Unsupported 501/1
Unavailable 503/1 · LimitExceeded 413/1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import (
    Conflict,
    DimensionMismatch,
    Forbidden,
    FormatTooNew,
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    NotFound,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE, FAILED, USAGE, NOT_FOUND, BAD_INPUT, CORRUPT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


@dataclass(frozen=True, slots=True)
class Fault:
    """How one kind of error looks from outside.

    Attributes:
        slug: Last part of the problem type ``urn:mnemic:error:<slug>``.
        title: Short summary that does not change between occurrences (RFC 9457, section 3.1.3).
        status: HTTP status code.
        exit_code: Exit code of the command line.
    """

    slug: str
    title: str
    status: int
    exit_code: int


FAULTS: Mapping[type[MnemicError], Fault] = {
    InvalidInput: Fault("invalid-input", "The input cannot be used", 400, BAD_INPUT),
    NotFound: Fault("not-found", "It does not exist", 404, NOT_FOUND),
    Conflict: Fault("conflict", "It exists already or is being written", 409, FAILED),
    Unauthenticated: Fault("unauthenticated", "Nobody said who asks", 401, FAILED),
    Forbidden: Fault("forbidden", "This is not allowed", 403, FAILED),
    IndexCorrupt: Fault("index-corrupt", "A file is damaged", 500, CORRUPT),
    FormatTooNew: Fault("format-too-new", "A newer mnemic wrote this", 500, CORRUPT),
    DimensionMismatch: Fault("dimension-mismatch", "Two encoders meet", 422, BAD_INPUT),
    Unsupported: Fault("unsupported", "This part cannot do that", 501, FAILED),
    Unavailable: Fault("unavailable", "A service does not answer now", 503, FAILED),
    LimitExceeded: Fault("limit-exceeded", "A limit was reached", 413, FAILED),
}
UNEXPECTED = Fault("unexpected", "mnemic failed in a way that it should not", 500, FAILED)


def fault(error: BaseException | type[BaseException]) -> Fault:
    """The row of the table for an error: its own, or that of its nearest mapped ancestor."""
    kind = error if isinstance(error, type) else type(error)
    for ancestor in kind.__mro__:
        if ancestor in FAULTS:
            return FAULTS[ancestor]
    return UNEXPECTED


def problem(error: BaseException) -> dict[str, Any]:
    """The problem+json body of an error (RFC 9457), with its hint as an extension member."""
    known = fault(error)
    detail, hint = f"{type(error).__name__}: {error}", ""
    if isinstance(error, MnemicError):
        detail, hint = error.message, error.hint
    return {
        "type": f"urn:mnemic:error:{known.slug}",
        "title": known.title,
        "status": known.status,
        "detail": detail,
        "hint": hint,
    }


def exit_code(error: BaseException) -> int:
    """The exit code of the command line for an error."""
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else fault(error).exit_code
