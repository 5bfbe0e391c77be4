"""Queries and documents at the edge of what is allowed, and beyond it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.contracts import sparse_checks
from tests.contracts.sparse_checks import Asked
from tests.contracts.sparse_collections import LARGEST, SMALLEST, collection
from tests.contracts.sparse_mirror import Mirror, mirror_of

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import (
    BM25,
    Impact,
    LiveSegment,
    SparseIndex,
    SparseSegment,
    TermBatch,
    pruned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONG = 100_000
BAD_WEIGHTS = [-1.0, -SMALLEST, np.nan, np.inf, -np.inf]


def held(weighting: str | None) -> Mirror:
    rng = default_rng(4)
    return mirror_of(rng, collection(rng, "own_terms", weighting, documents=200))


def weighed(weights: Sequence[float]) -> TermBatch:
    """One row of as many terms."""
    terms = np.arange(len(weights), dtype=np.uint32)
    names = [b"%d" % term for term in terms.tolist()]
    return TermBatch(names, np.asarray([0, len(terms)]), terms, np.asarray(weights, np.float32))


def index_of(batch: TermBatch) -> SparseIndex:
    return SparseIndex([LiveSegment(SparseSegment.build(batch), np.arange(len(batch)))])


@pytest.mark.parametrize("weighting", [None, "learned", "of_all_sizes"])
def test_a_query_of_100_000_occurrences_is_scored(weighting: str | None) -> None:
    mirror = held(weighting)
    names = mirror.truth.collection.names
    terms = default_rng(5).integers(0, len(names), LONG).astype(np.uint32)
    queries = TermBatch(names, np.asarray([0, LONG]), terms)
    asked = Asked(queries, BM25() if weighting is None else Impact(), None)
    sparse_checks.check_everything(mirror.index(), mirror, asked)
    sparse_checks.check_depths(mirror.index(), mirror, asked, (1, 10, 150))
    sparse_checks.check_explained(mirror.index(), mirror, asked, np.asarray([0, 150]))


@pytest.mark.parametrize("scorer", [BM25(), BM25(variant="bm25l"), Impact()], ids=str)
def test_a_query_of_100_000_different_terms_is_scored(scorer: BM25 | Impact) -> None:
    names = [b"%d" % number for number in range(LONG)]
    offsets = np.asarray([0, LONG, LONG + 1, LONG + 2, LONG + 3])
    terms = np.append(np.arange(LONG), [7, LONG - 1, 7]).astype(np.uint32)
    weights = np.ones(len(terms), np.float32) if isinstance(scorer, Impact) else None
    index = index_of(TermBatch(names, offsets, terms, weights))
    found = index.search(TermBatch(names, offsets[:2], terms[:LONG]), 9, scorer=scorer)
    assert sorted(found.ids.tolist()) == [0, 1, 2, 3]
    assert found.scores[found.ids == 1] == found.scores[found.ids == 3]
    assert np.array_equal(np.lexsort((found.ids, -found.scores)), np.arange(4))


MADE = SparseSegment.build(TermBatch.from_tokens([[b"a"]]))
INDEX = SparseIndex([LiveSegment(MADE, np.arange(1))])
MISTAKES: list[tuple[Callable[..., object], list[Any], str, str]] = [
    (INDEX.search, [["a"], 3], "queries is a list, not a TermBatch", "from_tokens"),
    (INDEX.explain, [["a"], 0], "queries is a list, not a TermBatch", "from_tokens"),
    (SparseIndex, [MADE], "segments is a SparseSegment", "list of LiveSegment"),
    (SparseIndex, [[MADE]], r"segments\[0\] is a SparseSegment, not a LiveSegment", "wrap it"),
    (LiveSegment, ["a", np.arange(1)], "segment is a str, not a SparseSegment", ""),
    (SparseSegment.build, [[[b"a"]]], "batch is a list, not a TermBatch", "from_tokens"),
    (pruned, [[1], 3], "batch is a list, not a TermBatch", "from_csr"),
    (TermBatch.from_tokens, [None], "rows is a NoneType", "one list of tokens"),
    (TermBatch.from_tokens, [[[], b"a b"]], r"rows\[1\] is a bytes", "for each row"),
    (TermBatch.from_tokens, [[["a"]]], "a token is a str, not a bytes", "UTF-8"),
]


@pytest.mark.parametrize(("call", "given", "message", "hint"), MISTAKES)
def test_values_of_other_types_are_refused_with_advice(
    call: Callable[..., object], given: list[Any], message: str, hint: str
) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        call(*given)
    assert hint in refused.value.hint


@pytest.mark.parametrize("scorer", ["bm25", None, BM25])
def test_a_scorer_of_another_type_is_refused(scorer: Any) -> None:
    with pytest.raises(InvalidInput, match="not a BM25 or Impact"):
        INDEX.search(tokens(), 3, scorer=scorer)


@pytest.mark.parametrize("bad", BAD_WEIGHTS)
def test_bad_weights_of_queries_are_refused(bad: float) -> None:
    queries = weighed([1.0, bad])
    for documents, scorer in ((weighed([1, 1]), Impact()), (tokens(), BM25())):
        index = index_of(documents)
        with pytest.raises(InvalidInput, match="row 0: weight"):
            index.search(queries, 3, scorer=scorer)
        with pytest.raises(InvalidInput, match="row 0: weight"):
            index.explain(queries, 0, scorer=scorer)


def tokens() -> TermBatch:
    return TermBatch.from_tokens([[b"0", b"1"]])


@pytest.mark.parametrize("place", [0, 64, 128, 4_096])
@pytest.mark.parametrize("bad", BAD_WEIGHTS)
def test_a_bad_weight_is_named_by_its_row(bad: float, place: int) -> None:
    weights = np.ones(5_000, np.float32)
    weights[place] = bad
    batch = TermBatch([b"a"], np.arange(5_001), np.zeros(5_000, np.uint32), weights)
    with pytest.raises(InvalidInput, match=f"row {place}: weight"):
        SparseSegment.build(batch)


@pytest.mark.parametrize("place", [0, 64, 128, 4_096])
def test_an_empty_vector_is_named_by_its_row(place: int) -> None:
    weights = np.ones(5_000, np.float32)
    weights[place] = 0
    batch = TermBatch([b"a"], np.arange(5_001), np.zeros(5_000, np.uint32), weights)
    with pytest.raises(InvalidInput, match=f"row {place} is an empty vector"):
        SparseSegment.build(batch)


@pytest.mark.parametrize("number", [2, 3, 2**31, 2**32 - 1])
def test_a_query_term_outside_the_vocabulary_is_refused(number: int) -> None:
    queries = TermBatch([b"0", b"1"], np.asarray([0, 1]), np.asarray([number], np.uint32))
    index = index_of(tokens())
    for ask in (lambda: index.search(queries, 1), lambda: index.explain(queries, 0)):
        with pytest.raises(InvalidInput, match=f"= {number} is outside the vocabulary of 2"):
            ask()


def test_a_weighted_query_of_zeros_finds_nothing() -> None:
    found = index_of(weighed([1, 1])).search(weighed([0, 0]), 3, scorer=Impact())
    assert found.offsets.tolist() == [0, 0]


@pytest.mark.parametrize(("weight", "factor"), [(LARGEST, LARGEST), (SMALLEST, SMALLEST)])
def test_products_of_extremes_are_exact(weight: float, factor: float) -> None:
    index = index_of(weighed([weight]))
    found = index.search(weighed([factor]), 3, scorer=Impact())
    assert found.scores.tolist() == [weight * factor]
    assert 0 < found.scores[0] < np.inf


def test_arrays_that_change_while_they_are_read_lead_nobody_astray() -> None:
    terms = np.arange(200_000, dtype=np.uint32) % 1_000
    batch = TermBatch([b"%d" % term for term in range(1_000)], np.arange(0, 200_001, 20), terms)
    index, stop = index_of(batch), Event()

    def change() -> None:
        while not stop.is_set():
            terms[::7] = 2**32 - 16
            terms[::7] = 3

    thread = Thread(target=change)
    thread.start()
    try:
        for _ in range(20):
            with suppress(InvalidInput):
                SparseSegment.build(batch)
            with suppress(InvalidInput):
                index.search(batch, 1)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", ["offsets", "terms", "weights"])
def test_only_what_can_be_written_to_is_copied(name: str) -> None:
    batch = weighed([1.0, 2.0])
    place = ["vocabulary", "offsets", "terms", "weights"].index(name)
    array = getattr(batch, name).copy()
    view = array[:]
    view.flags.writeable = False
    for given in (array, view):
        found = replace(batch, **{name: given}).frozen()[place]
        assert not np.shares_memory(found, array)
    array.flags.writeable = False
    assert replace(batch, **{name: view}).frozen()[place] is view
