"""Patterns with alternatives and anchors: all their states in the index, many at once.

A state of the index is what one byte string matches. A pattern with alternatives is a set of
strings, so a set of states; they are extended together, one byte a step, and those that match
nothing are dropped at every step. Different strings never match at the same place with the same
length, so that counts are sums. Bytes and states only: which strings stand for a letter, and
which bytes bound a word, say the callers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram.automaton import Automaton
from mnemic.indexes.ngram.walking import coalesced, joined, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.automaton import Alternatives
    from mnemic.indexes.ngram.batch import SymbolBatch
    from mnemic.indexes.ngram.index import Anchor, NgramIndex
    from mnemic.indexes.ngram.values import Ranges
    from mnemic.indexes.ngram.walking import Walked

_STARTS_AT_ONCE = 1 << 16
END = 256
"""The entry of the end of a document in a set of next symbols."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What may stand before a match.

    Attributes:
        anchor: As for ``NgramIndex.anchored``; ``None`` for nothing but ``strings``.
        strings: Byte strings, none the end of another one, none covered by ``anchor``; or ``None``.
    """

    anchor: Anchor | None
    strings: SymbolBatch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Right:
    """What may stand behind a match.

    Attributes:
        after: bool [257], the next bytes that are allowed; the last entry is the document's end.
        strings: Byte strings of one pattern with one position, or ``None``; none begins with a
            byte of ``after``.
    """

    after: NDArray[np.bool_]
    strings: Automaton | None = None


@dataclass(frozen=True, slots=True)
class BytePattern:
    """A pattern as the byte-level index knows it.

    Attributes:
        alternatives: What may stand at each of its positions.
        left: What must stand before it; ``None`` for anything.
        right: What must stand behind it; ``None`` for anything.
    """

    alternatives: Alternatives
    left: Left | None = None
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """States whose occurrences are the matches of patterns.

    Attributes:
        ranges: [n] states.
        owners: int64 [n], the number of the pattern.
        lengths: int64 [n], bytes of a match.
        trailing: int64 [n], bytes behind the match that are part of the state.
        after: bool [257], which bytes may follow; ``None`` for any.
    """

    ranges: Ranges
    owners: NDArray[np.int64]
    lengths: NDArray[np.int64]
    trailing: NDArray[np.int64]
    after: NDArray[np.bool_] | None = None

    def totals(self, index: NgramIndex) -> NDArray[np.int64]:
        """Live matches of each state: int64 [n]."""
        if self.after is None:
            return index.totals(self.ranges)
        following = index.next_symbols(self.ranges)
        counted = np.where(self.after[following.symbols], following.counts, 0)
        sums = np.concatenate(([0], np.cumsum(counted, dtype=np.int64)))
        inside: NDArray[np.int64] = sums[following.offsets[1:]] - sums[following.offsets[:-1]]
        return inside + following.ends if self.after[END] else inside


def match(index: NgramIndex, patterns: Sequence[BytePattern]) -> list[Matches]:
    """The states of patterns; those of one pattern may be in several of the values.

    O(bytes of the alternatives that occur) steps of the index, each batched over all patterns
    that have the same neighbours.

    Raises:
        InvalidInput: A pattern is empty or ambiguous (see ``Automaton.of``).
        LimitExceeded: So many different strings match that states would take too much memory.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for number, pattern in enumerate(patterns):
        groups.setdefault((id(pattern.left), id(pattern.right)), []).append(number)
    return [
        found
        for numbers in groups.values()
        for found in _alike(index, patterns, np.array(numbers, np.int64))
    ]


def count(index: NgramIndex, patterns: Sequence[BytePattern]) -> NDArray[np.int64]:
    """Live matches of each pattern: int64 [patterns]; overlapping ones count.

    Raises:
        InvalidInput: As for ``match``.
        LimitExceeded: As for ``match``.
    """
    totals = np.zeros(len(patterns), np.int64)
    for found in match(index, patterns):
        np.add.at(totals, found.owners, found.totals(index))
    return totals


def _alike(
    index: NgramIndex, patterns: Sequence[BytePattern], numbers: NDArray[np.int64]
) -> Iterator[Matches]:
    """Patterns with the same neighbours, in batches of bounded size."""
    left, right = patterns[numbers[0]].left, patterns[numbers[0]].right
    starts = _starts(index, left)
    if not len(starts):
        return
    step = max(1, _STARTS_AT_ONCE // len(starts))
    for first in range(0, len(numbers), step):
        batch = numbers[first : first + step]
        found = _found(index, [patterns[number].alternatives for number in batch], starts)
        yield from _ended(index, replace(found, owners=batch[found.owners]), right)


def _found(index: NgramIndex, patterns: Sequence[Alternatives], starts: Ranges) -> Walked:
    """The states of every pattern behind every start; owners are the patterns."""
    automaton = Automaton.of(patterns)
    begun = np.tile(np.arange(len(starts), dtype=np.int64), len(patterns))
    of_pattern = np.repeat(np.arange(len(patterns), dtype=np.int64), len(starts))
    found = walk(index, starts.take(begun), automaton, automaton.first[of_pattern])
    return replace(found, owners=of_pattern[found.owners])


def _starts(index: NgramIndex, left: Left | None) -> Ranges:
    """The states that a match may begin in; they share no occurrence."""
    if left is None:
        return index.root(1)
    parts = [] if left.anchor is None else [index.anchored(1, left.anchor)]
    if left.strings is not None:
        parts.append(index.ranges(left.strings))
    starts = coalesced(joined(parts))
    return starts.take(np.flatnonzero(index.totals(starts)))


def _ended(index: NgramIndex, found: Walked, right: Right | None) -> Iterator[Matches]:
    nothing = np.zeros(len(found.owners), np.int64)
    after = None if right is None else right.after
    yield Matches(found.ranges, found.owners, found.lengths, nothing, after)
    if right is None or right.strings is None or not len(found.ranges):
        return
    nodes = np.full(len(found.owners), right.strings.first[0])
    behind = walk(index, found.ranges, right.strings, nodes)
    owners = behind.owners
    yield Matches(behind.ranges, found.owners[owners], found.lengths[owners], behind.lengths)
