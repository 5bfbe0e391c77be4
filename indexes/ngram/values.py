"""What an n-gram index answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """States of a search: the rows of each block that begin with what was matched.

    They are of the index that made them, and mean nothing to another one.

    Attributes:
        bounds: uint32 [states, blocks, 2], begin and end of the rows.
    """

    bounds: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.bounds)

    def take(self, places: ArrayLike) -> Ranges:
        """Some of the states, by number or by mask, in another order or several times.

        Raises:
            InvalidInput: There is no such state.
        """
        try:
            chosen = np.asarray(places)
            return Ranges(self.bounds[chosen if chosen.size else chosen.astype(np.int64)])
        except IndexError as error:
            raise InvalidInput(f"places={places!r:.40}: {error}") from error


@dataclass(frozen=True, slots=True, eq=False)
class NextSymbols:
    """What follows the occurrences of each state.

    Attributes:
        symbols: uint32 [total], ascending for each state.
        counts: int64 [total], live occurrences that the symbol follows.
        offsets: int64 [states + 1] into both.
        ends: int64 [states], live occurrences that end their document.
    """

    symbols: NDArray[np.uint32]
    counts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Live occurrences of each state, in the order of what precedes them in their documents.

    Attributes:
        values: int64 [total], rows of the index that made them.
        offsets: int64 [states + 1].
    """

    values: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where occurrences stand.

    Attributes:
        ordinals: int64 [total], their documents.
        ends: int64 [total], the position just after each; a pattern of ``m`` symbols begins ``m``
            before.
        offsets: int64 [states + 1].
    """

    ordinals: NDArray[np.int64]
    ends: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1
