"""Bitmaps do what sets do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.errors import InvalidInput
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from random import Random

MASKS = st.lists(st.booleans(), max_size=200)


@settings(max_examples=scaled(200, 5_000), print_blob=True, deadline=None)
@given(mask=MASKS, other=st.randoms(use_true_random=False))
def test_bitmaps_are_sets(mask: list[bool], other: Random) -> None:
    n, members = len(mask), {i for i, bit in enumerate(mask) if bit}
    bitmap = bitmaps.from_bool(np.array(mask, dtype=np.bool_))
    removed = [i for i in range(n) if other.random() < 0.3] * 2
    cleared = bitmaps.clear(bitmap, np.array(removed, dtype=np.int64))
    left = {int(i) for i in np.flatnonzero(bitmaps.to_bool(cleared, n))}
    assert bitmaps.to_bool(bitmap, n).tolist() == mask
    assert bitmaps.count(bitmap, n) == len(members)
    assert left == members - set(removed)
    both = bitmaps.intersect(bitmap, cleared)
    assert both is not None
    assert both.tolist() == cleared.tolist()


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 1000])
def test_full_has_all_and_no_bits_beyond(n: int) -> None:
    bitmap = bitmaps.full(n)
    assert bitmap.shape == ((n + 7) // 8,)
    assert bitmaps.count(bitmap, n) == n == int(np.unpackbits(bitmap).sum())


def test_bit_order_is_little() -> None:
    assert bitmaps.from_bool(np.array([True] + [False] * 8 + [True])).tolist() == [1, 2]


def test_bits_beyond_the_end_do_not_count() -> None:
    assert bitmaps.count(np.array([0xFF], dtype=np.uint8), 3) == 3


def test_none_is_the_set_of_all() -> None:
    some = bitmaps.full(5)
    assert bitmaps.intersect(None, None) is None
    assert bitmaps.intersect(some, None) is some
    assert bitmaps.intersect(None, some) is some


def test_clear_leaves_the_original_alone_even_when_read_only() -> None:
    bitmap = bitmaps.full(9)
    bitmap.setflags(write=False)
    assert bitmaps.clear(bitmap, np.array([0, 8])).tolist() == [0xFE, 0]
    assert bitmaps.clear(bitmap, np.array([], dtype=np.int64)).tolist() == [0xFF, 1]
    assert bitmaps.clear(bitmap, np.array([3], dtype=np.uint32)).tolist() == [0xF7, 1]
    assert bitmap.tolist() == [0xFF, 1]


@pytest.mark.parametrize("ids", [[-1], [16], [0, 99]])
def test_ids_outside_are_refused(ids: list[int]) -> None:
    with pytest.raises(InvalidInput, match="local ids"):
        bitmaps.clear(bitmaps.full(9), np.array(ids))


def test_lengths_must_fit() -> None:
    with pytest.raises(InvalidInput, match="does not cover 17"):
        bitmaps.to_bool(bitmaps.full(16), 17)
    with pytest.raises(InvalidInput, match="not over one segment"):
        bitmaps.intersect(bitmaps.full(16), bitmaps.full(17))
