"""In which forms does the corpus have these words? Case and inflection, read off the index itself.

From where a word can begin, every word is followed letter by letter in both cases up to the part
that its stem leaves unchanged; from there the index says how its words go on, and the analyzer says
which of them are the same word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.retrieval.ngram.states import (
    WORD_BYTES,
    States,
    anchors,
    join,
    matching,
    totals,
    whole_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NextSymbols, NgramIndex, Ranges
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.ngram.asked import Unit
    from mnemic.retrieval.ngram.words import Numbers

SHORTEST_STEM = 3
"""Letters that a word must share with its stem to be looked for in other inflections."""
LONGEST_ENDING = 4
"""Bytes by which an inflection may be longer than both the word and its stem."""
MOST_BRANCHES = 48
"""Continuations of a word that are followed at once, the most frequent ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """The forms of some words.

    Attributes:
        states: After each form; owners are the words.
        counts: int64 [states], occurrences as a whole word.
        texts: The bytes of each form.
    """

    states: States
    counts: Numbers
    texts: list[bytes]


def find_forms(index: NgramIndex, units: Sequence[Unit], analyzer: Analyzer) -> Forms:
    """How the corpus writes these words.

    Cost: for all words together some 20 calls of the index; about 0.1 ms a word.

    Args:
        index: The byte-level index.
        units: The words.
        analyzer: What says which forms are the same word.
    """
    plans = [_plan(unit) for unit in units]
    width = max((len(plan.letters) + plan.more for plan in plans), default=0)
    rows = _begin(index, plans, width)
    arrived = [rows.take(np.zeros(0, np.int64))]
    lengths = np.array([len(plan.letters) for plan in plans], np.int64)
    for _ in range(int(lengths.max(initial=0)) + 1):
        done = rows.lengths >= lengths[rows.owners]
        arrived.append(rows.take(done))
        rows = rows.take(~done)
        if not len(rows):
            break
        rows = _spell(index, rows, plans)
    return _continued(index, _Spelled.joined(arrived), units, plans, analyzer)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a word is looked for: its letters in both cases, and how long an ending may follow."""

    letters: tuple[tuple[int, int], ...]
    more: int
    paired: bool


def _plan(unit: Unit) -> _Plan:
    stem, more = unit.text, 0
    if len(unit.terms) == 1 and not unit.paired:
        common = _common(unit.text, unit.terms[0])
        # Stemmers of some languages write i for y.
        common -= unit.text[:common].endswith("i") and common == len(unit.terms[0])
        if common >= SHORTEST_STEM:
            longest = max(len(unit.text.encode()), len(unit.terms[0].encode())) + LONGEST_ENDING
            stem = unit.text[:common]
            more = longest - len(stem.encode())
    return _Plan(tuple(_letters(stem)), more, unit.paired)


def _common(one: str, other: str) -> int:
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same


def _letters(text: str) -> list[tuple[int, int]]:
    """Each byte in both cases; the analyzer throws out what the mixture of bytes adds."""
    pairs: list[tuple[int, int]] = []
    for character in text:
        lower, upper = character.encode(), character.upper().encode()
        pairs += zip(lower, upper if len(upper) == len(lower) else lower, strict=True)
    return pairs


@dataclass(frozen=True, slots=True, eq=False)
class _Spelled:
    """As ``States``, with the bytes that led to each: uint8 [states, longest]."""

    ranges: Ranges
    owners: Numbers
    lengths: Numbers
    spelled: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.owners)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        kept = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return type(self)(
            self.ranges.take(kept), self.owners[kept], self.lengths[kept], self.spelled[kept]
        )

    def followed(self, index: NgramIndex, symbols: NDArray[np.uint8], parents: Numbers) -> Self:
        """Each row one byte longer than its parent."""
        ranges = index.extend(self.ranges, symbols, parents)
        spelled, lengths = self.spelled[parents], self.lengths[parents]
        spelled[np.arange(len(parents)), lengths] = symbols
        longer = type(self)(ranges, self.owners[parents], lengths + 1, spelled)
        return longer.take(matching(ranges))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        return cls(
            join([part.ranges for part in parts]),
            np.concatenate([part.owners for part in parts]),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate([part.spelled for part in parts]),
        )


def _begin(index: NgramIndex, plans: Sequence[_Plan], width: int) -> _Spelled:
    before = anchors(index)
    everywhere = len(before)
    starts = join([before, index.root(1)])
    places = [np.array([everywhere]) if plan.paired else np.arange(everywhere) for plan in plans]
    owners = np.repeat(np.arange(len(plans)), [len(place) for place in places])
    rows = np.concatenate([np.zeros(0, np.int64), *places]).astype(np.int64)
    spelled = np.zeros((len(rows), width), np.uint8)
    return _Spelled(
        starts.take(rows), owners.astype(np.int64), np.zeros(len(rows), np.int64), spelled
    )


def _spell(index: NgramIndex, rows: _Spelled, plans: Sequence[_Plan]) -> _Spelled:
    """Every row one letter of its word further, in both cases."""
    at = zip(rows.owners.tolist(), rows.lengths.tolist(), strict=True)
    letters = np.array([plans[owner].letters[length] for owner, length in at], np.uint8)
    parents = np.arange(len(rows), dtype=np.int64)
    other = np.flatnonzero(letters[:, 0] != letters[:, 1]).astype(np.int64)
    symbols = np.concatenate([letters[:, 0], letters[other, 1]])
    return rows.followed(index, symbols, np.concatenate([parents, other]))


def _continued(
    index: NgramIndex,
    rows: _Spelled,
    units: Sequence[Unit],
    plans: Sequence[_Plan],
    analyzer: Analyzer,
) -> Forms:
    """Follow every ending; keep what is a whole word and the same one."""
    found, counts, texts = (
        [rows.take(np.zeros(0, np.int64))],
        [np.zeros(0, np.int64)],
        list[bytes](),
    )
    longest = np.array([len(plan.letters) + plan.more for plan in plans], np.int64)
    paired = np.array([plan.paired for plan in plans], np.bool_)
    while len(rows):
        following = index.next_symbols(rows.ranges)
        whole = whole_words(following)
        whole += np.where(paired[rows.owners], totals(following) - whole, 0)
        spelled = [row[:end].tobytes() for row, end in zip(rows.spelled, rows.lengths, strict=True)]
        kept = [
            place
            for place in np.flatnonzero(whole).tolist()
            if _same(spelled[place], units[rows.owners[place]], analyzer)
        ]
        found.append(rows.take(np.array(kept, np.int64)))
        counts.append(whole[kept])
        texts += [spelled[place] for place in kept]
        rows = _branch(index, rows, following, longest)
    every = _Spelled.joined(found)
    states = States(every.ranges, every.owners, every.lengths)
    return Forms(states, np.concatenate(counts), texts)


def _same(spelled: bytes, unit: Unit, analyzer: Analyzer) -> bool:
    try:
        text = spelled.decode()
    except UnicodeDecodeError:
        # The bytes of two cases mixed may be no character.
        return False
    if unit.paired or not unit.terms:
        return text.lower() == unit.text
    return tuple(analyzer.analyze(text)) == unit.terms


def _branch(
    index: NgramIndex, rows: _Spelled, following: NextSymbols, longest: Numbers
) -> _Spelled:
    parents = np.repeat(np.arange(len(rows)), np.diff(following.offsets))
    goes_on = WORD_BYTES[following.symbols] & (rows.lengths < longest[rows.owners])[parents]
    chosen = np.flatnonzero(goes_on)
    owners = rows.owners[parents[chosen]]
    order = chosen[np.lexsort((-following.counts[chosen], owners))]
    sizes = np.bincount(owners, minlength=len(longest))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[rank < MOST_BRANCHES]
    symbols = following.symbols[order].astype(np.uint8)
    return rows.followed(index, symbols, parents[order].astype(np.int64))
