"""Texts beyond every block, chunk and directory of the core: answers equal a scan with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.index_contract import bits
from tests.contracts.ngram_checks import located
from tests.counts import scaled

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import Level

SYMBOLS = 150_000
# Lengths about those at which a document's text is cut for reading, and a few very long ones.
LENGTHS = [0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 5000, 70_000]


@dataclass(frozen=True)
class Large:
    """Documents in one array, what of them is live, and an index over them."""

    symbols: NDArray[np.int64]
    offsets: NDArray[np.int64]
    live: NDArray[np.bool_]
    vocabulary: int
    level: Level

    def batch(self, symbols: Any, offsets: Any) -> SymbolBatch:
        dtype = np.uint8 if self.level == "bytes" else np.uint32
        return SymbolBatch(np.asarray(symbols, dtype), np.asarray(offsets), self.vocabulary)

    def index(self, rate: int, block_symbols: int) -> NgramIndex:
        documents = self.batch(self.symbols, self.offsets)
        segment = NgramSegment.build(documents, rate=rate, block_symbols=block_symbols)
        ordinals = np.arange(len(self.live)) * 3
        return NgramIndex([LiveNgrams(segment, ordinals, bits(self.live.tolist()))], threads=2)

    def merged(self) -> NgramIndex:
        documents = self.batch(self.symbols, self.offsets)
        segment = NgramSegment.build(documents, block_symbols=40_000)
        one = NgramSegment.merge([(segment, bits(self.live.tolist()))])
        return NgramIndex([LiveNgrams(one, np.flatnonzero(self.live) * 3)], threads=1)

    def ends(self, pattern: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where live occurrences end in the array of all symbols."""
        size, total = len(pattern), len(self.symbols)
        places = np.flatnonzero(self.symbols[: max(total - size + 1, 0)] == pattern[0])
        for step in range(1, size):
            places = places[self.symbols[places + step] == pattern[step]]
        owners = self.owners(places)
        inside = (places + size <= self.offsets[owners + 1]) & self.live[owners]
        return places[inside] + size

    def owners(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.offsets, starts, side="right") - 1


def made(rng: np.random.Generator, letters: int, vocabulary: int, level: Level) -> Large:
    lengths = [*LENGTHS, *rng.integers(0, 3_000, 200).tolist()]
    offsets = np.concatenate([[0], np.cumsum(rng.permutation(lengths))])
    offsets = offsets[offsets <= SYMBOLS]
    used = rng.choice(vocabulary, letters, replace=False)
    # Half of it in runs, so that some ranges are wide and some rows hold one symbol alone.
    drawn = rng.integers(0, letters, offsets[-1]) ** 2 // letters
    runs = np.repeat(drawn[::40], 40)[: offsets[-1]]
    symbols = used[np.where(np.arange(offsets[-1]) % 9_000 < 4_500, drawn, runs)]
    return Large(symbols, offsets, rng.random(len(offsets) - 1) < 0.7, vocabulary, level)


def patterns(rng: np.random.Generator, large: Large) -> Iterator[NDArray[np.int64]]:
    for size in (1, 1, 2, 3, 5, 8, 13, 40, 200):
        start = int(rng.integers(0, len(large.symbols) - size))
        yield large.symbols[start : start + size]
    yield np.asarray([large.symbols[0]] * 45)


def check(large: Large, index: NgramIndex, asked: list[NDArray[np.int64]]) -> None:
    expected = [large.ends(pattern) for pattern in asked]
    offsets = np.concatenate([[0], np.cumsum([len(pattern) for pattern in asked])])
    batch = large.batch(np.concatenate(asked), offsets)
    assert index.count_many(batch).tolist() == [len(ends) for ends in expected]
    states = index.ranges(batch)
    after = index.next_symbols(states)
    rare = [place for place, ends in enumerate(expected) if len(ends) < 5_000]
    found = located(index, index.rows(states.take(np.asarray(rare, np.int64)), limit=None))
    for place, hits in zip(rare, found, strict=True):
        owners = large.owners(expected[place] - len(asked[place]))
        wanted = zip(owners * 3, expected[place] - large.offsets[owners], strict=True)
        assert sorted(hits) == sorted((int(a), int(b)) for a, b in wanted)
    for place, ends in enumerate(expected):
        owners = large.owners(ends - len(asked[place]))
        inside = ends[ends < large.offsets[owners + 1]]
        symbols, counts = np.unique(large.symbols[inside], return_counts=True)
        part = slice(after.offsets[place], after.offsets[place + 1])
        assert after.symbols[part].tolist() == symbols.tolist()
        assert after.counts[part].tolist() == counts.tolist()
        assert after.ends[place] == len(ends) - len(inside)


def check_texts(large: Large, index: NgramIndex, rng: np.random.Generator) -> None:
    """Live documents whole and in parts."""
    documents = np.repeat(np.flatnonzero(large.live), 3)
    lengths = large.offsets[documents + 1] - large.offsets[documents]
    starts = np.where(np.arange(len(lengths)) % 3, rng.integers(0, lengths + 1), 0)
    ends = np.where(np.arange(len(lengths)) % 3, rng.integers(starts, lengths + 1), lengths)
    found = index.extract(documents * 3, starts, ends)
    places = zip((large.offsets[documents] + starts), ends - starts, strict=True)
    wanted = [large.symbols[start : start + size] for start, size in places]
    np.testing.assert_array_equal(found.offsets[1:], np.cumsum(ends - starts))
    np.testing.assert_array_equal(found.symbols, np.concatenate(wanted))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(scaled(1, 20)))
@pytest.mark.parametrize(
    ("letters", "vocabulary", "level"),
    [(2, 256, "bytes"), (60, 256, "bytes"), (256, 256, "bytes"), (3, 5, "tokens"),
     (400, 50_000, "tokens"), (9_000, 200_000, "tokens")],
)  # fmt: skip
def test_large_texts(letters: int, vocabulary: int, level: Level, seed: int) -> None:
    rng = np.random.default_rng([letters, seed])
    large = made(rng, letters, vocabulary, level)
    asked = list(patterns(rng, large))
    rate = int(rng.choice([4, 16, 1024]))
    for index in (large.index(rate, 1 << 27), large.index(rate, 50_000), large.merged()):
        check(large, index, asked)
        check_texts(large, index, rng)


@pytest.mark.slow
@pytest.mark.parametrize(("vocabulary", "level"), [(256, "bytes"), (200_000, "tokens")])
def test_rows_of_many_deleted_documents_are_found_by_several_threads(
    vocabulary: int, level: Level
) -> None:
    rng = np.random.default_rng(3)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 9_000, 700))])
    symbols = rng.integers(97, 99, offsets[-1])
    live = rng.random(700) < 0.1
    assert offsets[-1] * 0.9 > 2 << 20  # so that they are shared among threads
    large = Large(symbols, offsets, live, vocabulary, level)
    asked = [symbols[place : place + 30] for place in (5, 80_000, 2_000_000)]
    check(large, large.index(16, 1 << 27), [*asked, symbols[:1], symbols[:3]])
