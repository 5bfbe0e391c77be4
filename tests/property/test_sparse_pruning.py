"""Lists of all kinds side by side: frequent, in blocks too rare to be unpacked, and short.

Only collections of more than 4,000 documents have lists of several blocks that are searched as they
are packed; there the bounds are those of the blocks' frontiers.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from tests.contracts import sparse_checks
from tests.contracts.sparse_collections import WEIGHTINGS, Collection, each, term_names
from tests.contracts.sparse_dense import Truth
from tests.contracts.sparse_mirror import Mirror, Part
from tests.contracts.sparse_rounds import asked, check_round
from tests.counts import scaled

from mnemic.indexes.sparse import SparseSegment

SHARES = (0.9, 0.5, 0.2, 0.05, 1 / 33, 1 / 40, 1 / 60, 1 / 100, 1 / 300, 1 / 1_000)
SEEDS = st.integers(0, 2**32)
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
DEPTHS = (1, 2, 5, 10, 30, 100, 1_000)


def spread(rng: Generator, documents: int, weighting: str | None) -> Collection:
    """Terms from most of the documents to few; the more often, the longer the document."""
    shares = np.asarray(SHARES) * rng.uniform(0.5, 1, len(SHARES))
    present = rng.random((documents, len(SHARES))) < shares
    if rng.random() < 0.5:  # rare terms in runs: most windows are without them
        place = np.arange(documents)[:, np.newaxis] / documents
        centre, width = rng.random(len(SHARES)), np.sqrt(shares)
        present &= np.abs(place - centre) < width
    often = rng.geometric(rng.uniform(0.1, 0.9), present.shape)
    counts = np.where(present, often, 0)
    filler = (counts.sum(1) ** rng.uniform(0.3, 1.3)).astype(np.int64) + rng.integers(
        0, 5, documents
    )
    counts, kinds = each(np.column_stack([counts, filler]))
    values = counts.astype(np.float64)
    if weighting is not None:
        counts[counts.sum(1) == 0, 0] = 1
        drawn = WEIGHTINGS[weighting](rng, counts).clip(1e-45, 3e38).astype(np.float32)
        values = np.where(counts > 0, drawn, 0).astype(np.float64)
    return Collection(values, kinds, weighting is not None, term_names(rng, values.shape[1]))


@pytest.mark.slow
@pytest.mark.parametrize("weighting", [None, "learned", "neighbours", "some_huge", "quantised"])
@settings(max_examples=scaled(4, 100), phases=PHASES)
@given(seed=SEEDS, documents=st.integers(4_200, 12_000))
def test_any_collection_is_scored_like_brute_force(
    weighting: str | None, seed: int, documents: int
) -> None:
    rng = default_rng(seed)
    check_round(rng, spread(rng, documents, weighting))


@pytest.mark.slow
@pytest.mark.parametrize("weighting", [None, "learned"])
@settings(max_examples=scaled(20, 500), phases=PHASES)
@given(seed=SEEDS, documents=st.integers(4_200, 20_000))
def test_a_search_that_unpacks_nothing_finds_the_first_of_everything(
    weighting: str | None, seed: int, documents: int
) -> None:
    """A segment is asked for the first time at every depth: all bounds are those of frontiers."""
    rng = default_rng(seed)
    held = spread(rng, documents, weighting)
    everyone, live = np.arange(documents), rng.random(documents) < rng.choice([0.1, 0.9, 1])
    built = SparseSegment.build(held.batch(rng, everyone))
    questions = asked(rng, Mirror(Truth(held, live), everyone, (Part(built, everyone),)))
    for k in DEPTHS:
        part = Part(SparseSegment(built.arrays), everyone)
        mirror = Mirror(Truth(held, live), everyone, (part,))
        found = mirror.index().search(
            questions.queries, k, scorer=questions.scorer, allowed=mirror.allowed(questions.chosen)
        )
        everything = sparse_checks.everything(mirror.index(), mirror, questions)
        for row in range(len(found)):
            for all_, best in zip(everything.row(row), found.row(row), strict=True):
                assert all_[:k].tobytes() == best.tobytes(), (k, row)
