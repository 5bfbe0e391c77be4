"""Segments with deletions: exact numbers, and work that is not done twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch

TEXTS = [b"the cat", b"", b"sat on the mat", b"the end"]
ORDINALS = np.array([2, 3, 5, 8])


def segment() -> NgramSegment:
    return NgramSegment.build(SymbolBatch.of_bytes(TEXTS), block_symbols=10)


def bitmap(*live: int) -> Any:
    return np.packbits(np.isin(np.arange(4), live), bitorder="little")


def test_deleted_documents_do_not_count() -> None:
    live = LiveNgrams(segment(), ORDINALS, bitmap(1, 2, 3))
    assert NgramIndex([live]).count(b"the") == 2
    assert live.live_count == 3


def test_rows_that_are_known_are_not_found_again() -> None:
    first = LiveNgrams(segment(), ORDINALS, bitmap(1, 2, 3))
    known = first.dead_rows()
    second = first.without(bitmap(1, 2))
    assert second.dead_rows()[0] is known[0]
    assert NgramIndex([second]).count(b"the") == 1


def test_rows_known_to_an_ancestor_are_kept() -> None:
    first = LiveNgrams(segment(), ORDINALS, bitmap(1, 2, 3))
    (known, *_) = first.dead_rows()
    (rows, *_) = first.without(bitmap(1, 2)).without(bitmap(2)).dead_rows()
    assert known is not None
    assert rows is not None
    # Document 1 is empty: it has the row of its end.
    assert (known.count, rows.count) == (8, 9)


def test_deleting_in_steps_is_deleting_at_once() -> None:
    later = LiveNgrams(segment(), ORDINALS, bitmap(1, 2, 3)).without(bitmap(2))
    assert NgramIndex([later]).count(b"the") == 1
    assert NgramIndex([later]).count(b"end") == 0


def test_all_may_be_deleted() -> None:
    index = NgramIndex([LiveNgrams(segment(), ORDINALS, bitmap())])
    assert index.count(b"the") == 0
    assert index.totals(index.root(1)).tolist() == [0]
    assert index.stats().documents == 0


def test_a_full_bitmap_is_none() -> None:
    assert LiveNgrams(segment(), ORDINALS, bitmap(0, 1, 2, 3)).live is None


def test_the_bitmap_is_copied() -> None:
    given = bitmap(1, 2, 3)
    live = LiveNgrams(segment(), ORDINALS, given)
    given[:] = 0
    assert NgramIndex([live]).count(b"the") == 2


def test_nothing_comes_back_to_life() -> None:
    with pytest.raises(InvalidInput, match="deleted"):
        LiveNgrams(segment(), ORDINALS, bitmap(1)).without(bitmap(0, 1))


@pytest.mark.parametrize(
    ("ordinals", "live"),
    [
        (np.array([1, 2, 3]), None),
        (np.array([1, 2, 3, 3]), None),
        (np.array([-1, 2, 3, 4]), None),
        (np.array([1, 2, 3, 4], np.int32), None),
        (ORDINALS, np.zeros(2, np.uint8)),
        (ORDINALS, np.zeros(1, np.int8)),
    ],
)
def test_what_does_not_fit_is_refused(ordinals: Any, live: Any) -> None:
    with pytest.raises(InvalidInput):
        LiveNgrams(segment(), ordinals, live)


def test_threads_find_the_same_rows() -> None:
    rng = np.random.default_rng(3)
    texts = [rng.integers(97, 101, 100_000, np.uint8).tobytes() for _ in range(40)]
    made = NgramSegment.build(SymbolBatch.of_bytes(texts))
    gone = np.packbits(np.arange(40) % 4 == 0, bitorder="little")
    indexes = []
    for threads in (1, 3):
        live = LiveNgrams(made, np.arange(40), gone)
        rows = live.dead_rows(threads)[0]
        assert rows is not None
        assert rows.count == 30 * 100_001
        indexes.append(NgramIndex([live]))
    patterns = SymbolBatch.of_bytes([texts[0][at : at + 5] for at in range(0, 2_000, 7)])
    counts = [index.count_many(patterns).tolist() for index in indexes]
    assert counts[0] == counts[1]
    assert counts[0][0] == sum(len(_starts(texts[n], texts[0][:5])) for n in range(0, 40, 4))


def _starts(text: bytes, pattern: bytes) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(pattern, at)]
