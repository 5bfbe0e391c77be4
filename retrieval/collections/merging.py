"""Which neighbours are joined, so that segments stay few and no document is copied often."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Eight neighbours of one class become one of the next: a document is copied log8(N / flush) times.
FAN_IN = 8
CLASS_FLOOR = 4_096
DEAD_SHARE = 0.2
"""A segment with more deleted documents than this is written anew."""


def run_to_merge(sizes: Sequence[int], *, most: int) -> slice | None:
    """The last ``FAN_IN`` neighbours of one class that are not more than ``most`` together.

    A piece counts as its larger followers; counting so makes the classes fall from left to right,
    hence at most ``FAN_IN - 1`` pieces of each class that may be merged can stay, whatever the
    order in which sizes came.
    """
    falling = list(accumulate(reversed([size_class(size) for size in sizes]), max))[::-1]
    for end in range(len(falling), FAN_IN - 1, -1):
        run = slice(end - FAN_IN, end)
        if falling[end - FAN_IN] == falling[end - 1] and sum(sizes[run]) <= most:
            return run
    return None


def size_class(size: int) -> int:
    """0 below 4,096, and one more with every factor of eight."""
    return max(0, math.floor(math.log(max(size, 1) / CLASS_FLOOR, FAN_IN)) + 1)
