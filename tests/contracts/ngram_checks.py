"""Every answer of an ``NgramIndex`` beside brute force, in batches; each check may be run alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.contracts import ngram_oracle as oracle
from tests.contracts.ngram_corpora import BYTES

from mnemic.indexes.ngram import SymbolBatch

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from tests.contracts.ngram_oracle import Anchor, Live, Place, Symbols

    from mnemic.indexes.ngram import NgramIndex, Ranges, Rows
    from mnemic.indexes.protocols import Bitmap

MOST_MASKS = 1_000_000


def batch_of(items: Sequence[Symbols], vocabulary: int) -> SymbolBatch:
    if vocabulary == BYTES:
        return SymbolBatch.of_bytes([bytes(item) for item in items])
    return SymbolBatch.of_tokens([np.asarray(item, np.int64) for item in items], vocabulary)


def listed(batch: SymbolBatch) -> list[Symbols]:
    """The items of a batch as the oracle has them."""
    values = batch.symbols.tolist()
    items = [values[a:b] for a, b in pairwise(batch.offsets.tolist())]
    return [bytes(item) if batch.vocabulary == BYTES else tuple(item) for item in items]


def one_pattern(pattern: Symbols, batch: SymbolBatch) -> bytes | NDArray[Any]:
    """A pattern as ``count`` takes it."""
    return pattern if isinstance(pattern, bytes) else np.asarray(pattern, batch.symbols.dtype)


def rows_of(values: NDArray[Any], offsets: NDArray[np.int64]) -> list[list[Any]]:
    assert offsets.dtype == np.int64
    assert offsets[0] == 0
    assert offsets[-1] == len(values)
    assert np.all(np.diff(offsets) >= 0)
    return [values[a:b].tolist() for a, b in pairwise(offsets.tolist())]


# --- counts -----------------------------------------------------------------------------------


def check_counts(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    expected = [oracle.count(live, pattern) for pattern in patterns]
    found = index.count_many(batch_of(patterns, index.vocabulary))
    assert found.dtype == np.int64
    same(patterns, found.tolist(), expected)


def check_single_counts(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    batch = batch_of(patterns, index.vocabulary)
    for pattern in patterns[:8]:
        found = index.count(one_pattern(pattern, batch))
        assert type(found) is int
        assert found == oracle.count(live, pattern), pattern


def check_documents(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    found = index.documents_with(batch_of(patterns, index.vocabulary))
    assert found.dtype == np.int64
    same(patterns, found.tolist(), [oracle.documents_with(live, each) for each in patterns])


# --- states -----------------------------------------------------------------------------------


def check_ranges(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    """The states of whole patterns."""
    states = index.ranges(batch_of(patterns, index.vocabulary))
    assert len(states) == len(patterns)
    _check_states(index, live, states, [oracle.places(live, pattern) for pattern in patterns])


def check_steps(
    index: NgramIndex, live: Live, patterns: Sequence[Symbols], anchor: Anchor = "anywhere"
) -> None:
    """States that grow symbol by symbol, some of them forked, from an anchor."""
    states = index.root(2) if anchor == "anywhere" else index.anchored(2, anchor)
    empty = oracle.places(live, patterns[0][:0], anchor)
    _check_states(index, live, states, [empty, empty])
    alive = list(patterns)
    parents = [number % 2 for number in range(len(patterns))]
    for step in range(min(12, max(map(len, patterns)))):
        kept = [number for number, pattern in enumerate(alive) if len(pattern) > step]
        symbols = np.asarray([alive[number][step] for number in kept])
        origin = np.asarray([parents[number] for number in kept], np.int64)
        states = index.extend(states, symbols.astype(_dtype(index)), origin)
        alive, parents = [alive[number] for number in kept], list(range(len(kept)))
        found = [oracle.places(live, pattern[: step + 1], anchor) for pattern in alive]
        _check_states(index, live, states, found)


def _dtype(index: NgramIndex) -> Any:
    return batch_of([], index.vocabulary).symbols.dtype


def check_anchored(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    check_steps(index, live, patterns, "document")


def check_fields(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    if index.vocabulary == BYTES:
        check_steps(index, live, patterns, "field")


def check_words(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    if index.vocabulary == BYTES:
        check_steps(index, live, patterns, "word")


def _check_states(
    index: NgramIndex, live: Live, states: Ranges, places: Sequence[list[Place]]
) -> None:
    totals = index.totals(states)
    assert totals.dtype == np.int64
    same(places, totals.tolist(), [len(found) for found in places])
    expected = [oracle.following(live, found) for found in places]
    check_next(index, states, expected)
    check_masks(index, states, expected)


def check_next(index: NgramIndex, states: Ranges, expected: Sequence[Counter[int]]) -> None:
    after = index.next_symbols(states)
    symbols, counts = (rows_of(each, after.offsets) for each in (after.symbols, after.counts))
    assert after.counts.dtype == after.ends.dtype == np.int64
    assert all(row == sorted(row) for row in symbols)
    assert all(len(row) == len(set(row)) for row in symbols)
    ends = [wanted[oracle.END] for wanted in expected]
    same(symbols, after.ends.tolist(), ends)
    pairs = [dict(zip(*each, strict=True)) for each in zip(symbols, counts, strict=True)]
    wanted = [{k: v for k, v in each.items() if k != oracle.END} for each in expected]
    same(symbols, pairs, wanted)


def check_masks(index: NgramIndex, states: Ranges, expected: Sequence[Counter[int]]) -> None:
    first = min(len(expected), MOST_MASKS // index.vocabulary)
    masks = index.masks(states.take(np.arange(first)))
    assert masks.dtype == np.bool_
    assert masks.shape == (first, index.vocabulary)
    allowed = [np.flatnonzero(mask).tolist() for mask in masks]
    wanted = [sorted(each.keys() - {oracle.END}) for each in expected[:first]]
    same(wanted, allowed, wanted)


# --- places -----------------------------------------------------------------------------------


def check_places(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    """All occurrences of all patterns, each once."""
    rows = index.rows(index.ranges(batch_of(patterns, index.vocabulary)), limit=None)
    expected = [sorted(oracle.places(live, pattern)) for pattern in patterns]
    same(patterns, [sorted(found) for found in located(index, rows)], expected)


def located(index: NgramIndex, rows: Rows) -> list[list[Place]]:
    places = index.locate(rows)
    assert places.ordinals.dtype == places.ends.dtype == np.int64
    ordinals, ends = (rows_of(each, places.offsets) for each in (places.ordinals, places.ends))
    return [list(zip(*each, strict=True)) for each in zip(ordinals, ends, strict=True)]


def check_limits(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    """With a limit: that many of the occurrences, none twice."""
    states = index.ranges(batch_of(patterns, index.vocabulary))
    for limit in (0, 1, 3, 2**40):
        for pattern, found in zip(
            patterns, located(index, index.rows(states, limit=limit)), strict=True
        ):
            expected = oracle.places(live, pattern)
            assert len(found) == len(set(found)) == min(limit, len(expected)), pattern
            assert set(found) <= set(expected), pattern


def check_after(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    """Only the occurrences before some symbols, or before the end of a document."""
    states = index.ranges(batch_of(patterns, index.vocabulary))
    every = np.arange(index.vocabulary + 1)
    for chosen in (every % 2 == 0, every % 3 == 1, every == index.vocabulary, every < 0):
        found = located(index, index.rows(states, limit=None, after=chosen))
        expected = [
            sorted(p for p in oracle.places(live, each) if chosen[oracle.next_symbol(live, p)])
            for each in patterns
        ]
        same(patterns, [sorted(each) for each in found], expected)
        some = located(index, index.rows(states, limit=2, after=chosen))
        same(patterns, [len(each) for each in some], [min(2, len(each)) for each in expected])
        assert all(set(a) <= set(b) for a, b in zip(some, expected, strict=True))


def check_allowed(
    index: NgramIndex,
    live: Live,
    patterns: Sequence[Symbols],
    bitmaps: Callable[[frozenset[int]], Sequence[Bitmap | None]],
) -> None:
    """Only in allowed documents, with and without a limit."""
    states = index.ranges(batch_of(patterns, index.vocabulary))
    for allowed in (frozenset[int](), frozenset(live), frozenset(sorted(live)[::2])):
        expected = [
            sorted(place for place in oracle.places(live, each) if place[0] in allowed)
            for each in patterns
        ]
        given = bitmaps(allowed)
        found = located(index, index.rows(states, limit=None, allowed=given))
        same(patterns, [sorted(each) for each in found], expected)
        some = located(index, index.rows(states, limit=2, allowed=given))
        same(patterns, [len(each) for each in some], [min(2, len(each)) for each in expected])
        assert all(set(a) <= set(b) for a, b in zip(some, expected, strict=True))


# --- texts ------------------------------------------------------------------------------------


def check_extract(index: NgramIndex, live: Live) -> None:
    """Whole documents, their middles, and what is clipped at their ends."""
    ordinals = np.repeat(np.asarray(sorted(live), np.int64), 4)
    sizes = np.asarray([len(live[ordinal]) for ordinal in ordinals.tolist()], np.int64)
    starts = np.tile([0, 1, -5, 3], len(live)).astype(np.int64)
    ends = np.where(
        np.arange(len(sizes)) % 4 == 1, np.maximum(sizes - 1, 1), sizes + np.abs(starts) * 7
    )
    found = index.extract(ordinals, starts, ends)
    places = zip(ordinals.tolist(), starts.tolist(), ends.tolist(), strict=True)
    same(ordinals.tolist(), listed(found), [oracle.extract(live, *place) for place in places])


def check_longest(index: NgramIndex, live: Live, texts: Sequence[Symbols]) -> None:
    lengths, counts = index.longest(batch_of(texts, index.vocabulary))
    assert lengths.dtype == counts.dtype == np.int64
    expected = [pair for text in texts for pair in oracle.longest(live, text)]
    same(texts, lengths.tolist(), [length for length, _ in expected])
    matched = lengths > 0
    same(texts, counts[matched].tolist(), [number for length, number in expected if length])


def check_search(index: NgramIndex, live: Live, patterns: Sequence[Symbols]) -> None:
    for k in (0, 1, 4, 10_000):
        found = index.search(batch_of(patterns, index.vocabulary), k)
        for number, pattern in enumerate(patterns):
            ranked = sorted(oracle.search(live, pattern).items(), key=lambda hit: (-hit[1], hit[0]))
            scores, ordinals = found.row(number)
            hits = list(zip(ordinals.tolist(), scores.tolist(), strict=True))
            assert hits == ranked[:k], pattern


def same(what: Sequence[Any], found: Sequence[Any], expected: Sequence[Any]) -> None:
    """Equal, or an error that shows the first item that differs."""
    assert len(found) == len(expected)
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        shown = what[number] if len(what) == len(found) else number
        assert one == other, f"{shown!r}: found {one!r}, brute force says {other!r}"


CHECKS: Mapping[str, Callable[[NgramIndex, Live, Sequence[Symbols]], None]] = {
    check.__name__.removeprefix("check_"): check
    for check in (
        check_counts, check_single_counts, check_documents, check_ranges, check_steps,
        check_anchored, check_fields, check_words, check_places, check_limits, check_after,
        check_longest, check_search,
    )
}  # fmt: skip
"""The checks of patterns that need nothing else."""
