"""However documents came, went and were merged: scores are bit-equal to those of a fresh index."""

from __future__ import annotations

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
HISTORIES = st.lists(ADD | DELETE | MERGE, min_size=1, max_size=12)
QUERIES = st.lists(ROWS, min_size=1, max_size=4)


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
@given(history=HISTORIES, queries=QUERIES, k=st.integers(0, 40))
def test_any_history_scores_like_a_fresh_index(
    variant: BM25Variant, history: list[tuple[str, object]], queries: list[Tokens], k: int
) -> None:
    state, scorer = played(history), BM25(k1=1.2, b=0.75, variant=variant)
    batch = TermBatch.from_tokens(queries)
    found = state.index().search(batch, k, scorer=scorer)
    same_results(found, state.fresh().search(batch, k, scorer=scorer))


@settings(max_examples=scaled(100, 4_000))
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


@settings(max_examples=scaled(100, 4_000))
@given(history=HISTORIES, query=ROWS)
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


@settings(max_examples=scaled(100, 4_000))
@given(history=HISTORIES, query=ROWS, data=st.data())
def test_the_order_of_words_does_not_matter(
    history: list[tuple[str, object]], query: Tokens, data: st.DataObject
) -> None:
    index = played(history).index()
    shuffled = data.draw(st.permutations(query))
    a, b = (index.search(TermBatch.from_tokens([words]), 50) for words in (query, shuffled))
    same_results(a, b)
