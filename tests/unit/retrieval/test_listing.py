"""Rankings in columns: the order, the hits that are made, and who can answer so."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.lexical import BM25Retriever
from mnemic.retrieval.listing import Listing, SupportsListings
from mnemic.retrieval.vectors.retriever import VectorRetriever
from mnemic.types import Hit, Query, Ranking

QUERY = Query("q")
SCORES = st.floats(-10, 10, width=32) | st.sampled_from([0.0, 1.0, 1.0000004, 1.0000006])
COLUMNS = st.lists(st.tuples(st.text(max_size=3), SCORES), max_size=20, unique_by=lambda x: x[0])


@given(COLUMNS, st.booleans(), st.booleans())
def test_columns_make_the_ranking_that_hits_make(
    columns: list[tuple[str, float]], descending: bool, spanned: bool
) -> None:
    if descending:
        columns.sort(key=lambda column: -column[1])
    spans = [(place, place + 2) for place in range(len(columns))]
    hits = [
        Hit(id=id, score=score, passage=span if spanned else None)
        for (id, score), span in zip(columns, spans, strict=True)
    ]
    listing = Listing.ordered(
        QUERY,
        [id for id, _ in columns],
        np.array([score for _, score in columns], np.float64),
        np.array(spans, np.int64).reshape(-1, 2) if spanned else None,
    )
    expected = Ranking.ordered(QUERY, hits)
    assert listing.ranking() == expected
    assert [listing.hit(place) for place in range(len(hits))] == list(expected)


def test_the_columns_of_a_ranking_keep_what_its_hits_carry() -> None:
    ranking = Ranking(QUERY, (Hit(id="b", score=1.0, text="full"), Hit(id="a", score=2.0)))
    listing = Listing.of(ranking)
    assert (listing.ids, listing.scores.tolist()) == (["b", "a"], [1.0, 2.0])
    assert listing.ranking() == ranking


def test_our_own_retrievers_answer_in_columns() -> None:
    assert issubclass(BM25Retriever, SupportsListings)
    assert issubclass(VectorRetriever, SupportsListings)
