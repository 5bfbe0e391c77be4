"""Lists that no writer of ours makes, under checksums that are right: each field is checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from tests.contracts.index_contract import same_results
from tests.contracts.sparse_format import BLOCK, Reader, lists_of

from mnemic.errors import IndexCorrupt
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

COUNT = 2 * BLOCK + 3
FREQUENCIES = [1 + 11 * place % COUNT for place in range(COUNT)]
"""All different, and so are the lengths: no posting can be another's."""


@dataclass(frozen=True)
class Places:
    """Where the fields of a list of two blocks and a tail begin."""

    units: int
    size: int
    skips: int
    frontiers: int
    packed: int
    tail: int


@cache
def tokens() -> SparseSegment:
    """One term in every other document."""
    rows: list[list[bytes]] = [[] for _ in range(2 * COUNT)]
    for place, frequency in enumerate(FREQUENCIES):
        rows[2 * place] = [b"a"] * frequency
    return SparseSegment.build(TermBatch.from_tokens(rows))


@cache
def weights() -> SparseSegment:
    offsets, terms = np.arange(COUNT + 1), np.zeros(COUNT, np.uint32)
    values = np.asarray(FREQUENCIES, np.float32)
    return SparseSegment.build(TermBatch([b"a"], offsets, terms, values))


def bytes_of(segment: SparseSegment) -> bytes:
    return segment.arrays["impact_lists" if segment.has_impacts else "lists"].tobytes()


def places(segment: SparseSegment) -> Places:
    reader = Reader(bytes_of(segment))
    reader.number()
    units = reader.at
    packed = 16 * reader.number()
    size = reader.at
    frontiers = reader.number()
    skips = reader.at
    return Places(
        units, size, skips, skips + 12, skips + 12 + frontiers, skips + 12 + frontiers + packed
    )


def changed(segment: SparseSegment, place: int, value: bytes) -> SparseSegment:
    """The segment with other bytes in its list; raises what opening it would."""
    data = bytearray(bytes_of(segment))
    data[place : place + len(value)] = value
    name = "impact_lists" if segment.has_impacts else "lists"
    return SparseSegment({**segment.arrays, name: np.frombuffer(bytes(data), np.uint8)}, "made.bin")


def refused(segment: SparseSegment, place: int, value: bytes, message: str) -> None:
    with pytest.raises(IndexCorrupt, match=rf"made\.bin: .*({message})"):
        changed(segment, place, value)


def test_the_fields_are_where_they_are_thought_to_be() -> None:
    for segment in (tokens(), weights()):
        found, data = lists_of(segment.arrays)[b"a"], bytes_of(segment)
        assert data[places(segment).skips + 4] == found.skips[0].gap_bits
        assert len(found.postings) == COUNT
        assert places(segment).tail < len(data)


@pytest.mark.parametrize("segment", [tokens(), weights()], ids=["tokens", "weights"])
def test_counts_that_do_not_fit_are_refused(segment: SparseSegment) -> None:
    at = places(segment)
    units, size = bytes_of(segment)[at.units], bytes_of(segment)[at.size]
    for count in (0, 1, BLOCK - 1, BLOCK, COUNT - 1, COUNT + 1, 3 * BLOCK, 16_383):
        refused(segment, 0, bytes([count & 127 | 128, count >> 7]), "broken|not of its size")
    for wrong in (0, 1, units - 1, units + 1, 127):
        refused(segment, at.units, bytes([wrong]), "broken|not of its size|differ in number")
    for wrong in (0, 1, size - 1, size + 1, 127):
        refused(
            segment, at.size, bytes([wrong]), "broken|differ in number|order|bound|largest|positive"
        )


@pytest.mark.parametrize("segment", [tokens(), weights()], ids=["tokens", "weights"])
@pytest.mark.parametrize("block", [0, 1])
def test_skips_that_do_not_fit_are_refused(segment: SparseSegment, block: int) -> None:
    skip, at = lists_of(segment.arrays)[b"a"].skips[block], places(segment).skips + 6 * block
    for last in (0, skip.last - 1, skip.last + 1, 2**31, 2**32 - 1):
        refused(segment, at, last.to_bytes(4, "little"), "out of order|broken")
    for bits in (11, 32, 33, 64, 255):
        refused(segment, at + 4, bytes([bits]), "not of its size")
        refused(segment, at + 5, bytes([bits]), "not of its size")


