"""Many queries on many hard collections, deleted, merged, filtered: every answer is brute force's.

A case is a query under a scorer and a filter, at seven depths. What fails prints its seed:
``check(SHAPE, WEIGHTING, SEED)`` repeats it.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from tests.contracts.sparse_collections import SHAPES, WEIGHTINGS, collection
from tests.contracts.sparse_rounds import CASES, check_round
from tests.counts import scaled

TOKENS = scaled(24, 400)
WEIGHTS = scaled(4, 50)
SEEDS = st.integers(0, 2**32)
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


def check(shape: str, weighting: str | None, seed: int) -> None:
    rng = default_rng(seed)
    check_round(rng, collection(rng, shape, weighting))


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=TOKENS, phases=PHASES)
@given(seed=SEEDS)
def test_tokens_are_scored_like_brute_force(shape: str, seed: int) -> None:
    check(shape, None, seed)


@pytest.mark.slow
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=WEIGHTS, phases=PHASES)
@given(seed=SEEDS)
def test_weights_are_multiplied_like_brute_force(shape: str, weighting: str, seed: int) -> None:
    check(shape, weighting, seed)


@pytest.mark.slow
@pytest.mark.parametrize("documents", [65_536, 65_537, 131_100][: scaled(2, 3)])
@pytest.mark.parametrize("weighting", [None, "neighbours"])
@pytest.mark.parametrize("shape", ["copies", "clusters", "peaks"])
def test_lists_of_more_than_65_536_documents(
    shape: str, weighting: str | None, documents: int
) -> None:
    rng = default_rng(documents)
    check_round(rng, collection(rng, shape, weighting, documents=documents))


def test_there_are_as_many_cases_as_are_asked_for() -> None:
    rounds = len(SHAPES) * (TOKENS + len(WEIGHTINGS) * WEIGHTS)
    assert rounds * CASES >= scaled(5_000, 100_000)
