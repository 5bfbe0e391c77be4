"""Plain, AVX2 and AVX-512: the same arrays and bit-equal scores, pruned or not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from tests.contracts.index_contract import same_results
from tests.contracts.sparse_checks import check_arrays
from tests.contracts.sparse_collections import collection
from tests.contracts.sparse_queries import VARIANTS, queries
from tests.contracts.sparse_rounds import LEVELS, limited

from mnemic.indexes._native import ProcessorLevel
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment

SCORERS = [BM25(k1=1.2, b=0.75, variant=variant) for variant in VARIANTS]
SHAPES = ("natural", "frontier", "clusters", "peaks", "many_occurrences")
HELD = {
    (shape, weighting): collection(default_rng(7), shape, weighting, documents=9_000)
    for shape in SHAPES
    for weighting in (None, "learned")
}


def built(shape: str, weighting: str | None, level: ProcessorLevel) -> SparseSegment:
    held = HELD[shape, weighting]
    with limited(level):
        return SparseSegment.build(held.batch(default_rng(8), np.arange(len(held))))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("weighting", [None, "learned"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_level_scores_alike(shape: str, weighting: str | None, level: ProcessorLevel) -> None:
    segment, plain = (built(shape, weighting, each) for each in (level, ProcessorLevel.PLAIN))
    check_arrays(segment, plain)
    ordinals, asked = (
        np.arange(segment.document_count),
        queries(default_rng(9), HELD[shape, weighting], 20),
    )
    index, expected = (
        SparseIndex([LiveSegment(each, ordinals)], threads=1) for each in (segment, plain)
    )
    for scorer in SCORERS if weighting is None else [Impact()]:
        for k in (1, 10, 10, 100, 20_000):  # twice the same: lists are unpacked in between
            with limited(level):
                found = index.search(asked, k, scorer=scorer)
            with limited(ProcessorLevel.PLAIN):
                same_results(found, expected.search(asked, k, scorer=scorer))
