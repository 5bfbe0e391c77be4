"""What a build writes, read by plain Python: the postings it was given, under tight bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from tests.contracts.sparse_collections import SHAPES, WEIGHTINGS, Collection, collection
from tests.contracts.sparse_format import BLOCK, MOST_POINTS, PostingList, lists_of
from tests.counts import scaled

from mnemic.indexes.sparse import SparseSegment

if TYPE_CHECKING:
    from tests.contracts.sparse_format import Frontier

SEEDS = st.integers(0, 2**32)
SIZES = st.sampled_from([1, 127, 128, 129, 300, 700])


def stored(seed: int, held: Collection) -> dict[bytes, PostingList]:
    batch = held.batch(default_rng(seed), np.arange(len(held)))
    return lists_of(SparseSegment.build(batch).arrays)


def given_to(held: Collection) -> dict[bytes, dict[int, float]]:
    """The postings of a collection, by term in the order of bytes."""
    columns = held.values[held.kinds].T
    postings = {
        name: {int(document): float(column[document]) for document in np.flatnonzero(column)}
        for name, column in zip(held.names[: held.terms], columns, strict=True)
    }
    return {name: postings[name] for name in sorted(postings) if postings[name]}


def parts(found: PostingList) -> list[list[tuple[int, float]]]:
    """The postings of each block and of the tail."""
    items = [*found.postings.items()]
    return [items[start : start + BLOCK] for start in range(0, len(items), BLOCK)]


def best(points: set[tuple[int, int]]) -> Frontier:
    """Those that no other one beats: the highest frequency first."""
    found: Frontier = []
    for frequency, length in sorted(points, key=lambda point: (-point[0], point[1])):
        if not found or length < found[-1][1]:
            found.append((frequency, length))
    return found


def check_frontier(frontier: Frontier, points: set[tuple[int, int]]) -> None:
    """Exact when it is short, else made of the same numbers; from the best to the shortest."""
    exact = best(points)
    assert len(frontier) == min(len(exact), MOST_POINTS)
    if len(exact) <= MOST_POINTS:
        assert frontier == exact
    assert best({*frontier}) == frontier
    assert (frontier[0][0], frontier[-1][1]) == (exact[0][0], exact[-1][1])
    assert {f for f, _ in frontier} <= {f for f, _ in exact}
    assert {length for _, length in frontier} <= {length for _, length in exact}
    assert all(any(f >= tf and short <= dl for f, short in frontier) for tf, dl in points)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=scaled(10, 300))
@given(seed=SEEDS, documents=SIZES)
def test_tokens_are_written_as_they_came(shape: str, seed: int, documents: int) -> None:
    held = collection(default_rng(seed), shape, None, documents=documents)
    found = stored(seed, held)
    assert [*found] == [*given_to(held)]
    assert {name: each.postings for name, each in found.items()} == given_to(held)
    lengths = held.values.sum(axis=1)[held.kinds].astype(int)
    for each in found.values():
        if not each.skips:
            assert each.bounds == []
            continue
        for frontier, part in zip(each.bounds, parts(each), strict=True):
            assert isinstance(frontier, list)
            check_frontier(frontier, {(int(tf), int(lengths[d])) for d, tf in part})


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@settings(max_examples=scaled(10, 300))
@given(seed=SEEDS, documents=SIZES, shape=st.sampled_from(sorted(SHAPES)))
def test_weights_are_written_as_they_came(
    weighting: str, seed: int, documents: int, shape: str
) -> None:
    held = collection(default_rng(seed), shape, weighting, documents=documents)
    found = stored(seed, held)
    assert {name: each.postings for name, each in found.items()} == given_to(held)
    for each in found.values():
        most = [max(weight for _, weight in part) for part in parts(each)]
        assert each.bounds == (most if each.skips else [])


@pytest.mark.parametrize("shape", ["frontier", "many_occurrences", "at_block_ends"])
@settings(max_examples=scaled(20, 500))
@given(seed=SEEDS)
def test_blocks_take_as_few_bits_as_their_largest_numbers(shape: str, seed: int) -> None:
    held = collection(default_rng(seed), shape, None, documents=700)
    for each in stored(seed, held).values():
        before = -1
        for skip, part in zip(each.skips, parts(each), strict=False):
            documents = [before, *(document for document, _ in part)]
            before = documents[-1]
            gaps = np.diff(documents) - 1
            assert (skip.last, skip.gap_bits) == (before, int(gaps.max()).bit_length())
            assert skip.value_bits == int(max(tf for _, tf in part) - 1).bit_length()
