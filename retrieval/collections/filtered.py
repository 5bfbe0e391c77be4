"""Substrings in the documents that a filter lets through; the same answers, by other ways.

Without a filter, states of the index are counted and nothing is looked up. With one, each
occurrence is, to see whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.indexes.ngram.located import locate
from mnemic.indexes.ngram.matching import match
from mnemic.indexes.ngram.slices import sliced
from mnemic.indexes.ngram.subset import subset
from mnemic.retrieval.ngram.excerpts import checked_number, excerpts
from mnemic.retrieval.ngram.finding import MOST_PLACES, Found
from mnemic.retrieval.ngram.patterns import as_bytes, as_pattern
from mnemic.retrieval.ngram.together import FoundTogether, find_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.ngram.matching import Matches
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.ngram.excerpts import Documents
    from mnemic.retrieval.ngram.patterns import Pattern

    Allowed = Sequence[Bitmap | None]


def count_in(index: NgramIndex, patterns: Sequence[str | Pattern], allowed: Allowed) -> list[int]:
    """As ``finding.count``; O(occurrences), those that are not allowed included.

    Raises:
        InvalidInput: A pattern cannot be used.
    """
    return [
        sum(
            int(index.rows(piece, after=found.after, allowed=allowed).offsets[-1])
            for found in _states(index, [pattern])
            for piece, _ in sliced(found.ranges)
        )
        for pattern in patterns
    ]


def find_in(
    index: NgramIndex,
    pattern: str | Pattern,
    documents: Documents,
    allowed: Allowed,
    *,
    limit: int,
    context: int,
) -> Found:
    """As ``finding.find``, but that documents are always counted.

    Raises:
        InvalidInput: An argument cannot be used; the message has its name.
        LimitExceeded: There are more than ``MOST_PLACES`` occurrences that are allowed.
    """
    limit, context = checked_number("limit", limit), checked_number("context", context)
    states = _states(index, [pattern])
    places = locate(index, states, most=MOST_PLACES, allowed=allowed)
    shown = excerpts(places.take(slice(limit)), documents, context=context)
    occurrences = tuple(each for each in shown if each is not None)
    return Found(len(places), len(places.documents()), occurrences)


def find_together_in(
    index: NgramIndex,
    clauses: Sequence[Sequence[str | Pattern]],
    documents: Documents,
    allowed: Allowed,
    *,
    window: int | None,
    limit: int,
    context: int,
) -> FoundTogether:
    """As ``together.find_together``, in an index of those allowed documents that may be found.

    O(occurrences of the rarest clause + bytes of its documents).

    Raises:
        InvalidInput: An argument cannot be used; the message has its name.
        LimitExceeded: As for ``find_together``.
    """
    # Of no documents, so that every argument is checked before anything is done.
    nothing, _ = subset(index, locate(index, [], most=0).documents())
    empty = find_together(nothing, clauses, documents, window=window, limit=limit, context=context)
    states = [_states(index, clause) for clause in clauses]
    totals = [sum(int(found.totals(index).sum()) for found in each) for each in states]
    rarest = totals.index(min(totals))
    places = locate(index, states[rarest], most=MOST_PLACES, allowed=allowed)
    if not len(places):
        return empty
    small, _ = subset(index, places.documents())
    return find_together(small, clauses, documents, window=window, limit=limit, context=context)


def _states(index: NgramIndex, patterns: Sequence[str | Pattern]) -> list[Matches]:
    return match(index, as_bytes(index, [as_pattern(pattern) for pattern in patterns]))
