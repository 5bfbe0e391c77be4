"""However documents came, went and were merged: scores are bit-equal to those of a fresh index."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.index_contract import bits, same_results
from tests.counts import scaled

from mnemic.indexes.sparse import BM25, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse.scorers import BM25Variant

Tokens: TypeAlias = list[bytes]
ROWS = st.lists(st.sampled_from([bytes([letter]) for letter in b"abcdefgh"]), max_size=8)
ADD = st.tuples(st.just("add"), st.lists(ROWS, min_size=1, max_size=6))
DELETE = st.tuples(st.just("delete"), st.lists(st.integers(0, 60), min_size=1, max_size=5))
MERGE = st.tuples(st.just("merge"), st.tuples(st.integers(0, 5), st.integers(2, 4)))
# Whole blocks at once, by a seed: they may be large, and still shrink.
COUNTS = st.sampled_from([63, 64, 65, 127, 128, 129, 300, 1_000])
GROW = st.tuples(st.just("grow"), st.tuples(st.integers(0, 2**32), COUNTS))
PURGE = st.tuples(st.just("purge"), st.tuples(st.integers(0, 2**32), st.sampled_from([0.02, 0.9])))
SMALL = st.lists(ADD | DELETE | MERGE, min_size=1, max_size=12)
LARGE = st.lists(GROW | ADD | PURGE | MERGE, min_size=1, max_size=6)
HISTORIES = SMALL | LARGE
QUERIES = st.lists(ROWS, min_size=1, max_size=4)
DEPTHS = st.sampled_from([0, 1, 2, 3, 10, 100]) | st.integers(0, 2_000)


@dataclass
class History:
    """A collection as its segments, beside the same collection as a dict."""

    segments: list[tuple[SparseSegment, list[int]]] = field(default_factory=list)
    rows: dict[int, Tokens] = field(default_factory=dict)
    next_ordinal: int = 0

    def add(self, rows: list[Tokens]) -> None:
        ordinals = list(range(self.next_ordinal, self.next_ordinal + len(rows)))
        self.segments.append((SparseSegment.build(TermBatch.from_tokens(rows)), ordinals))
        self.rows.update(zip(ordinals, rows, strict=True))
        self.next_ordinal += len(rows)

    def delete(self, ordinals: list[int]) -> None:
        for ordinal in ordinals:
            self.rows.pop(ordinal, None)

    def grow(self, drawn: tuple[int, int]) -> None:
        """Many rows: early letters are in most, late ones in few, and some rows are long."""
        source, count = random.Random(drawn[0]), drawn[1]
        shares = [source.random() / (1 + rank) for rank in range(8)]
        letters = [bytes([letter]) for letter in b"abcdefgh"]
        lengths = [source.choice([0, 1, 4, 4, 8, 8, 40]) for _ in range(count)]
        self.add([source.choices(letters, shares, k=length) for length in lengths])

    def purge(self, drawn: tuple[int, float]) -> None:
        source = random.Random(drawn[0])
        self.delete([ordinal for ordinal in self.rows if source.random() < drawn[1]])

    def merge(self, span: tuple[int, int]) -> None:
        chosen = self.segments[span[0] : span[0] + span[1]]
        if not chosen:
            return
        keep = [(segment, self.live(ordinals)) for segment, ordinals in chosen]
        ordinals = [ordinal for _, several in chosen for ordinal in several if ordinal in self.rows]
        self.segments[span[0] : span[0] + span[1]] = [(SparseSegment.merge(keep), ordinals)]

    def live(self, ordinals: list[int]) -> Bitmap:
        return bits(ordinal in self.rows for ordinal in ordinals)

    def index(self) -> SparseIndex:
        return SparseIndex(
            [
                LiveSegment(segment, np.asarray(ordinals, np.int64), self.live(ordinals))
                for segment, ordinals in self.segments
            ],
            threads=1,
        )

    def fresh(self) -> SparseIndex:
        segment = SparseSegment.build(TermBatch.from_tokens(self.rows.values()))
        return SparseIndex([LiveSegment(segment, np.asarray([*self.rows], np.int64))], threads=1)


def played(history: list[tuple[str, object]]) -> History:
    state = History()
    for operation, argument in history:
        getattr(state, operation)(argument)
    return state


@pytest.mark.parametrize("variant", ["lucene", "robertson", "atire", "bm25l", "bm25+"])
@settings(max_examples=scaled(100, 4_000))
@given(history=HISTORIES, queries=QUERIES, k=DEPTHS)
def test_any_history_scores_like_a_fresh_index(
    variant: BM25Variant, history: list[tuple[str, object]], queries: list[Tokens], k: int
) -> None:
    state, scorer = played(history), BM25(k1=1.2, b=0.75, variant=variant)
    batch = TermBatch.from_tokens(queries)
    index, fresh = state.index(), state.fresh()
    found = index.search(batch, k, scorer=scorer)
    same_results(found, fresh.search(batch, k, scorer=scorer))
    everything = index.search(batch, len(state.rows), scorer=scorer)
    for row in range(len(batch)):
        for all_, best in zip(everything.row(row), found.row(row), strict=True):
            assert all_[:k].tobytes() == best.tobytes()


@settings(max_examples=scaled(100, 20_000))
@given(history=HISTORIES)
def test_merging_everything_makes_the_arrays_of_a_fresh_build(
    history: list[tuple[str, object]],
) -> None:
    state = played(history)
    merged = SparseSegment.merge([(s, state.live(ordinals)) for s, ordinals in state.segments])
    fresh = SparseSegment.build(TermBatch.from_tokens(state.rows.values()))
    assert merged.arrays.keys() == fresh.arrays.keys()
    for name, array in fresh.arrays.items():
        assert merged.arrays[name].tobytes() == array.tobytes(), name


@settings(max_examples=scaled(100, 20_000))
@given(history=SMALL, query=ROWS)
def test_an_explanation_is_the_very_score(history: list[tuple[str, object]], query: Tokens) -> None:
    state, batch = played(history), TermBatch.from_tokens([query])
    index = state.index()
    for variant in ("lucene", "bm25l", "bm25+"):
        scorer = BM25(variant=variant)
        found = index.search(batch, 100, scorer=scorer)
        scores = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
        for ordinal in state.rows:
            explained = index.explain(batch, ordinal, scorer=scorer)
            assert explained.value == scores.get(ordinal, 0.0)


@settings(max_examples=scaled(100, 20_000))
@given(history=HISTORIES, query=ROWS, data=st.data())
def test_the_order_of_words_does_not_matter(
    history: list[tuple[str, object]], query: Tokens, data: st.DataObject
) -> None:
    index = played(history).index()
    shuffled = data.draw(st.permutations(query))
    a, b = (index.search(TermBatch.from_tokens([words]), 50) for words in (query, shuffled))
    same_results(a, b)
