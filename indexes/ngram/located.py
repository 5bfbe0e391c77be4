"""Where matches stand: documents and bytes, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import LimitExceeded
from mnemic.indexes.ngram.slices import sliced
from mnemic.indexes.ngram.windows import distinct
from mnemic.indexes.storage.bitmaps import from_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.index import NgramIndex
    from mnemic.indexes.ngram.matching import Matches
    from mnemic.indexes.protocols import Bitmap


@dataclass(frozen=True, slots=True)
class Located:
    """Places of matches, ordered by (ordinal, start, end), each one once.

    Attributes:
        ordinals: int64 [n], the documents.
        starts: int64 [n], the first byte in the document.
        ends: int64 [n], one past the last byte.
    """

    ordinals: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ordinals)

    @classmethod
    def of(
        cls, ordinals: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> Self:
        """Places in any order, some perhaps more than once; O(n log n)."""
        order = np.lexsort((ends, starts, ordinals))
        rows = np.stack((ordinals, starts, ends))[:, order]
        fresh = np.ones(rows.shape[1], np.bool_)
        fresh[1:] = np.any(rows[:, 1:] != rows[:, :-1], axis=0)
        return cls(*rows[:, fresh])

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Located:
        """Some of the places, in their order."""
        return Located(self.ordinals[rows], self.starts[rows], self.ends[rows])

    def documents(self) -> NDArray[np.int64]:
        """The ordinals, ascending, each one once."""
        return distinct(self.ordinals)


def locate(
    index: NgramIndex,
    matches: Sequence[Matches],
    *,
    most: int,
    allowed: Sequence[Bitmap | None] | None = None,
) -> Located:
    """Every place of matches in the documents that are allowed.

    O(matches) steps of the index, those in documents that are not allowed included; memory for
    those that are, and for a million at a time of the others.

    Raises:
        LimitExceeded: There are more than ``most``.
    """
    ordinals, starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], []
    ends.append(starts[0])
    room = most
    pieces = ((found, *piece) for found in matches for piece in sliced(found.ranges))
    for found, ranges, states in pieces:
        rows = index.rows(ranges, limit=room + 1, after=found.after, allowed=allowed)
        room -= int(rows.offsets[-1])
        if room < 0:
            raise LimitExceeded(
                f"pattern has more than {most} places",
                hint="make it longer, or name something rarer that stands near it",
            )
        places = index.locate(rows)
        state = np.repeat(states, np.diff(places.offsets))
        behind = places.ends - found.trailing[state]
        ordinals.append(places.ordinals)
        starts.append(behind - found.lengths[state])
        ends.append(behind)
    return Located.of(np.concatenate(ordinals), np.concatenate(starts), np.concatenate(ends))


def bitmaps(index: NgramIndex, ordinals: NDArray[np.int64]) -> list[Bitmap]:
    """Documents as one bitmap a segment; O(documents of the index).

    Args:
        index: The snapshot.
        ordinals: int64 [n], ascending.
    """
    return [from_bool(np.isin(part.ordinals, ordinals)) for part in index.segments]
