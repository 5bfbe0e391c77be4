"""What a segment keeps unpacked changes no answer: asked again, otherwise, or of other averages."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.index_contract import same_results
from tests.contracts.sparse_queries import VARIANTS

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from mnemic.indexes.sparse.scorers import BM25Variant

DOCUMENTS = 10_000
TERMS = [b"t%d" % number for number in range(12)]
DEPTHS = (1, 3, 10, 100)


def drawn(seed: int, documents: int, *, longest: int = 60) -> list[list[bytes]]:
    """Frequent and rare terms; some documents are long, and repeat a term hundreds of times."""
    source = random.Random(seed)
    shares = [1 / (1 + rank) ** 1.5 for rank in range(len(TERMS))]
    rows = []
    for _ in range(documents):
        row = source.choices(TERMS, shares, k=source.choice([1, 3, 8, longest]))
        rows.append(row + [source.choice(TERMS)] * source.choice([0] * 400 + [260]))
    return rows


@cache
def tokens() -> SparseSegment:
    return SparseSegment.build(TermBatch.from_tokens(drawn(1, DOCUMENTS)))


@cache
def weights() -> SparseSegment:
    rows = TermBatch.from_tokens(drawn(2, DOCUMENTS))
    values = default_weights(len(rows.terms))
    return SparseSegment.build(TermBatch(rows.vocabulary, rows.offsets, rows.terms, values))


def default_weights(count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(3).lognormal(0, 1, count).astype(np.float32)


def asked(seed: int, number: int = 30) -> TermBatch:
    source = random.Random(seed)
    return TermBatch.from_tokens(
        [source.sample(TERMS, source.choice([1, 2, 3, 5, 12])) for _ in range(number)]
    )


def fresh(segment: SparseSegment) -> SparseSegment:
    """The same postings, of which nothing is kept unpacked yet."""
    return SparseSegment(segment.arrays)


def index_of(*segments: SparseSegment, dead: int = 0) -> SparseIndex:
    """Segments side by side; of each the last documents are dead."""
    lives, start = [], 0
    for segment in segments:
        count = segment.document_count
        live = np.packbits(np.arange(count) < count - dead, bitorder="little") if dead else None
        lives.append(LiveSegment(segment, np.arange(start, start + count), live))
        start += count
    return SparseIndex(lives, threads=1)


def check_alike(
    index: SparseIndex, new: SparseIndex, queries: TermBatch, scorer: BM25 | Impact
) -> None:
    """The best of an index that kept much are the first of all of one that kept nothing."""
    everything = new.search(queries, DOCUMENTS * 3, scorer=scorer)
    for k in DEPTHS:
        found = index.search(queries, k, scorer=scorer)
        for row in range(len(queries)):
            for all_, best in zip(everything.row(row), found.row(row), strict=True):
                assert all_[:k].tobytes() == best.tobytes(), (k, row)


@pytest.mark.parametrize("variant", VARIANTS)
def test_asking_again_finds_the_same(variant: BM25Variant) -> None:
    segment, scorer = fresh(tokens()), BM25(variant=variant)
    for seed in (1, 1, 2, 1):
        check_alike(index_of(segment), index_of(fresh(segment)), asked(seed), scorer)


def test_asking_for_weights_again_finds_the_same() -> None:
    segment = fresh(weights())
    for seed in (1, 1, 2, 1):
        check_alike(index_of(segment), index_of(fresh(segment)), asked(seed), Impact())


def test_one_query_at_a_time_finds_what_a_batch_does() -> None:
    alone, together = index_of(fresh(tokens())), index_of(fresh(tokens()))
    queries = asked(4)
    for start, end in zip(queries.offsets[:-1].tolist(), queries.offsets[1:].tolist(), strict=True):
        one = TermBatch(queries.vocabulary, np.asarray([0, end - start]), queries.terms[start:end])
        same_results(alone.search(one, 5), together.search(one, 5))
    same_results(alone.search(queries, 5), together.search(queries, 5))


@pytest.mark.parametrize(
    "scorers",
    [
        [BM25(k1=k1, b=1) for k1 in (1e6, 20, 1.2, 0.1, 0)],
        [BM25(k1=2, b=b) for b in (1, 0.75, 0.1, 0)],
        [BM25(k1=2, b=b) for b in (0, 0.1, 0.75, 1)],
        [BM25(variant="bm25l", delta=delta) for delta in (1e3, 3, 0.3, 0)],
        [BM25(k1=k1, variant="bm25l", delta=0) for k1 in (20, 0.3, 0)],
        [BM25(k1=k1, variant="bm25+") for k1 in (0, 0.9, 20)],
        [BM25(variant=variant) for variant in ("lucene", "bm25+", "bm25l", "atire", "robertson")],
    ],
)
def test_other_parameters_have_bounds_of_their_own(scorers: list[BM25]) -> None:
    """What bounds the smaller scores of one scorer is too low for those of others."""
    segment = fresh(tokens())
    for scorer in [*scorers, *reversed(scorers)]:
        check_alike(index_of(segment), index_of(fresh(segment)), asked(5, 8), scorer)


@pytest.mark.parametrize("variant", VARIANTS)
def test_adds_that_change_the_average_length_outdate_bounds(variant: BM25Variant) -> None:
    """Beside longer documents the same ones count as shorter, and score more."""
    segment, scorer = fresh(tokens()), BM25(k1=2.0, b=1.0, variant=variant)
    others = [SparseSegment.build(TermBatch.from_tokens([[]] * 9_000))]
    for words in (1, 10, 100, 1_000, 10_000):
        rows = [[b"other"] * words] * 300
        others.append(SparseSegment.build(TermBatch.from_tokens(rows)))
    for other in [*others, *others[:2]]:
        new = index_of(fresh(segment), other)
        check_alike(index_of(segment, other), new, asked(6, 8), scorer)


def test_deletions_that_change_the_average_length_outdate_bounds() -> None:
    rows = sorted(drawn(7, DOCUMENTS, longest=400), key=len, reverse=True)
    segment = SparseSegment.build(TermBatch.from_tokens(rows))
    for dead in (9_000, 7_000, 3_000, 100, 1, 0, 9_000):  # the shortest: the average grows first
        new = index_of(fresh(segment), dead=dead)
        check_alike(index_of(segment, dead=dead), new, asked(8, 8), BM25(k1=2.0, b=1.0))


def test_averages_a_little_apart_share_bounds_and_find_the_same() -> None:
    segment = fresh(tokens())
    for words in range(40, 400, 8):
        other = SparseSegment.build(TermBatch.from_tokens([[b"other"] * words]))
        new = index_of(fresh(segment), other)
        check_alike(index_of(segment, other), new, asked(9, 4), BM25(k1=2.0, b=1.0))


@pytest.mark.parametrize("documents", [100, 2_000])
def test_more_terms_than_are_kept_find_the_same(documents: int) -> None:
    """400 terms, each in half of the documents, are several times what a segment may keep."""
    source = random.Random(10)
    terms = [b"%03d" % number for number in range(400)]
    rows = [[term for term in terms if source.random() < 0.7] for _ in range(documents)]
    segment = SparseSegment.build(TermBatch.from_tokens(rows))
    index = index_of(segment)
    for turn in range(6):
        order = source.sample(terms, len(terms)) if turn % 2 else terms
        queries = TermBatch.from_tokens([order[at : at + 4] for at in range(0, 400, 4)])
        same_results(index.search(queries, 5), index_of(fresh(segment)).search(queries, 5))
