"""How much each part counts: checked once, the same for every way to fuse."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mnemic.errors import InvalidInput


def checked_weights(weights: object, *, parts: int) -> tuple[float, ...] | None:
    """One weight per part; ``None`` stays ``None``, which counts all alike.

    Only proportions matter: (1, 3) and (0.25, 0.75) are the same.

    Raises:
        InvalidInput: Not a sequence of ``parts`` finite numbers >= 0, or all of them are 0.
    """
    if weights is None:
        return None
    if isinstance(weights, str) or not isinstance(weights, Sequence):
        raise InvalidInput(f"weights is a {type(weights).__name__}, not a list of numbers")
    if len(weights) != parts:
        raise InvalidInput(
            f"weights has {len(weights)} numbers for {parts} parts",
            hint="Give one weight per part; 0 leaves a part out.",
        )
    checked = tuple(_weight(item, place) for place, item in enumerate(weights))
    if not any(checked):
        raise InvalidInput("all weights are 0", hint="Give at least one part a weight above 0.")
    return checked


def scaled(weights: Sequence[float], *, averages: bool) -> list[float]:
    """The weights of the parts that count, with their sum 1 or their number."""
    # Before they are added, so that large weights cannot overflow.
    largest = max(weights)
    relative = [weight / largest for weight in weights]
    sum_to = 1 if averages else len(weights)
    return [weight * sum_to / math.fsum(relative) for weight in relative]


def _weight(item: object, place: int) -> float:
    if isinstance(item, bool) or not isinstance(item, int | float):
        raise InvalidInput(f"weights[{place}] is a {type(item).__name__}, not a number")
    try:
        number = float(item)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise InvalidInput(f"weights[{place}] is {number}; it must be finite and 0 or more")
    return number
