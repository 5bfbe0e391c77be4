"""Dense and sparse search over pieces against brute force, however they are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.retrieval.vectors.pieces_of import (
    SPECS,
    Texts,
    documents_by_force,
    encoder_of,
    passages_by_force,
    piece_of,
    split,
)

from mnemic.errors import DimensionMismatch, InvalidInput, NotFound
from mnemic.retrieval.encoders.protocols import DenseVectors
from mnemic.retrieval.vectors.dense_search import DenseSearch
from mnemic.retrieval.vectors.sparse_search import SparseSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.vectors import Found, VectorPiece

# Gaps between ordinals, many passages, none, equal texts within and between documents.
TEXTS: Texts = {
    0: ("red river", "blue boat", "red red river"),
    3: ("blue boat",),
    4: (),
    5: ("red river", "red river", "green"),
    9: ("boat",) * 9,
    10: ("river boat", "", "red"),
    11: ("nothing of it",),
    20: ("red river", "blue boat"),
    21: ("green boat on a red river",),
}
QUERIES = ("red river", "blue boat", "green", "boat", "nowhere at all", "river red river")
LAYOUTS = (1, 2, 4, 100)
KINDS = ("dense", "sparse")
ALL = 10**6


def searcher(kind: str, pieces: Sequence[VectorPiece]) -> DenseSearch | SparseSearch:
    return DenseSearch(pieces) if kind == "dense" else SparseSearch(pieces, threads=1)


def built(kind: str, texts: Texts = TEXTS, *, every: int = 2) -> DenseSearch | SparseSearch:
    return searcher(kind, [piece_of(kind, part) for part in split(texts, every=every)])


def hits(found: Found, query: int = 0) -> list[tuple[float, int, int]]:
    """Score, ordinal and start of the span of each hit of one query."""
    rows = range(found.offsets[query], found.offsets[query + 1])
    spans = found.spans.tolist()
    assert all(end == start + 1 for start, end in spans)
    return [(float(found.scores[r]), int(found.ordinals[r]), spans[r][0]) for r in rows]


def assert_equal(
    found: list[tuple[float, int, int]], expected: list[tuple[float, int, int]]
) -> None:
    """The same hits in the same order; scores as close as float32 is."""
    assert [(item[1], item[2]) for item in found] == [(o, 100 * o + p) for _, o, p in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[0] == pytest.approx(other[0], abs=1e-5)


@pytest.mark.parametrize("every", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_documents_count_as_their_best_passage(kind: str, every: int) -> None:
    search, encoder = built(kind, every=every), encoder_of(kind)
    for k in (1, 2, 3, 5, ALL):
        found = search.best(encoder.encode_queries(QUERIES), k)
        for place, query in enumerate(QUERIES):
            force = documents_by_force(ranked(kind, TEXTS, query))
            assert_equal(hits(found, place), force[:k])


def ranked(kind: str, texts: Texts, query: str) -> list[tuple[float, int, int]]:
    """Brute force with ties decided as scores that are equal but for rounding."""
    force = passages_by_force(kind, texts, query)
    return sorted(force, key=lambda item: (-round(item[0], 6), item[1], item[2]))


@pytest.mark.parametrize("every", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_passages_are_hits_of_their_own(kind: str, every: int) -> None:
    search, encoder = built(kind, every=every), encoder_of(kind)
    for k in (1, 4, 9, ALL):
        found = search.best(encoder.encode_queries(QUERIES), k, per_passage=True)
        for place, query in enumerate(QUERIES):
            assert_equal(hits(found, place), ranked(kind, TEXTS, query)[:k])


@pytest.mark.parametrize("kind", KINDS)
def test_ties_are_broken_by_insertion(kind: str) -> None:
    texts: Texts = dict.fromkeys(range(50), ("red river", "red river"))
    search = built(kind, texts, every=7)
    asked = encoder_of(kind).encode_queries(["red river"])
    for k in (1, 13, 49, 50, 51):
        found = search.best(asked, k)
        assert found.ordinals.tolist() == list(range(min(k, 50)))
        assert found.spans[:, 0].tolist() == [100 * o for o in range(min(k, 50))]
        single = search.best(asked, k, per_passage=True)
        assert single.ordinals.tolist() == [row // 2 for row in range(min(k, 100))]
    assert len(set(search.best(asked, ALL).scores.tolist())) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_one_document_with_most_passages_hides_no_other(kind: str) -> None:
    texts: Texts = {0: ("red river",) * 500, 1: ("red river boat",), 2: ("river",), 3: ("red",)}
    found = built(kind, texts, every=4).best(encoder_of(kind).encode_queries(["red river"]), 4)
    assert sorted(found.ordinals.tolist()) == [0, 1, 2, 3]
    assert found.ordinals[0] == 0


@pytest.mark.parametrize("per_passage", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_no_hits_of_k_zero_no_queries_and_no_pieces(kind: str, *, per_passage: bool) -> None:
    encoder = encoder_of(kind)
    asked = encoder.encode_queries(QUERIES)
    none = built(kind).best(asked, 0, per_passage=per_passage)
    assert none.offsets.tolist() == [0] * (len(QUERIES) + 1)
    assert none.spans.shape == (0, 2)
    nobody = built(kind).best(encoder.encode_queries([]), 5, per_passage=per_passage)
    assert nobody.offsets.tolist() == [0]
    empty = searcher(kind, []).best(asked, 5, per_passage=per_passage)
    assert empty.offsets.tolist() == [0] * (len(QUERIES) + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_without_passages_are_no_hindrance(kind: str) -> None:
    pieces = [piece_of(kind, part) for part in ({1: ()}, {2: ("red",)}, {3: (), 4: ()})]
    found = searcher(kind, pieces).best(encoder_of(kind).encode_queries(["red"]), 5)
    assert found.ordinals.tolist() == [2]
    only = searcher(kind, pieces[:1]).best(encoder_of(kind).encode_queries(["red"]), 5)
    assert only.ordinals.tolist() == []


@pytest.mark.parametrize("per_passage", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_filters_and_deletions_hold(kind: str, *, per_passage: bool) -> None:
    pieces = [piece_of(kind, part) for part in split(TEXTS, every=2)]
    gone, chosen = np.array([0, 9, 77]), np.array([0, 3, 5, 20, 21])
    pieces = [piece.without(gone) for piece in pieces]
    allowed: list[Bitmap | None] = [piece.mask(chosen) for piece in pieces]
    for masks, kept in ((allowed, {3, 5, 20, 21}), (None, set(TEXTS) - {0, 9})):
        texts = {ordinal: TEXTS[ordinal] for ordinal in TEXTS if ordinal in kept}
        for query in QUERIES:
            asked = encoder_of(kind).encode_queries([query])
            found = searcher(kind, pieces).best(asked, ALL, allowed=masks, per_passage=per_passage)
            force = ranked(kind, texts, query)
            assert_equal(hits(found), force if per_passage else documents_by_force(force))


@pytest.mark.parametrize("kind", KINDS)
def test_explanations_have_the_scores(kind: str) -> None:
    search = built(kind)
    for query in QUERIES:
        asked = encoder_of(kind).encode_queries([query])
        found = search.best(asked, ALL)
        for ordinal, score in zip(found.ordinals.tolist(), found.scores.tolist(), strict=True):
            assert search.explain(asked, ordinal).value == score


@pytest.mark.parametrize("kind", KINDS)
def test_explanations_of_passages_have_their_scores(kind: str) -> None:
    search = built(kind)
    for query in QUERIES:
        asked = encoder_of(kind).encode_queries([query])
        found = search.best(asked, ALL, per_passage=True)
        rows = zip(found.ordinals.tolist(), found.passages.tolist(), found.scores, strict=True)
        for ordinal, number, score in rows:
            assert search.explain(asked, ordinal, passage=number).value == score


@pytest.mark.parametrize("kind", KINDS)
def test_hits_say_which_passage_they_are(kind: str) -> None:
    asked = encoder_of(kind).encode_queries(QUERIES)
    texts = {ordinal: passages for ordinal, passages in TEXTS.items() if "" not in passages}
    for per_passage in (False, True):
        found = built(kind, texts).best(asked, ALL, per_passage=per_passage)
        assert (found.spans[:, 0] == 100 * found.ordinals + found.passages).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_not_explained(kind: str) -> None:
    pieces = [piece_of(kind, part) for part in split(TEXTS, every=2)]
    search = searcher(kind, [piece.without(np.array([3])) for piece in pieces])
    asked = encoder_of(kind).encode_queries(["red"])
    for ordinal in (1, 3, 99, -1):
        with pytest.raises(NotFound, match=f"ordinal {ordinal}$"):
            search.explain(asked, ordinal)
    assert search.explain(asked, 4).value == 0.0


def test_queries_of_the_other_kind_are_refused() -> None:
    with pytest.raises(InvalidInput, match="queries are sparse"):
        built("dense").best(encoder_of("sparse").encode_queries(["red"]), 3)
    with pytest.raises(InvalidInput, match="queries are dense"):
        built("sparse").best(encoder_of("dense").encode_queries(["red"]), 3)


def test_queries_of_another_width_are_refused() -> None:
    with pytest.raises(DimensionMismatch):
        built("dense").best(DenseVectors(np.ones((1, 3), np.float32)), 3)


def test_a_dense_query_without_direction_is_near_nothing() -> None:
    found = built("dense").best(encoder_of("dense").encode_queries([""]), ALL)
    assert set(found.scores.tolist()) == {0.0}


def test_a_batch_of_sparse_queries_goes_as_deep_as_each_needs() -> None:
    texts: Texts = {0: ("red",) * 300, 1: ("red boat",), 2: ("boat",), 3: ("red green",)}
    encoder = encoder_of("sparse")
    search, queries = built("sparse", texts, every=2), ["red", "boat", "", "green", "red boat"]
    together = search.best(encoder.encode_queries(queries), 3)
    for place, query in enumerate(queries):
        alone = search.best(encoder.encode_queries([query]), 3)
        assert hits(together, place) == hits(alone)
    assert [len(hits(together, place)) for place in range(5)] == [3, 2, 0, 1, 3]


def test_all_kinds_are_covered() -> None:
    assert set(KINDS) == set(SPECS)
