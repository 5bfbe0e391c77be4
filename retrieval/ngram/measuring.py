"""Which n-grams of a test set stand in the corpus, item by item.

An n-gram occurs when the longest match from its first unit goes as far as its last one, so one pass
over the items answers for every n at once. Units are tokens, or words on the byte level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mnemic.retrieval.ngram.backoff import Contexts
from mnemic.retrieval.ngram.overlap import Item, Longest, Overlap, Share
from mnemic.retrieval.ngram.reach import match_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex, SymbolBatch
    from mnemic.retrieval.ngram.spelling import Spelling, Units

WINDOW = {"tokens": 48, "bytes": 128}
"""Symbols of a match that one native call for all items finds."""

AROUND = {"tokens": 24, "bytes": 96}
"""Symbols of a document that are shown on each side of a match."""

BATCH_CHARACTERS = 1 << 18
BATCH_ITEMS = 1_000


class Searched(Protocol):
    """What items are compared with: ``Corpus`` is such a thing."""

    @property
    def index(self) -> NgramIndex:
        """The n-grams."""
        ...

    @property
    def spelling(self) -> Spelling:
        """What text is in them."""
        ...

    @property
    def ids(self) -> Callable[[NDArray[np.int64]], list[str]]:
        """The users' ids of ordinals."""
        ...


def overlaps(corpus: Searched, items: Iterable[Item], n: Sequence[int]) -> Iterator[Overlap]:
    """What of each item stands in the corpus, in their order; streams, in batches."""
    waiting: list[Item] = []
    size = 0
    for item in items:
        waiting.append(item)
        size += sum(map(len, item.texts))
        if size >= BATCH_CHARACTERS or len(waiting) >= BATCH_ITEMS:
            yield from _measured(corpus, waiting, n)
            waiting, size = [], 0
    yield from _measured(corpus, waiting, n)


