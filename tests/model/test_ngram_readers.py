"""Readers while a writer adds, deletes, merges and reopens: every answer is of one moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.ngram_checks import located
from tests.contracts.ngram_corpora import BYTES, made
from tests.contracts.ngram_mirror import Mirror
from tests.counts import scaled

from mnemic.indexes.ngram import SymbolBatch

if TYPE_CHECKING:
    from tests.contracts.ngram_oracle import Symbols

    from mnemic.indexes.ngram import NgramIndex

READERS = 4
STEPS = scaled(60, 600)
TWINS = ([7, 1, 7], [7, 2, 7])
"""Each word of one twin stands once in one document, each of the other's in another."""


@dataclass
class Published:
    """The index that readers take, how many pairs it holds, and whether the writer is done."""

    index: NgramIndex
    pairs: int = 0
    done: bool = False
    read: list[int] = field(default_factory=list)


@dataclass
class Writer:
    """Adds and deletes documents in pairs, so that twins are equally frequent at any moment."""

    mirror: Mirror
    published: Published
    pairs: list[tuple[int, ...]] = field(default_factory=list)

    def step(self, number: int, chance: np.random.Generator) -> None:
        match int(chance.integers(0, 6)):
            case 0 | 1 | 2:
                new = self.mirror.add(self.documents(int(chance.integers(1, 20))))
                self.pairs += zip(new[::2], new[1::2], strict=True)
            case 3 if self.pairs:
                gone = [self.pairs.pop() for _ in range(min(len(self.pairs), 5))]
                self.mirror.delete([ordinal for pair in gone for ordinal in pair])
            case 4:
                self.mirror.merge(int(chance.integers(0, 3)), 3)
            case 5 if number % 7 == 0:
                self.mirror.reopen()
        self.published.index, self.published.pairs = self.mirror.index(threads=2), len(self.pairs)

    def documents(self, pairs: int) -> list[Symbols]:
        padding = [0, 3, 5] * 7
        texts = [[*padding, *twin, *padding] for _ in range(pairs) for twin in TWINS]
        return [made(text, self.mirror.vocabulary) for text in texts]


def twins(vocabulary: int) -> SymbolBatch:
    words = [made(twin, vocabulary) for twin in TWINS]
    if vocabulary == BYTES:
        return SymbolBatch.of_bytes([bytes(word) for word in words])
    return SymbolBatch.of_tokens([np.asarray(word) for word in words], vocabulary)


def check(index: NgramIndex, asked: SymbolBatch) -> int:
    """One moment's pairs, as every method sees them."""
    pairs, other = index.count_many(asked).tolist()
    assert pairs == other
    assert index.stats().documents == 2 * pairs
    assert index.documents_with(asked).tolist() == [pairs, pairs]
    states = index.ranges(asked)
    assert index.totals(states).tolist() == [pairs, pairs]
    after = index.next_symbols(states)
    assert after.counts.tolist() == ([pairs, pairs] if pairs else [])
    one, two = located(index, index.rows(states, limit=None))
    assert len(set(one)) == len(set(two)) == pairs
    assert {ordinal for ordinal, _ in one}.isdisjoint(ordinal for ordinal, _ in two)
    ordinals = np.asarray([ordinal for ordinal, _ in one], np.int64)
    assert len(index.extract(ordinals, ordinals * 0, ordinals * 0 + 9)) == pairs
    return int(pairs)


def read(published: Published, asked: SymbolBatch, start: threading.Barrier) -> int:
    start.wait()
    seen, rounds = [(published.index, check(published.index, asked))], 0
    while not published.done or rounds < 3:
        index = published.index
        seen = [*seen[-3:], (index, check(index, asked))]
        for old, pairs in seen:  # what was taken before says what it said
            assert check(old, asked) == pairs
        rounds += 1
    return rounds


@pytest.mark.slow
@pytest.mark.parametrize("vocabulary", [BYTES, 200_000])
def test_readers_see_one_moment_each(vocabulary: int) -> None:
    mirror = Mirror(vocabulary, block_symbols=400)
    published, asked = Published(mirror.index()), twins(vocabulary)
    writer, chance = Writer(mirror, published), np.random.default_rng(vocabulary)
    writer.step(0, chance)
    start = threading.Barrier(READERS + 1)
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, published, asked, start) for _ in range(READERS)]
        start.wait()
        try:
            for number in range(STEPS):
                writer.step(number, chance)
        finally:
            published.done = True
        assert all(reader.result() >= 3 for reader in readers)
    assert check(published.index, asked) == len(writer.pairs)


@pytest.mark.parametrize("vocabulary", [BYTES, 200_000])
def test_what_is_made_at_the_first_question_is_made_once_for_all(vocabulary: int) -> None:
    asked = twins(vocabulary)
    for _ in range(scaled(15, 200)):
        mirror = Mirror(vocabulary, block_symbols=300)
        writer = Writer(mirror, Published(mirror.index()))
        mirror.add(writer.documents(40))
        mirror.delete(list(mirror.live)[: 2 * 2 * 5])
        index, start = mirror.index(threads=2), threading.Barrier(READERS)

        def ask(_: int, index: NgramIndex = index, start: threading.Barrier = start) -> int:
            start.wait()
            return check(index, asked)

        with ThreadPoolExecutor(READERS) as pool:
            assert list(pool.map(ask, range(READERS))) == [30] * READERS