def test_bits_that_change_places_between_gaps_and_values_are_refused() -> None:
    skip, at = lists_of(tokens().arrays)[b"a"].skips[0], places(tokens()).skips + 4
    swapped = bytes([skip.value_bits, skip.gap_bits])
    assert skip.value_bits != skip.gap_bits
    refused(tokens(), at, swapped, "out of order|not a positive")


@pytest.mark.parametrize("count", [0, 9, 127, 128, 255])
def test_frontiers_of_no_point_or_too_many_are_refused(count: int) -> None:
    refused(tokens(), places(tokens()).frontiers, bytes([count]), "frontier")


def test_frontiers_that_do_not_bound_their_block_are_refused() -> None:
    """A point with a lower frequency, or a longer document, would lose the best one."""
    at, data = places(tokens()).frontiers, bytes_of(tokens())
    points = lists_of(tokens().arrays)[b"a"].bounds[0]
    assert isinstance(points, list)
    assert data[at] == len(points) == 8
    frequency, _ = points[0]
    low, high = data[at + 1], data[at + 2]
    assert frequency == (low & 127) + (high << 7)
    refused(tokens(), at + 1, bytes([low - 1]), "does not bound")
    refused(tokens(), at + 3, bytes([data[at + 3] + 1]), "does not bound")


@pytest.mark.parametrize("value", [0.0, -1.0, 1.0, 1e9, np.inf, np.nan])
def test_largest_weights_that_are_not_in_their_block_are_refused(value: float) -> None:
    at = places(weights()).frontiers
    for part in range(3):
        refused(weights(), at + 4 * part, np.float32(value).tobytes(), "largest impact")


@pytest.mark.parametrize("value", [0.0, -1.0, np.inf, -np.inf, np.nan])
def test_weights_that_are_not_positive_and_finite_are_refused(value: float) -> None:
    first = places(weights()).packed + 16 * lists_of(weights().arrays)[b"a"].skips[0].gap_bits
    for place in (first, first + 4 * (BLOCK - 1), len(bytes_of(weights())) - 4):
        refused(weights(), place, np.float32(value).tobytes(), "not a positive finite")


@pytest.mark.parametrize("segment", [tokens(), weights()], ids=["tokens", "weights"])
def test_lists_that_are_cut_or_go_on_are_refused(segment: SparseSegment) -> None:
    name = "impact_lists" if segment.has_impacts else "lists"
    data = bytes_of(segment)
    for size in (*range(1, 40), len(data) - 1, len(data) + 1):
        terms = bytes([1]) + b"a" + bytes([size & 127 | 128, size >> 7])
        arrays = {
            **segment.arrays,
            "terms": np.frombuffer(terms, np.uint8),
            "term_offsets": np.asarray([0, len(terms)], np.int64),
            "list_offsets": np.asarray([0, size], np.int64),
            name: np.frombuffer((data + b"\x00")[:size], np.uint8),
        }
        with pytest.raises(IndexCorrupt, match=r"made\.bin: a .*broken"):
            SparseSegment(arrays, "made.bin")


def test_every_flipped_bit_of_a_list_is_refused_or_changes_no_answer() -> None:
    """A frontier may become wider; nothing else may change unnoticed."""
    at, data, accepted = places(tokens()), bytes_of(tokens()), 0
    queries, ordinals = TermBatch.from_tokens([[b"a"]]), np.arange(2 * COUNT)
    expected = SparseIndex([LiveSegment(tokens(), ordinals)]).search(queries, 9, scorer=BM25())
    for bit in range(8 * len(data)):
        place = bit // 8
        try:
            found = changed(tokens(), place, bytes([data[place] ^ 1 << bit % 8]))
        except IndexCorrupt:
            continue
        assert at.frontiers <= place < at.packed
        accepted += 1
        index = SparseIndex([LiveSegment(found, ordinals)])
        same_results(index.search(queries, 9, scorer=BM25()), expected)
    assert 0 < accepted < 8 * (at.packed - at.frontiers)


def test_sound_weights_are_found() -> None:
    index = SparseIndex([LiveSegment(weights(), np.arange(COUNT))])
    found = index.search(TermBatch.from_tokens([[b"a"]]), 1, scorer=Impact())
    assert found.scores.tolist() == [COUNT]
