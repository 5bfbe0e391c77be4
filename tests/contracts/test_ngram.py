"""The index of substrings, of bytes and of tokens, under the contract of every index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts import ngram_checks, ngram_oracle
from tests.contracts.index_contract import IndexContract, Piece, Searchable, bits
from tests.contracts.ngram_checks import CHECKS, batch_of
from tests.contracts.ngram_oracle import Symbols

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.indexes.ngram import Level
    from mnemic.indexes.protocols import Bitmap

LETTERS = st.sampled_from(b"ab\x00\xff_ ")


class NgramContract(IndexContract[Symbols]):
    """``search`` is the shared suite's; the methods of ``CHECKS`` are compared here."""

    level: Level = "bytes"
    vocabulary = 256
    block_symbols = 1 << 20

    def documents(self) -> st.SearchStrategy[Symbols]:
        return st.lists(LETTERS, max_size=9).map(bytes)

    def query_rows(self) -> st.SearchStrategy[Symbols]:
        return st.lists(LETTERS, min_size=1, max_size=4).map(bytes)

    def batch(self, rows: Sequence[Symbols]) -> SymbolBatch:
        return batch_of(rows, self.vocabulary)

    def build(self, batch: SymbolBatch) -> NgramSegment:
        return NgramSegment.build(batch, block_symbols=self.block_symbols)

    def index(self, pieces: Sequence[Piece]) -> Searchable:
        return self.ngrams(pieces)

    def ngrams(self, pieces: Sequence[Piece]) -> NgramIndex:
        live = [LiveNgrams(p.segment, p.ordinals, p.live) for p in pieces]
        return NgramIndex(live, level=self.level, vocabulary=self.vocabulary, threads=2)

    def oracle(self, live: Mapping[int, Symbols], query: Symbols) -> Mapping[int, float]:
        return ngram_oracle.search(live, query)

    def patterns(self) -> st.SearchStrategy[list[Symbols]]:
        return st.lists(self.query_rows(), min_size=1, max_size=5)

    @pytest.mark.parametrize("name", CHECKS)
    @given(data=st.data())
    def test_every_answer_equals_brute_force(self, name: str, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        index = self.ngrams(self.pieces(case))
        if case.rows:
            CHECKS[name](index, case.live, data.draw(self.patterns()))

    @given(data=st.data())
    def test_only_allowed_documents_are_listed(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces, patterns = self.pieces(case), data.draw(self.patterns())

        def bitmaps(allowed: frozenset[int]) -> list[Bitmap | None]:
            return [bits(int(ordinal) in allowed for ordinal in p.ordinals) for p in pieces]

        if case.rows:
            ngram_checks.check_allowed(self.ngrams(pieces), case.live, patterns, bitmaps)

    @given(data=st.data())
    def test_documents_come_back_whole_or_clipped(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        if case.rows:
            ngram_checks.check_extract(self.ngrams(self.pieces(case)), case.live)

    @given(data=st.data())
    def test_a_deletion_reuses_what_is_known_and_says_the_same(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        patterns = data.draw(self.patterns())
        pieces = self.pieces(case)
        kept = [LiveNgrams(p.segment, p.ordinals) for p in pieces]
        NgramIndex(kept).count_many(self.batch(patterns))
        index = NgramIndex(
            [k if p.live is None else k.without(p.live) for k, p in zip(kept, pieces, strict=True)]
        )
        if case.rows:
            CHECKS["counts"](index, case.live, patterns)
            CHECKS["places"](index, case.live, patterns)

    def test_level_and_vocabulary_are_those_of_the_segments(self) -> None:
        batch = self.batch([self.symbols(b"\0")])
        index = NgramIndex([LiveNgrams(self.build(batch), np.asarray([5], np.int64))])
        assert (index.vocabulary, index.level) == (self.vocabulary, self.level)

    def symbols(self, letters: Sequence[int]) -> Symbols:
        return bytes(letters)


class TestBytes(NgramContract):
    pass


class TestBytesInTinyBlocks(NgramContract):
    block_symbols = 1


class TestBytesInSmallBlocks(NgramContract):
    block_symbols = 16


class TokenContract(NgramContract):
    vocabulary = 200_000
    level: Level = "tokens"

    def ids(self) -> st.SearchStrategy[int]:
        return st.sampled_from([0, 1, 2, self.vocabulary // 2, self.vocabulary - 1])

    def documents(self) -> st.SearchStrategy[Symbols]:
        return st.lists(self.ids(), max_size=9).map(tuple)

    def query_rows(self) -> st.SearchStrategy[Symbols]:
        return st.lists(self.ids(), min_size=1, max_size=4).map(tuple)

    def symbols(self, letters: Sequence[int]) -> Symbols:
        return tuple(letters)


class TestTokens(TokenContract):
    pass


class TestTokensOf16Bits(TokenContract):
    vocabulary = 50_000


class TestFewTokensInTinyBlocks(TokenContract):
    vocabulary = 3
    block_symbols = 1

    def ids(self) -> st.SearchStrategy[int]:
        return st.integers(0, 2)
