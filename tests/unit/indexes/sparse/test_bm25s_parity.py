"""The five variants give bm25s's scores on the same tokens."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import bm25s
import numpy as np
import pytest

from mnemic.indexes.sparse import BM25, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from mnemic.indexes.sparse.scorers import BM25Variant

VARIANTS = ["lucene", "robertson", "atire", "bm25l", "bm25+"]
# bm25s divides 0 by 0 in bm25+ where k1 is 0; the contract covers that.
PARAMETERS = [(0.9, 0.4, 0.5), (1.5, 0.75, 1.0), (0.1, 0.0, 0.25), (2.0, 1.0, 1.0)]


def zipf_rows(seed: int, count: int, *, vocabulary: int = 150) -> list[list[str]]:
    source = random.Random(seed)
    words = [f"w{number}" for number in range(vocabulary)]
    chances = [1 / (rank + 1) for rank in range(vocabulary)]
    return [source.choices(words, chances, k=source.randint(1, 60)) for _ in range(count)]


def encoded(rows: list[list[str]]) -> TermBatch:
    return TermBatch.from_tokens([[word.encode() for word in row] for row in rows])


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("variant", VARIANTS)
def test_scores_equal_bm25s(variant: BM25Variant, parameters: tuple[float, float, float]) -> None:
    k1, b, delta = parameters
    documents, queries = zipf_rows(7, 300), zipf_rows(8, 40, vocabulary=180)
    other = bm25s.BM25(method=variant, k1=k1, b=b, delta=delta)
    other.index(documents, show_progress=False)
    segment = SparseSegment.build(encoded(documents))
    index = SparseIndex([LiveSegment(segment, np.arange(300))])
    scorer = BM25(k1=k1, b=b, variant=variant, delta=delta)
    found = index.search(encoded(queries), 300, scorer=scorer)
    for number, query in enumerate(queries):
        scores, ids = found.row(number)
        known = other.get_scores(query)
        assert scores == pytest.approx(known[ids], abs=1e-4, rel=1e-5)
        shared = [i for i, row in enumerate(documents) if set(row) & set(query)]
        assert sorted(ids.tolist()) == shared


@pytest.mark.parametrize(("variant", "delta"), [("bm25l", 0.5), ("bm25+", 1.0)])
def test_delta_has_the_default_of_the_papers(variant: BM25Variant, delta: float) -> None:
    documents = encoded(zipf_rows(1, 50))
    index = SparseIndex([LiveSegment(SparseSegment.build(documents), np.arange(50))])
    query = encoded([["w0", "w3"]])
    given = index.search(query, 50, scorer=BM25(variant=variant, delta=delta))
    default = index.search(query, 50, scorer=BM25(variant=variant))
    assert default.scores.tolist() == given.scores.tolist()
