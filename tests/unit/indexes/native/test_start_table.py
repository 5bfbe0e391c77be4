"""Blocks of millions of bytes begin a count with its third step: the same counts as a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 1 << 22
"""From so many rows on, a block has a table of its first three symbols."""
LENGTH = 1_000
SYMBOLS = np.array([0, 10, 97, 98, 99, 195, 255], np.uint8)


@pytest.fixture(scope="module")
def text() -> NDArray[np.uint8]:
    """Documents of one length, as rows; some symbols follow each other nowhere."""
    rng = np.random.default_rng(11)
    drawn = SYMBOLS[rng.integers(0, len(SYMBOLS), (ROWS // LENGTH + 10, LENGTH))]
    drawn[:, 1:][(drawn[:, :-1] == 97) & (drawn[:, 1:] == 255)] = 98
    return drawn


def scanned(text: NDArray[np.uint8], pattern: bytes) -> int:
    found = np.ones((len(text), LENGTH - len(pattern) + 1), np.bool_)
    for place, symbol in enumerate(pattern):
        found &= text[:, place : LENGTH - len(pattern) + 1 + place] == symbol
    return int(np.count_nonzero(found))


def patterns() -> list[bytes]:
    rng = np.random.default_rng(12)
    drawn = [rng.choice(SYMBOLS, length).tobytes() for length in range(1, 8) for _ in range(6)]
    return [*drawn, b"a\xffb", b"aa\xff", b"z", b"zab", b"azb", b"abz", b"abcz", b"\xff\x00\n"]


def test_counts_are_those_of_a_scan(text: Any) -> None:
    batch = SymbolBatch(text.reshape(-1), np.arange(0, text.size + 1, LENGTH, dtype=np.int64))
    segment = NgramSegment.build(batch, rate=64)
    assert segment.blocks[0].symbols >= ROWS
    gone = np.arange(len(text)) % 5 == 0
    live = np.packbits(~gone, bitorder="little")
    for kept, bitmap in ((text, None), (text[~gone], live)):
        index = NgramIndex([LiveNgrams(segment, np.arange(len(text)), bitmap)])
        counts = index.count_many(SymbolBatch.of_bytes(patterns())).tolist()
        assert counts == [scanned(kept, pattern) for pattern in patterns()]
        assert [index.count(pattern) for pattern in patterns()] == counts
        spelled = index.root(1)
        for symbol in patterns()[-1]:
            spelled = index.extend(spelled, [symbol])
        assert index.totals(spelled).tolist() == counts[-1:]


def test_random_bytes_have_too_many_triples_for_a_table() -> None:
    drawn = np.random.default_rng(13).integers(0, 256, ROWS, np.uint8)
    batch = SymbolBatch(drawn, np.array([0, ROWS], np.int64))
    index = NgramIndex([LiveNgrams(NgramSegment.build(batch, rate=64), np.arange(1))])
    text = drawn.tobytes()
    for start in range(0, ROWS, ROWS // 20):
        pattern = text[start : start + 3]
        places = (drawn[:-2] == pattern[0]) & (drawn[1:-1] == pattern[1])
        wanted = int(np.count_nonzero(places & (drawn[2:] == pattern[2])))
        assert index.count(pattern) == wanted
