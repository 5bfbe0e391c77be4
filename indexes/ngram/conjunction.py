"""Documents that hold a match of every one of several clauses; the rarest clause drives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram.located import Located, locate
from mnemic.indexes.ngram.matching import match
from mnemic.indexes.ngram.subset import locate_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.index import NgramIndex
    from mnemic.indexes.ngram.matching import BytePattern, Matches

MOST_PLACES = 4_000_000
"""Places of one clause that are kept in memory: 24 bytes each, and as much again to sort them."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The places of clauses in the documents that have all of them.

    Attributes:
        driver: The rarest clause.
        clauses: The places of each clause, in the order in which they were given.
    """

    driver: int
    clauses: tuple[Located, ...]

    def documents(self) -> NDArray[np.int64]:
        """The ordinals, ascending."""
        return self.clauses[self.driver].documents()


def join(
    index: NgramIndex, clauses: Sequence[Sequence[BytePattern]], *, most: int = MOST_PLACES
) -> Joint:
    """Where every clause (one of its patterns) stands in the documents that have all of them.

    Exact. The rarest clause is located first, each next one only in the documents that are left,
    so that memory follows the rarest. O(matches of all clauses) steps of the index, or less where
    few documents are left (see ``locate_in``).

    Args:
        index: The snapshot.
        clauses: One or more, of one or more patterns each.
        most: Most places of a clause that are kept.

    Raises:
        InvalidInput: There is no clause, or one without patterns, or a pattern cannot be used.
        LimitExceeded: A clause has more places in the documents that are left than ``most``.
    """
    if not clauses or not all(clauses):
        raise InvalidInput("clauses must be one or more, of one or more patterns each")
    states = [match(index, clause) for clause in clauses]
    totals = [_total(index, found) for found in states]
    order = sorted(range(len(clauses)), key=totals.__getitem__)
    found = [locate(index, [], most=0)] * len(clauses)
    if totals[order[0]] > 0:
        documents = None
        for number in order:
            clause, matches = clauses[number], states[number]
            if documents is None:
                found[number] = locate(index, matches, most=most)
            else:
                found[number] = locate_in(index, clause, matches, documents, most=most)
            documents = found[number].documents()
            if not len(documents):
                break
        found = [_inside(places, documents) for places in found]
    return Joint(order[0], tuple(found))


def _total(index: NgramIndex, states: Sequence[Matches]) -> int:
    return sum(int(found.totals(index).sum()) for found in states)


def _inside(places: Located, documents: NDArray[np.int64] | None) -> Located:
    return places if documents is None else places.take(np.isin(places.ordinals, documents))
