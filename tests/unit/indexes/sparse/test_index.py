"""Searching: edges that the contract does not name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes.sparse import BM25, LiveSegment, SparseIndex, SparseSegment, TermBatch

WINDOW = 4096


def segment_of(*rows: list[bytes]) -> SparseSegment:
    return SparseSegment.build(TermBatch.from_tokens(rows))


def asked(*terms: bytes) -> TermBatch:
    return TermBatch.from_tokens([list(terms)])


@pytest.mark.parametrize(
    "ordinals",
    [[0], [0, 0], [1, 0], [-1, 0], [0, 1, 2]],
    ids=["few", "twice", "down", "neg", "many"],
)
def test_ordinals_ascend_one_for_each_document(ordinals: list[int]) -> None:
    with pytest.raises(InvalidInput, match="ordinals"):
        LiveSegment(segment_of([b"a"], [b"b"]), np.asarray(ordinals, np.int64))


@pytest.mark.parametrize(
    "live",
    [np.zeros(2, np.uint8), np.zeros(1, np.int64), [True, False], np.zeros((1, 1), np.uint8)],
)
def test_live_is_a_bitmap_that_fits(live: Any) -> None:
    with pytest.raises(InvalidInput, match="live"):
        LiveSegment(segment_of([b"a"], [b"b"]), np.arange(2), live)


def test_bits_beyond_the_documents_do_not_count() -> None:
    live = LiveSegment(segment_of([b"a"], [b"a"]), np.arange(2), np.asarray([0b11111101], np.uint8))
    index = SparseIndex([live])
    assert (index.stats().documents, index.stats().deleted) == (1, 1)
    assert index.search(asked(b"a"), 9).ids.tolist() == [0]


@pytest.mark.parametrize("threads", [-1, 257])
def test_threads_out_of_range_are_refused(threads: int) -> None:
    with pytest.raises(InvalidInput, match="threads"):
        SparseIndex([], threads=threads)


def test_k_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"k=1\.5"):
        SparseIndex([]).search(asked(), 1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 5])
def test_windows_meet_without_a_gap(count: int) -> None:
    rows = [[b"all", b"even" if number % 2 == 0 else b"odd"] for number in range(count)]
    index = SparseIndex([LiveSegment(segment_of(*rows), np.arange(count))])
    assert index.search(asked(b"all"), count).ids.tolist() == list(range(count))
    assert index.search(asked(b"even"), count).ids.tolist() == list(range(0, count, 2))


def test_a_filter_that_closes_whole_windows_finds_what_it_allows() -> None:
    count = 5 * WINDOW
    segment = segment_of(*([[b"all", b"x"]] * count))
    mask = np.zeros(count, np.bool_)
    mask[[3, 2 * WINDOW + 1, count - 1]] = True
    allowed = [np.packbits(mask, bitorder="little")]
    index = SparseIndex([LiveSegment(segment, np.arange(count))])
    found = index.search(asked(b"all", b"x"), 10, allowed=allowed)
    assert found.ids.tolist() == [3, 2 * WINDOW + 1, count - 1]


@pytest.mark.parametrize("dead", [1, 5, 900])
def test_document_frequencies_are_those_of_live_documents(dead: int) -> None:
    """Few deletions are looked up in the lists, many are counted by a walk: both the same."""
    rows = [[b"all"] if number % 3 else [b"all", b"third"] for number in range(1_000)]
    mask = np.arange(1_000) % 1_000 >= dead
    live = LiveSegment(segment_of(*rows), np.arange(1_000), np.packbits(mask, bitorder="little"))
    fresh = LiveSegment(segment_of(*rows[dead:]), np.arange(dead, 1_000))
    query = asked(b"all", b"third")
    found, expected = (SparseIndex([one]).search(query, 1_000) for one in (live, fresh))
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.scores.tobytes() == expected.scores.tobytes()


def test_segments_may_interleave_their_ordinals() -> None:
    odd, even = np.arange(1, 9, 2), np.arange(0, 8, 2)
    segments = [LiveSegment(segment_of(*[[b"a"]] * 4), ordinals) for ordinals in (odd, even)]
    found = SparseIndex(segments).search(asked(b"a"), 5)
    assert found.ids.tolist() == [0, 1, 2, 3, 4]


def test_a_query_of_100_000_terms_is_answered() -> None:
    terms = [b"t%d" % number for number in range(100_000)]
    index = SparseIndex([LiveSegment(segment_of([terms[5]], terms[:50_000]), np.arange(2))])
    found = index.search(TermBatch.from_tokens([terms]), 5)
    assert found.ids.tolist() == [1, 0]


def test_an_explanation_multiplies_and_adds_up() -> None:
    index = SparseIndex([LiveSegment(segment_of([b"a", b"b", b"a"], [b"c"]), np.asarray([4, 9]))])
    explained = index.explain(asked(b"a", b"b", b"a", b"zz"), 4, scorer=BM25(variant="bm25+"))
    assert (
        explained.value
        == index.search(asked(b"a", b"b", b"a"), 1, scorer=BM25(variant="bm25+")).scores[0]
    )
    assert explained.value == pytest.approx(sum(part.value for part in explained.parts))
    term = explained.parts[0]
    weight, idf, frequency = (part.value for part in term.parts)
    assert (term.description, weight) == ("term 'a'", 2.0)
    assert term.value == pytest.approx(weight * idf * frequency)


def test_an_explanation_of_no_match_is_zero() -> None:
    index = SparseIndex([LiveSegment(segment_of([b"a"]), np.arange(1))])
    explained = index.explain(asked(b"zz"), 0, scorer=BM25(variant="bm25+"))
    assert (explained.value, explained.parts) == (0.0, ())


def test_an_explanation_needs_a_live_document_and_a_query() -> None:
    dead = LiveSegment(segment_of([b"a"], [b"a"]), np.arange(2), np.asarray([1], np.uint8))
    index = SparseIndex([dead])
    for ordinal in (1, 7, -1, 2**70):
        with pytest.raises(NotFound, match=f"ordinal {ordinal}"):
            index.explain(asked(b"a"), ordinal)
    with pytest.raises(InvalidInput, match="no query"):
        index.explain(TermBatch.from_tokens([]), 0)
