"""How much of a test set stands in a corpus: overall, and item by item.

A model that was trained on the corpus may know such items by heart. Brown et al. (Language Models
are Few-Shot Learners, 2020) look for shared 13-grams, Liu et al. (Infini-gram, 2024) for longest
matches. Both are here as figures, with no verdict.
"""

from __future__ import annotations

import heapq
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.ngram.overlap import Overlap
    from mnemic.retrieval.ngram.spelling import Spelling

DEFAULT_N = 13
DEFAULT_LISTED = 1_000
MOST_N = 16
"""How many different n may be asked for at once."""
BINS = ("none", *(f"{low}-{low + 10} %" for low in range(0, 100, 10)))
"""Shares of an item's n-grams: 0, above 0 to 10 %, ..., above 90 to 100 %."""

NORMALISATION = {
    "tokens": "none: the tokens of one tokenizer are compared as they are, so case, punctuation and"
    " white space count",
    "bytes": "none: words and what stands between them are compared as they are, so case,"
    " punctuation and white space count; a match may begin or end inside a longer word",
}


@dataclass(frozen=True, slots=True)
class Overall:
    """All items together, for one n.

    Attributes:
        n: Tokens or words of an n-gram.
        ngrams: Those of all items.
        found: Those of them that occur in the corpus.
        items: Items with at least one n-gram; the others are too short.
        with_any: Items of which at least one n-gram occurs.
        with_all: Items of which all n-grams occur.
        mean: Mean of the items' shares; ``None`` where no item has an n-gram.
        histogram: Items by their share, one figure for each of ``BINS``.
    """

    n: int
    ngrams: int
    found: int
    items: int
    with_any: int
    with_all: int
    mean: float | None
    histogram: tuple[int, ...]

    @property
    def share(self) -> float | None:
        """``found`` of ``ngrams``; ``None`` where there are none."""
        return self.found / self.ngrams if self.ngrams else None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**asdict(self), "share": self.share}


@dataclass(frozen=True, slots=True)
class Contamination:
    """What of a test set stands in a corpus.

    Attributes:
        level: ``tokens`` or ``bytes``.
        unit: What n-grams are made of: ``token`` or ``word``.
        tokenizer: Whose tokens; ``None`` on the byte level.
        count: Items of the test set.
        overall: One per n, in the order in which they were asked for.
        items: The most contaminated ones: by the share of the first n, then by how much of the item
            the longest match covers, then in the order of the test set.
    """

    level: str
    unit: str
    tokenizer: str | None
    count: int
    overall: tuple[Overall, ...]
    items: tuple[Overlap, ...]

    @property
    def normalisation(self) -> str:
        """How texts are changed before they are compared."""
        return NORMALISATION[self.level]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; ``share`` is that of the first n."""
        return {
            "level": self.level,
            "unit": self.unit,
            "tokenizer": self.tokenizer,
            "normalisation": self.normalisation,
            "n": [each.n for each in self.overall],
            "share": self.overall[0].share,
            "overall": [each.to_json() for each in self.overall],
            "item_count": self.count,
            "not_listed": self.count - len(self.items),
            "items": [each.to_json() for each in self.items],
        }


class Tally:
    """Adds up items as they come, in memory that does not grow with them.

    Args:
        spelling: What they were compared in.
        n: Tokens or words of an n-gram, each once.
        listed: How many of the most contaminated items are kept.

    Raises:
        InvalidInput: ``n`` or ``listed`` cannot be used.
    """

    def __init__(
        self, spelling: Spelling, n: Sequence[int], *, listed: int = DEFAULT_LISTED
    ) -> None:
        self._spelling = spelling
        self._n = checked_n(n)
        if isinstance(listed, bool) or not isinstance(listed, int) or listed < 0:
            raise InvalidInput(f"listed={listed!r} is not a whole number of 0 or more")
        self._listed = listed
        self._count = 0
        self._sums = np.zeros((len(self._n), 5), np.int64)
        self._shares = np.zeros(len(self._n))
        self._bins = np.zeros((len(self._n), len(BINS)), np.int64)
        self._worst: list[tuple[tuple[float, float, int], Overlap]] = []

    def add(self, overlap: Overlap) -> None:
        """Count one item."""
        for place, each in enumerate(overlap.shares):
            if each.share is None:
                continue
            some, all_ = each.found > 0, each.found == each.ngrams
            self._sums[place] += (each.ngrams, each.found, 1, some, all_)
            self._shares[place] += each.share
            # In whole numbers, so that a share of exactly a tenth falls into the right bin.
            self._bins[place, -(-each.found * 10 // each.ngrams)] += 1
        entry = (self._key(overlap), overlap)
        self._count += 1
        if len(self._worst) < self._listed:
            heapq.heappush(self._worst, entry)
        elif self._worst and entry[0] > self._worst[0][0]:
            heapq.heapreplace(self._worst, entry)

    def result(self) -> Contamination:
        """What all items so far come to."""
        worst = sorted(self._worst, key=lambda entry: entry[0], reverse=True)
        return Contamination(
            level=self._spelling.level,
            unit=self._spelling.unit,
            tokenizer=self._spelling.model,
            count=self._count,
            overall=tuple(self._overall(place) for place in range(len(self._n))),
            items=tuple(overlap for _, overlap in worst),
        )

    def _key(self, overlap: Overlap) -> tuple[float, float, int]:
        # The count makes it unique, so that overlaps are never compared.
        return overlap.shares[0].share or 0.0, overlap.coverage, -self._count

    def _overall(self, place: int) -> Overall:
        ngrams, found, items, some, all_ = self._sums[place].tolist()
        mean = float(self._shares[place]) / items if items else None
        histogram = tuple(self._bins[place].tolist())
        return Overall(self._n[place], ngrams, found, items, some, all_, mean, histogram)


def checked_n(n: object) -> tuple[int, ...]:
    """The sizes of n-grams, each once.

    Raises:
        InvalidInput: They are not one to 16 whole numbers of 1 or more.
    """
    sizes = [n] if isinstance(n, int) else list(n) if isinstance(n, list | tuple) else []
    if not 1 <= len(sizes) <= MOST_N:
        raise InvalidInput(f"n={n!r:.60} is not 1 to {MOST_N} whole numbers", hint="Write n=13.")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InvalidInput(f"n={size!r:.60} is not a whole number of 1 or more")
    return tuple(dict.fromkeys(sizes))
