"""Beams and samples over exact probabilities: equal to the oracle, and drawn as often as likely."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.bigram_model import END, SIZE, BigramModel
from tests.contracts.trie import trie
from tests.counts import scaled

from mnemic.errors import InvalidInput
from mnemic.llm.causal.beams import Plan, search, top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.llm.protocols import Generation

MODEL = BigramModel()
PROMPT = np.array([3], np.int64)
PATHS = st.sets(st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple), max_size=8)


@dataclass
class Bigrams:
    """The bigram model a step at a time, which checks how it is called."""

    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros((1, 0), np.int64))

    def __call__(
        self, tokens: NDArray[np.int64], parents: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        if tokens.shape[1]:
            np.testing.assert_array_equal(tokens[:, :-1], self.rows[parents])
        else:
            assert parents.tolist() == [0]
        self.rows = tokens.copy()
        scores = [MODEL.log_probabilities([*PROMPT, *row]) for row in tokens]
        return np.array(scores)


def plan(**options: float) -> Plan:
    chosen = {"max_tokens": 4, "beams": 1, "end": END, "vocabulary": SIZE, **options}
    return Plan(**chosen)  # type: ignore[arg-type]


def plain(found: tuple[Generation, ...]) -> list[tuple[list[int], float, bool]]:
    return [(one.tokens.tolist(), one.log_probability, one.finished) for one in found]


@given(beams=st.integers(1, 12), cap=st.integers(1, 5))
def test_free_beams_are_those_of_the_oracle(beams: int, cap: int) -> None:
    found = search(Bigrams(), plan(beams=beams, max_tokens=cap), None)
    expected = MODEL.generate(PROMPT, max_tokens=cap, beams=beams)
    assert plain(found) == plain(expected)


@given(paths=PATHS, beams=st.integers(1, 6), cap=st.integers(1, 5), ended=st.booleans())
def test_constrained_beams_are_those_of_the_oracle(
    paths: set[tuple[int, ...]], beams: int, cap: int, ended: bool
) -> None:
    end = END if ended else None
    mine, theirs = (trie(paths, SIZE, end=end) for _ in range(2))
    found = search(Bigrams(), plan(beams=beams, max_tokens=cap), mine)
    expected = MODEL.generate(PROMPT, max_tokens=cap, beams=beams, constraint=theirs)
    assert plain(found) == plain(expected)
    assert [call.tolist() for call in mine.calls] == [call.tolist() for call in theirs.calls]


def test_samples_come_as_often_as_they_are_likely() -> None:
    count, temperature = scaled(4_000, 40_000), 1.5
    options = {"max_tokens": 1, "temperature": temperature}
    drawn = (search(Bigrams(), plan(seed=seed, **options), None)[0] for seed in range(count))
    seen = Counter(one.tokens[0] if len(one.tokens) else END for one in drawn)
    weights = np.exp(MODEL.log_probabilities(PROMPT.tolist()) / temperature)
    expected = count * weights / weights.sum()
    likely = expected > 20
    found = np.array([seen[token] for token in range(SIZE)])
    # The seeds are fixed, so this either holds for ever or never.
    assert (abs(found - expected) <= 5 * np.sqrt(expected))[likely].all()
    assert likely.sum() >= 3


@pytest.mark.parametrize("temperature", [1e-320, 1e-9])
def test_a_tiny_temperature_is_greedy(temperature: float) -> None:
    greedy = search(Bigrams(), plan(), None)
    assert plain(search(Bigrams(), plan(temperature=temperature), None)) == plain(greedy)


def test_a_draw_among_the_impossible_still_ends() -> None:
    def never(tokens: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.full((len(tokens), SIZE), -np.inf)

    found = search(never, plan(max_tokens=1, temperature=1.0), None)
    assert plain(found) == [([0], -np.inf, False)]


@pytest.mark.parametrize(
    "mask",
    [np.ones((1, SIZE), np.int64), np.ones((1, SIZE - 1), np.bool_), np.ones(SIZE, np.bool_)],
    ids=["numbers", "narrow", "flat"],
)
def test_a_mask_of_another_shape_is_refused(mask: NDArray[np.bool_]) -> None:
    with pytest.raises(InvalidInput, match=rf"constraint gave .*expected bool \(1, {SIZE}\)"):
        search(Bigrams(), plan(), lambda tokens, parents: mask)


@given(
    values=st.lists(st.sampled_from([-np.inf, -2.0, -1.0, 0.0]), max_size=30),
    count=st.integers(1, 35),
)
def test_the_top_is_the_head_of_a_stable_sort(values: list[float], count: int) -> None:
    expected = sorted(range(len(values)), key=lambda place: -values[place])[:count]
    assert top(np.array(values), count).tolist() == expected
