"""The sparse index, with tokens and with weights, under the contract of every index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from tests.contracts.index_contract import IndexContract, Piece, Searchable
from tests.contracts.sparse_oracle import Tokens, Vector, bm25, impact, weighted_batch

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse.scorers import BM25Variant
    from mnemic.types import TopK

TERMS = st.sampled_from([b"", b"a", b"b", b"ab", b"\x00", b"\xff", "天気".encode()])
# Quarters add up exactly, so that equal vectors in another order still tie.
WEIGHTS = st.sampled_from([0.25, 0.5, 1.0, 2.75]) | st.floats(0, 9, width=32)


@dataclass(frozen=True)
class Scored:
    """An index with a scorer of its own choice behind the plain protocol."""

    index: SparseIndex
    scorer: BM25 | Impact

    def search(
        self, queries: Any, k: int, *, allowed: Sequence[Bitmap | None] | None = None
    ) -> TopK:
        return self.index.search(queries, k, scorer=self.scorer, allowed=allowed)

    def stats(self) -> Any:
        return self.index.stats()


def live_index(pieces: Sequence[Piece]) -> SparseIndex:
    return SparseIndex([LiveSegment(p.segment, p.ordinals, p.live) for p in pieces], threads=2)


class TokenContract(IndexContract[Tokens]):
    scorer = BM25()

    def documents(self) -> st.SearchStrategy[Tokens]:
        return st.lists(TERMS, max_size=6).map(tuple)

    def query_rows(self) -> st.SearchStrategy[Tokens]:
        return st.lists(TERMS | st.just(b"nowhere"), max_size=5).map(tuple)

    def batch(self, rows: Sequence[Tokens]) -> TermBatch:
        return TermBatch.from_tokens(rows)

    def build(self, batch: TermBatch) -> SparseSegment:
        return SparseSegment.build(batch)

    def index(self, pieces: Sequence[Piece]) -> Searchable:
        return Scored(live_index(pieces), self.scorer)

    def oracle(self, live: Mapping[int, Tokens], query: Tokens) -> Mapping[int, float]:
        return bm25(live, query, self.scorer)


class TestBM25(TokenContract):
    def index(self, pieces: Sequence[Piece]) -> Searchable:
        return live_index(pieces)  # the default scorer, through the plain protocol


class TestRobertson(TokenContract):
    scorer = BM25(variant="robertson")


class TestATIRE(TokenContract):
    scorer = BM25(variant="atire", k1=0, b=1)


class TestBM25L(TokenContract):
    scorer = BM25(variant="bm25l", k1=1.2, b=1)


class TestBM25Plus(TokenContract):
    scorer = BM25(variant="bm25+", k1=2, b=0.75)


class TestImpact(IndexContract[Vector]):
    def documents(self) -> st.SearchStrategy[Vector]:
        rest = st.lists(st.tuples(TERMS, WEIGHTS), max_size=5)
        # A weighted document is never empty.
        return st.tuples(TERMS, rest).map(lambda drawn: ((drawn[0], 0.5), *drawn[1]))

    def query_rows(self) -> st.SearchStrategy[Vector]:
        return st.lists(st.tuples(TERMS, WEIGHTS), max_size=5).map(tuple)

    def batch(self, rows: Sequence[Vector]) -> TermBatch:
        return weighted_batch(rows)

    def build(self, batch: TermBatch) -> SparseSegment:
        return SparseSegment.build(batch)

    def index(self, pieces: Sequence[Piece]) -> Searchable:
        return Scored(live_index(pieces), Impact())

    def oracle(self, live: Mapping[int, Vector], query: Vector) -> Mapping[int, float]:
        return impact(live, query)


@pytest.mark.parametrize("variant", ["lucene", "robertson", "atire", "bm25l", "bm25+"])
def test_every_variant_is_under_the_contract(variant: BM25Variant) -> None:
    covered = {subclass.scorer.variant for subclass in TokenContract.__subclasses__()}
    assert variant in covered