@dataclass(frozen=True, slots=True, eq=False)
class _Reach:
    """How many units of a text the corpus goes along with, from each of them on."""

    units: Units
    reach: NDArray[np.int64]
    base: int

    @property
    def best(self) -> int:
        return int(self.reach.max(initial=0))

    def found(self, n: int) -> NDArray[np.bool_]:
        """[n-grams], in order."""
        return self.reach[: max(len(self.reach) - n + 1, 0)] >= n

    def spans(self, n: int) -> tuple[tuple[int, int], ...]:
        first = np.flatnonzero(self.found(n))
        if not len(first):
            return ()
        # N-grams that overlap are one span; those that only touch may stand apart in the corpus.
        gaps = np.flatnonzero(np.diff(first) >= n)
        begins, ends = first[np.append(0, gaps + 1)], first[np.append(gaps, len(first) - 1)] + n
        pairs = zip(begins.tolist(), ends.tolist(), strict=True)
        spans = (self.units.span(begin, end) for begin, end in pairs)
        return tuple(span for span in spans if span[0] < span[1])


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a match stands in the corpus."""

    document: str
    count: int
    before: str
    after: str
    space: str


@dataclass(frozen=True, slots=True)
class _Place:
    """The longest match of an item: which text, which units of it, which symbols of the batch."""

    text: int
    first: int
    last: int
    start: int
    end: int


def _measured(corpus: Searched, items: Sequence[Item], n: Sequence[int]) -> Iterator[Overlap]:
    if not items:
        return
    ways = corpus.spelling.units([text for item in items for text in item.texts])
    rows = [row for each in ways for row in each]
    batch = corpus.spelling.batch([row.symbols for row in rows])
    ends = match_ends(corpus.index, batch, window=WINDOW[corpus.spelling.level])
    bases = batch.offsets[:-1].tolist()
    reached = iter([_reach(*pair, ends) for pair in zip(rows, bases, strict=True)])
    best = iter([_best([next(reached) for _ in each], n) for each in ways])
    parts = [[next(best) for _ in item.texts] for item in items]
    places = [_longest_of(each) for each in parts]
    found = _located(corpus, batch, [place for place in places if place is not None])
    for item, reaches, place in zip(items, parts, places, strict=True):
        longest = None if place is None else _longest(item, reaches, place, next(found))
        yield _overlap(item, reaches, n, longest)


def _reach(units: Units, base: int, ends: NDArray[np.int64]) -> _Reach:
    begins, stops = units.places[:, 0], units.places[:, 1]
    last = np.searchsorted(stops, ends[base + begins] - base, side="right")
    return _Reach(units, np.maximum(last - np.arange(len(begins)), 0), base)


def _best(ways: Sequence[_Reach], n: Sequence[int]) -> _Reach:
    """The spelling of a text of which most occurs; the first of several."""
    if len(ways) == 1:
        return ways[0]
    return max(ways, key=lambda way: (sum(int(way.found(size).sum()) for size in n), way.best))


def _longest_of(parts: Sequence[_Reach]) -> _Place | None:
    text = max(range(len(parts)), key=lambda place: parts[place].best, default=0)
    if not parts or not parts[text].best:
        return None
    part = parts[text]
    first = int(part.reach.argmax())
    last = first + part.best
    start, end = part.units.places[first, 0], part.units.places[last - 1, 1]
    return _Place(text, first, last, part.base + int(start), part.base + int(end))


def _located(corpus: Searched, batch: SymbolBatch, places: Sequence[_Place]) -> Iterator[_Found]:
    """Count, document and surroundings of each, by one call of each kind for all."""
    if not places:
        return
    starts, ends = (np.array([getattr(p, name) for p in places]) for name in ("start", "end"))
    states = corpus.index.ranges(Contexts(batch.symbols, batch.vocabulary, starts, ends).patterns())
    counts = corpus.index.totals(states)
    found = corpus.index.locate(corpus.index.rows(states, limit=1))
    # Between the call before and this one nothing can change: the index is a snapshot.
    stops = found.ends
    begins = stops - (ends - starts)
    around = AROUND[corpus.spelling.level]
    before = corpus.index.extract(found.ordinals, np.maximum(begins - around, 0), begins)
    after = corpus.index.extract(found.ordinals, stops, stops + around)
    names = corpus.ids(found.ordinals)
    for at, (name, count, place) in enumerate(zip(names, counts.tolist(), places, strict=True)):
        left, right = _surroundings(corpus, before[at], after[at])
        first = corpus.spelling.text(batch.symbols[place.start : place.start + 1])
        yield _Found(name, count, left, right, first[: len(first) - len(first.lstrip())])


def _surroundings(corpus: Searched, before: NDArray[Any], after: NDArray[Any]) -> tuple[str, str]:
    """What stands in the same field before and after a match."""
    boundary = corpus.spelling.boundary
    titles = np.flatnonzero(before == boundary)
    before = before[titles[-1] + 1 :] if len(titles) else before
    bodies = np.flatnonzero(after == boundary)
    after = after[: bodies[0]] if len(bodies) else after
    return corpus.spelling.text(before), corpus.spelling.text(after)


def _longest(item: Item, parts: Sequence[_Reach], place: _Place, found: _Found) -> Longest:
    start, end = parts[place.text].units.span(place.first, place.last)
    text = item.texts[place.text][start:end]
    # The space that the first token has in the document may not be there in the item.
    space = "" if text.startswith(found.space) else found.space
    return Longest(
        place=place.text,
        start=start,
        end=end,
        units=place.last - place.first,
        text=text,
        count=found.count,
        document=found.document,
        before=found.before + space,
        after=found.after,
    )


def _overlap(
    item: Item, parts: Sequence[_Reach], n: Sequence[int], longest: Longest | None
) -> Overlap:
    found = {size: [part.found(size) for part in parts] for size in n}
    return Overlap(
        item=item,
        units=sum(len(part.reach) for part in parts),
        shares=tuple(
            Share(size, sum(map(len, each)), sum(int(part.sum()) for part in each))
            for size, each in found.items()
        ),
        longest=longest,
        spans=tuple(part.spans(min(n)) for part in parts),
    )
