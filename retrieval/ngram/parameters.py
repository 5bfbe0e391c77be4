"""The settings of the n-gram retriever, with the values that the tuning queries chose."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from mnemic.errors import InvalidInput

MOST_WORDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How n-grams become evidence, and how much work is done for it.

    Attributes:
        exponent: Above 1, few strong n-grams outweigh many weak ones (SEAL's alpha).
        smoothing: Occurrences that every n-gram is given besides its own.
        saturation: How slowly the repetition of a word stops counting.
        length: 0 to 1: how much longer documents are held to repeat words by chance.
        phrase: Weight of an n-gram of several words, besides its words' own, for each word joined.
        repetition: 0 to 1: what an n-gram loses whose words were in a better one (SEAL's beta).
        single_key: 0 to 1: weight of a document's best n-gram alone, against the sum.
        longest: Words of an n-gram, at most.
        max_hits: N-grams that occur more often are not looked up, unless too little else is found.
        documents: Documents that are read back and scored with all n-grams, at least.

    Raises:
        InvalidInput: A value is out of its range; the message names it.
    """

    exponent: float = 2.0
    smoothing: float = 0.5
    saturation: float = 1.2
    length: float = 0.75
    phrase: float = 0.3
    repetition: float = 0.8
    single_key: float = 0.0
    longest: int = 6
    max_hits: int = 5_000
    documents: int = 200

    def __post_init__(self) -> None:
        for field in fields(self):
            lowest, highest = _RANGES[field.name]
            check_number(
                field.name,
                getattr(self, field.name),
                lowest=lowest,
                highest=highest,
                whole=field.type == "int",
            )


_RANGES: dict[str, tuple[float, float]] = {
    "exponent": (0.1, 10),
    "smoothing": (1e-6, 1e6),
    "saturation": (0, 1e6),
    "length": (0, 1),
    "phrase": (0, 1e6),
    "repetition": (0, 1),
    "single_key": (0, 1),
    "longest": (1, MOST_WORDS),
    "max_hits": (1, 10_000_000),
    "documents": (1, 100_000),
}


def check_number(name: str, value: object, *, lowest: float, highest: float, whole: bool) -> None:
    """Refuse what is no number of the range.

    Raises:
        InvalidInput: It is not; the message has the name.
    """
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        raise InvalidInput(f"{name}={value!r} is no {'whole ' if whole else ''}number")
    if not lowest <= value <= highest:
        raise InvalidInput(f"{name}={value!r} is not from {lowest:g} to {highest:g}")
