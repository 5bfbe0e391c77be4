"""Many patterns on many hard corpora under deletions and merges: every answer is brute force's."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.contracts.ngram_corpora import FAMILIES, VOCABULARIES, corpus, generator, utf8_corpus
from tests.contracts.ngram_rounds import PATTERNS, check_round
from tests.counts import scaled

ROUNDS = scaled(2, 38)
SEEDS = st.integers(0, 2**32)
drawn = settings(max_examples=ROUNDS, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("family", FAMILIES)
@drawn
@given(seed=SEEDS)
def test_every_answer_is_that_of_brute_force(family: str, vocabulary: int, seed: int) -> None:
    rng = generator(seed)
    check_round(rng, corpus(rng, family, vocabulary))


@drawn
@given(seed=SEEDS)
def test_utf8_of_all_widths(seed: int) -> None:
    rng = generator(seed)
    check_round(rng, utf8_corpus(rng))


def test_there_are_as_many_cases_as_are_asked_for() -> None:
    cases = len(FAMILIES) * len(VOCABULARIES) * ROUNDS * PATTERNS
    assert cases >= scaled(5_000, 100_000)
