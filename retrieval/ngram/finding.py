"""Exact substrings in the documents of a collection: how many, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import SymbolBatch, matching
from mnemic.indexes.ngram.located import locate
from mnemic.indexes.ngram.subset import BYTES_A_MATCH
from mnemic.retrieval.ngram.excerpts import Documents, Occurrence, checked_number, excerpts
from mnemic.retrieval.ngram.first import first_places
from mnemic.retrieval.ngram.patterns import Pattern, as_bytes, as_pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex

SORTED = 1_000_000
"""Matches that are all looked at, to count their documents and to sort them: about a second."""
MOST_PLACES = 8_000_000
"""Matches that fit into memory at once: about 100 bytes each."""

__all__ = ["Documents", "Found", "Occurrence", "count", "find"]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern stands.

    Attributes:
        total: All its matches in live documents; always exact, overlapping ones count.
        documents: How many documents have one; ``None`` where the pattern is so frequent (more
            than ``SORTED``) that this is only counted when asked for.
        occurrences: The first ones: by the order in which documents were added, title before text,
            then by start and end.
    """

    total: int
    documents: int | None
    occurrences: tuple[Occurrence, ...]


def count(index: NgramIndex, patterns: Sequence[str | Pattern]) -> NDArray[np.int64]:
    """Matches of each pattern in live documents: int64 [patterns]; overlapping ones count.

    Cost: O(bytes) steps of the index for a plain pattern, all of them in one native call; more
    for one that ignores case or has anchors, by the number of strings that occur. Never by the
    number of matches.

    Raises:
        InvalidInput: A pattern cannot be used (see ``Pattern``).
        LimitExceeded: A pattern matches in millions of different ways.
    """
    if isinstance(patterns, str) or not isinstance(patterns, Sequence):
        raise InvalidInput("patterns must be a sequence", hint="pass a list of str or Pattern")
    asked = [as_pattern(pattern) for pattern in patterns]
    totals = np.zeros(len(asked), np.int64)
    plain = {place: each.plain for place, each in enumerate(asked)}
    simple = {place: string for place, string in plain.items() if string is not None}
    if simple:
        totals[list(simple)] = index.count_many(SymbolBatch.of_bytes(list(simple.values())))
    if others := [place for place in plain if place not in simple]:
        rest = as_bytes(index, [asked[place] for place in others])
        totals[others] = matching.count(index, rest)
    return totals


def find(
    index: NgramIndex,
    pattern: str | Pattern,
    documents: Documents,
    *,
    limit: int = 10,
    context: int = 40,
    exhaustive: bool = False,
) -> Found:
    """The first matches of a pattern, and how many there are.

    The order is that of the documents, whatever the segments are, so that it stays the same over
    flushes and merges. It needs all matches to be located (about 0.5 µs each, 100 bytes of
    memory); beyond ``SORTED`` of them the first documents are read instead until they have
    enough, which gives the same occurrences and leaves ``documents`` open.

    Args:
        index: The byte-level snapshot.
        pattern: What to find.
        documents: Reads the documents of the occurrences that are returned. One that it does not
            give has been removed since, and is left out of them.
        limit: Most occurrences; 0 for the numbers alone.
        context: Characters before and behind a match.
        exhaustive: Count documents however many matches there are.

    Raises:
        InvalidInput: An argument cannot be used; the message has its name.
        LimitExceeded: ``exhaustive``, and there are more than ``MOST_PLACES`` matches; or the
            pattern matches in millions of different ways.
    """
    limit, context = checked_number("limit", limit), checked_number("context", context)
    [asked] = as_bytes(index, [as_pattern(pattern)])
    states = matching.match(index, [asked])
    total = sum(int(found.totals(index).sum()) for found in states)
    places, number = None, None
    if total > SORTED and not exhaustive:
        most = BYTES_A_MATCH * total if total <= MOST_PLACES else None
        places = first_places(index, asked, limit, most_bytes=most)
    if places is None:
        places = locate(index, states, most=MOST_PLACES)
        number = len(places.documents())
    shown = excerpts(places.take(slice(limit)), documents, context=context)
    return Found(total, number, tuple(each for each in shown if each is not None))
