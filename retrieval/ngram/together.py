"""Documents in which several patterns stand together: all of them, or near each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram.conjunction import MOST_PLACES, join
from mnemic.indexes.ngram.located import Located
from mnemic.retrieval.ngram.excerpts import Documents, Occurrence, checked_number, excerpts
from mnemic.retrieval.ngram.nearness import near
from mnemic.retrieval.ngram.patterns import Pattern, as_bytes, as_pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.ngram.conjunction import Joint

__all__ = ["Documents", "FoundTogether", "Meeting", "find_together"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Matches of all clauses that stand together.

    Attributes:
        places: One a clause, in the order of the clauses.
    """

    places: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class FoundTogether:
    """Where several clauses are met together.

    Attributes:
        driver: The clause with the fewest matches in all, the first one of equals.
        total: How many matches of this clause stand together with all others; exact.
        documents: How many documents they are in; exact, and the same whichever clause drives.
        meetings: The first of these matches, by document, start and end, each with the matches of
            the other clauses that it was found with.
    """

    driver: int
    total: int
    documents: int
    meetings: tuple[Meeting, ...]


def find_together(
    index: NgramIndex,
    clauses: Sequence[Sequence[str | Pattern]],
    documents: Documents,
    *,
    window: int | None = None,
    limit: int = 10,
    context: int = 40,
    most: int = MOST_PLACES,
) -> FoundTogether:
    """Documents that hold one pattern of each clause (AND of ORs), anywhere or near each other.

    Exact: nothing is sampled. The rarest clause is located, and each other one in the documents
    that are left (about 0.5 µs a match). One match may serve several clauses. Where a window fits
    only if characters are counted rather than bytes, the documents in question are read from the
    index.

    Args:
        index: The byte-level snapshot.
        clauses: One or more, of one or more patterns each.
        documents: As for ``find``; a meeting with a document that it does not give is left out.
        window: Some stretch of so many characters in one title or one text holds a whole match of
            every clause; ``None`` asks only for the same document.
        limit: Most meetings; 0 for the numbers alone.
        context: Characters before and behind each match.
        most: Most matches of one clause that are kept in memory.

    Raises:
        InvalidInput: An argument cannot be used; the message has its name.
        LimitExceeded: The rarest clause has more than ``most`` matches, or another one has in the
            documents that are left.
    """
    limit, context = checked_number("limit", limit), checked_number("context", context)
    if window is not None and (window := checked_number("window", window)) == 0:
        raise InvalidInput("window is 0; no match fits in it")
    joint = join(index, [as_bytes(index, clause) for clause in _checked(clauses)], most=most)
    rows = near(index, joint, window)
    taking = joint.clauses[joint.driver].take(rows[:, joint.driver])
    meetings = _meetings(joint, rows[:limit], documents, context)
    return FoundTogether(joint.driver, len(rows), len(taking.documents()), meetings)


def _checked(clauses: Sequence[Sequence[str | Pattern]]) -> list[list[Pattern]]:
    """Clauses of patterns.

    Raises:
        InvalidInput: They are not of this form; the message says which.
    """
    if isinstance(clauses, str) or not isinstance(clauses, Sequence) or not clauses:
        raise InvalidInput("clauses must be a sequence of one or more clauses")
    for number, clause in enumerate(clauses):
        if isinstance(clause, str) or not isinstance(clause, Sequence) or not clause:
            raise InvalidInput(
                f"clauses[{number}] is not a sequence of one or more patterns",
                hint="[['a', 'b'], ['c']] is: a or b, and c",
            )
    return [[as_pattern(pattern) for pattern in clause] for clause in clauses]


def _meetings(
    joint: Joint, rows: NDArray[np.int64], documents: Documents, context: int
) -> tuple[Meeting, ...]:
    chosen = [places.take(column) for places, column in zip(joint.clauses, rows.T, strict=True)]
    # All clauses of a meeting are in one document, which is read once for all of them.
    mixed = Located(
        *(
            np.stack([getattr(places, name) for places in chosen], axis=1).ravel()
            for name in ("ordinals", "starts", "ends")
        )
    )
    shown = list(excerpts(mixed, documents, context=context))
    meetings = [shown[at : at + len(chosen)] for at in range(0, len(shown), len(chosen))]
    return tuple(
        Meeting(tuple(place for place in places if place is not None))
        for places in meetings
        if places[0] is not None
    )
