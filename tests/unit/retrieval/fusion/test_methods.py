from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import FUSIONS, RRF, Fusion, LogOdds, MinMax, ZScore, fusion_of

SCORES = np.array([4.0, 2.0, 0.0])
Z = math.sqrt(1.5)


@pytest.mark.parametrize("name", ["rrf", "min-max", "z-score", "log-odds"])
def test_a_name_stands_for_a_value(name: str) -> None:
    method = fusion_of(name)
    assert isinstance(method, Fusion)
    assert method.name == name
    assert method is FUSIONS[name]
    assert fusion_of(method) is method


@pytest.mark.parametrize("wanted", ["RRF", "", "rrf ", None, 1, RRF, object(), ["rrf"]])
def test_other_names_and_values_are_refused(wanted: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        fusion_of(wanted)
    assert "rrf, min-max, z-score, log-odds" in caught.value.hint


@pytest.mark.parametrize(
    ("method", "found", "missing"),
    [
        (RRF(), [1 / 61, 1 / 62, 1 / 63], 0.0),
        (RRF(k=0), [1.0, 1 / 2, 1 / 3], 0.0),
        (MinMax(), [1.0, 0.5, 0.0], 0.0),
        (ZScore(), [Z, 0.0, -Z], -Z),
    ],
)
def test_contributions(method: Fusion, found: list[float], missing: float) -> None:
    values, other = method.contributions(SCORES)
    assert values.tolist() == pytest.approx(found)
    assert other == pytest.approx(missing)


def test_the_missing_are_a_deviation_below_the_mean_at_least() -> None:
    values, missing = ZScore().contributions(np.array([100.0, *[0.0] * 99]))
    assert -0.2 < values.min() < 0
    assert missing == -1.0
    assert ZScore().contributions(np.array([3.0]))[1] == -1.0


def test_log_odds_saturate() -> None:
    values, missing = LogOdds(slope=100.0).contributions(SCORES)
    assert values.tolist() == pytest.approx([math.log(99), 0.0, -math.log(99)])
    assert missing == values[-1]


def test_log_odds_are_linear_without_doubt() -> None:
    values, missing = LogOdds(slope=2.0, floor=1e-9).contributions(SCORES)
    assert values.tolist() == pytest.approx([2 * Z, 0.0, -2 * Z], abs=1e-6)
    assert missing == values[-1]


@pytest.mark.parametrize("k", [-1, math.nan, math.inf, True, "60", None, 10**30])
def test_rrf_refuses_its_parameter(k: Any) -> None:
    with pytest.raises(InvalidInput, match="k="):
        RRF(k)


@pytest.mark.parametrize("given", [{"slope": 0}, {"slope": -1}, {"floor": 0}, {"floor": 0.5}])
def test_log_odds_refuse_their_parameters(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(given))):
        LogOdds(**given)


@pytest.mark.parametrize("method", FUSIONS.values(), ids=str)
def test_methods_are_values(method: Any) -> None:
    assert method == dataclasses.replace(method)
    assert hash(method) == hash(dataclasses.replace(method))
    assert method.formula
