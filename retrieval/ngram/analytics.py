"""A corpus as an n-gram language model, on arrays: counts, probabilities, what comes next.

Liu, Min, Zettlemoyer, Choi, Hajishirzi: Infini-gram: Scaling Unbounded n-gram Language Models to a
Trillion Tokens, COLM 2024. The definitions, where ``#(s)`` counts the occurrences of ``s`` in the
live documents:

- An occurrence of a context has one outcome: the symbol that follows it, or the end (of the
  document, or of its title). So ``#(c) = sum of #(c x) over all x + ends(c)``, and the
  probabilities of all outcomes sum to 1.
- ``P(x | c) = #(c x) / #(c)``, undefined where ``c`` does not occur.
- The empty context occurs once before every symbol and once at every end.
- Unbounded: ``P(x | s)`` with ``s`` the longest suffix of the context that occurs, the empty one
  included. Backing off when the denominator is 0, and only then, needs no discounting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.backoff import Contexts, longest_suffixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex, Ranges, SymbolBatch


@dataclass(frozen=True, slots=True)
class Estimate:
    """How often one symbol follows one context.

    Attributes:
        count: Occurrences of the context that the symbol follows.
        context_count: Occurrences of the context.
        context_length: Its symbols; n - 1 for an n-gram.
    """

    count: int
    context_count: int
    context_length: int

    @property
    def probability(self) -> float | None:
        """Of the symbol after the context; ``None`` where the context does not occur."""
        return self.count / self.context_count if self.context_count else None


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """All that follows one context.

    Attributes:
        context_length: Symbols of the context.
        count: Its occurrences.
        ends: Those at the end of a document or title.
        symbols: int64 [distinct], the most frequent first, then the lower one.
        counts: int64 [distinct], all above 0; their sum and ``ends`` make ``count``.
    """

    context_length: int
    count: int
    ends: int
    symbols: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """float64 [distinct], of each of ``symbols``."""
        return self.counts / max(self.count, 1)


def estimates(
    index: NgramIndex,
    contexts: Contexts,
    symbols: NDArray[np.unsignedinteger],
    *,
    unbounded: bool = False,
    most: int | None = None,
) -> list[Estimate]:
    """How often each symbol follows the context of its row.

    Args:
        index: The corpus.
        contexts: One per row.
        symbols: [contexts], of the index's dtype.
        unbounded: Go by the longest suffix that occurs.
        most: Go by no more than the last so many symbols of a context.

    Cost: without ``unbounded`` one step a symbol; else as ``longest_suffixes``.
    """
    if len(symbols) != len(contexts):
        raise InvalidInput(f"{len(symbols)} symbols for {len(contexts)} contexts")
    used = _used(index, contexts, unbounded=unbounded, most=most)
    counts, totals = np.zeros((2, len(used)), np.int64)
    for rows, states in _states(index, used):
        totals[rows] = index.totals(states)
        counts[rows] = index.totals(index.extend(states, symbols[rows]))
    rows_of = zip(counts.tolist(), totals.tolist(), used.lengths.tolist(), strict=True)
    return [Estimate(*row) for row in rows_of]


def distributions(
    index: NgramIndex,
    contexts: Contexts,
    *,
    unbounded: bool = False,
    most: int | None = None,
    boundary: int | None = None,
) -> list[Distribution]:
    """All that follows each context, exactly.

    Args:
        index: The corpus.
        contexts: What stands before.
        unbounded: Go by the longest suffix that occurs.
        most: Go by no more than the last so many symbols of a context.
        boundary: A symbol that ends a title and is counted as an end.
    """
    used = _used(index, contexts, unbounded=unbounded, most=most)
    found: dict[int, Distribution] = {}
    for rows, states in _states(index, used):
        following = index.next_symbols(states)
        for place, row in enumerate(rows.tolist()):
            part = slice(*following.offsets[place : place + 2].tolist())
            symbols, counts = following.symbols[part], following.counts[part]
            ends = int(following.ends[place])
            length = int(used.lengths[row])
            found[row] = _ordered(length, symbols, counts, ends, boundary=boundary)
    return [found[row] for row in range(len(used))]


def longest_matches(
    index: NgramIndex, texts: SymbolBatch
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For every position of every text the longest match that begins there: lengths and counts.

    0 and 0 where not even the symbol occurs. Cost: one native call; as many steps as the lengths
    sum up to, so a long text that the corpus holds in full costs the square of its length.
    """
    lengths, counts = index.longest(texts)
    cuts = texts.offsets[1:-1]
    return list(zip(np.split(lengths, cuts), np.split(counts, cuts), strict=True))


def merged(parts: list[Distribution]) -> Distribution:
    """What follows either of several contexts, none of which ends with another."""
    if len(parts) == 1:
        return parts[0]
    symbols, places = np.unique(np.concatenate([p.symbols for p in parts]), return_inverse=True)
    counts = np.zeros(len(symbols), np.int64)
    np.add.at(counts, places, np.concatenate([part.counts for part in parts]))
    ends = sum(part.ends for part in parts)
    return _ordered(max(p.context_length for p in parts), symbols, counts, ends, boundary=None)


def _used(index: NgramIndex, contexts: Contexts, *, unbounded: bool, most: int | None) -> Contexts:
    if unbounded:
        return contexts.last(longest_suffixes(index, contexts, most=most))
    return contexts if most is None else contexts.last(np.minimum(contexts.lengths, most))


def _states(index: NgramIndex, contexts: Contexts) -> Iterator[tuple[NDArray[np.int64], Ranges]]:
    for rows in contexts.calls():
        yield rows, index.ranges(contexts.take(rows).patterns())


def _ordered(
    length: int,
    symbols: NDArray[np.integer],
    counts: NDArray[np.integer],
    ends: int,
    *,
    boundary: int | None,
) -> Distribution:
    numbers, found = symbols.astype(np.int64), counts.astype(np.int64)
    closing = np.zeros(len(numbers), np.bool_) if boundary is None else numbers == boundary
    ends += int(found[closing].sum())
    numbers, found = numbers[~closing], found[~closing]
    order = np.lexsort([numbers, -found])
    total = int(found.sum()) + ends
    return Distribution(length, total, ends, numbers[order], found[order])
