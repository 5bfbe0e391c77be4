"""Tests of the tests: known p values, symmetry, and the corrections."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mnemic.errors import InvalidInput
from mnemic.eval.intervals import bootstrap
from mnemic.eval.measures import Evaluation
from mnemic.eval.significance import compare, effect_size, holm, randomisation, t_test


def evaluation(name: str, values: list[float]) -> Evaluation:
    queries = tuple(f"q{i}" for i in range(len(values)))
    return Evaluation(name, queries, {"AP": np.array(values)}, 0)


def test_identical_runs_have_p_1_and_no_effect() -> None:
    (item,) = compare([evaluation("a", [0.1, 0.5, 1.0]), evaluation("b", [0.1, 0.5, 1.0])])
    assert (item.p_randomisation, item.p_t, item.holm_randomisation, item.holm_t) == (1, 1, 1, 1)
    assert (item.difference, item.effect, item.wins, item.losses, item.ties) == (0, 0, 0, 0, 3)
    assert item.exact


def test_the_exact_test_counts_sign_patterns() -> None:
    # Of the 8 patterns of (1, 2, 3) only +++ and --- reach |6|.
    assert randomisation(np.array([1.0, 2.0, 3.0])) == (0.25, True)
    # The observed sum is 0, which every pattern reaches; the query without difference is no part.
    assert randomisation(np.array([3.0, -1.0, 0.0, -2.0])) == (1.0, True)


def test_rounding_does_not_lose_a_pattern() -> None:
    assert randomisation(np.full(10, 0.1))[0] == pytest.approx(2 / 1024)


def test_the_sampled_test_is_near_the_exact_one() -> None:
    differences = np.random.default_rng(5).normal(0.3, 1.0, 16)
    exact, counted = randomisation(differences)
    padded, sampled = randomisation(np.append(differences, 1e-13), samples=50_000)
    assert (counted, sampled) == (True, False)
    assert padded == pytest.approx(exact, abs=0.01)


def test_the_sampled_test_agrees_with_scipy() -> None:
    differences = np.random.default_rng(6).normal(0.1, 1.0, 300)
    other = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=9999, rng=1
    )
    assert randomisation(differences)[0] == pytest.approx(other.pvalue, abs=0.02)


def test_a_seed_gives_one_p_and_direction_does_not_matter() -> None:
    differences = np.random.default_rng(7).normal(0.1, 1.0, 5000)
    assert randomisation(differences, seed=3) == randomisation(differences, seed=3)
    assert randomisation(differences, seed=3) == randomisation(-differences, seed=3)


def test_p_of_a_sample_is_never_zero() -> None:
    assert randomisation(np.ones(100), samples=1000) == (1 / 1001, False)


def test_the_t_test_is_scipys() -> None:
    first, second = np.random.default_rng(8).random((2, 50))
    expected = stats.ttest_rel(second, first).pvalue
    assert t_test(second - first) == pytest.approx(expected, rel=1e-12)


def test_a_constant_difference_has_an_infinite_effect() -> None:
    assert effect_size(np.full(5, -0.25)) == -np.inf
    assert t_test(np.full(5, -0.25)) == 0.0
    assert t_test(np.array([0.5])) == 1.0


def test_holm_steps_down_and_stays_monotone() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_family_is_all_pairs_and_measures() -> None:
    runs = [evaluation(name, [0.1 * i, 0.2, 0.9]) for i, name in enumerate("abc")]
    found = compare(runs)
    assert [(item.first, item.second) for item in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found[1].difference == pytest.approx(0.2 / 3)
    assert found[1].p_randomisation * 3 >= found[1].holm_randomisation


def test_runs_over_other_queries_are_not_compared() -> None:
    with pytest.raises(InvalidInput, match="not evaluated alike"):
        compare([evaluation("a", [0.1]), evaluation("b", [0.1, 0.2])])


def test_the_interval_holds_the_mean_and_narrows() -> None:
    values = np.random.default_rng(9).random(4000)
    low, high = bootstrap(values)
    wide_low, wide_high = bootstrap(values[:50])
    assert low < values.mean() < high
    assert wide_high - wide_low > 5 * (high - low)
    assert bootstrap(np.array([0.3])) == pytest.approx((0.3, 0.3))
