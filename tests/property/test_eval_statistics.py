"""Statistics: laws that every p value, correction and measure must keep."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.eval.measures import evaluate, parse
from mnemic.eval.significance import holm, randomisation, t_test
from mnemic.types import Qrels, Run

DIFFERENCES = st.lists(st.integers(-8, 8).map(lambda value: value / 8), min_size=1, max_size=9)
DOCUMENTS = st.sampled_from([f"d{i}" for i in range(12)])
MEASURES = [parse(name) for name in ("nDCG@5", "R@5", "AP", "RR", "P@5")]


@given(DIFFERENCES)
def test_the_exact_test_is_the_definition(values: list[float]) -> None:
    observed = abs(sum(values))
    patterns = list(product((1, -1), repeat=len(values)))
    sums = [abs(sum(s * v for s, v in zip(signs, values, strict=True))) for signs in patterns]
    expected = sum(value >= observed - 1e-9 for value in sums) / len(patterns)
    p, exact = randomisation(np.array(values))
    assert exact
    assert p == pytest.approx(expected)


@given(DIFFERENCES)
def test_p_values_are_probabilities_and_symmetric(values: list[float]) -> None:
    array = np.array(values)
    for p, mirrored in (
        (randomisation(array)[0], randomisation(-array)[0]),
        (t_test(array), t_test(-array)),
    ):
        assert 0 <= p <= 1
        assert p == mirrored


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_order_and_never_lowers(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(p <= q <= 1 for p, q in zip(values, adjusted, strict=True))
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


@given(
    st.dictionaries(DOCUMENTS, st.integers(0, 3), min_size=1),
    st.lists(DOCUMENTS, unique=True),
)
def test_measures_agree_with_their_definitions(grades: dict[str, int], ranking: list[str]) -> None:
    scores = {document: float(-place) for place, document in enumerate(ranking)}
    item = evaluate(Run("r", {"q": scores}), Qrels({"q": grades}), MEASURES)
    relevant = [grades.get(document, 0) > 0 for document in ranking]
    total = sum(grade > 0 for grade in grades.values())
    hits = [sum(relevant[: i + 1]) / (i + 1) for i, good in enumerate(relevant) if good]
    assert item.means["P@5"] == pytest.approx(sum(relevant[:5]) / 5)
    assert item.means["R@5"] == pytest.approx(sum(relevant[:5]) / total if total else 0)
    assert item.means["AP"] == pytest.approx(sum(hits) / total if total else 0)
    first = relevant.index(True) + 1 if any(relevant) else 0
    assert item.means["RR"] == pytest.approx(1 / first if first else 0)
    assert item.means["nDCG@5"] == pytest.approx(_ndcg(grades, ranking))


def _ndcg(grades: dict[str, int], ranking: list[str]) -> float:
    discounts = 1 / np.log2(np.arange(2, 7))
    gains = [grades.get(document, 0) for document in ranking[:5]]
    best = sorted(grades.values(), reverse=True)[:5]
    ideal = float(np.dot(best, discounts[: len(best)]))
    return float(np.dot(gains, discounts[: len(gains)])) / ideal if ideal else 0.0
