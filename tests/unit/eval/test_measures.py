"""Measures: names, and values that can be worked out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.eval.measures import DEFAULT, EXAMPLES, depth, evaluate, parse
from mnemic.types import Qrels, Run

if TYPE_CHECKING:
    from mnemic.eval.measures import Evaluation

QRELS = Qrels(
    {
        "found": {"a": 2, "b": 0, "c": 1},
        "missing": {"a": 1},
        "none relevant": {"a": 0},
    }
)
RUN = Run("r", {"found": {"b": 3.0, "a": 2.0, "c": 1.0}, "none relevant": {"a": 1.0}, "x": {}})


def values(run: Run, *names: str) -> Evaluation:
    return evaluate(run, QRELS, [parse(name) for name in names])


def test_values_are_those_worked_out_by_hand() -> None:
    item = values(RUN, "nDCG@10", "R@2", "RR@10", "AP", "P@1")
    gained = 2 / math.log2(3) + 1 / math.log2(4)
    assert item.queries == ("found", "missing", "none relevant")
    assert item.values["nDCG@10"] == pytest.approx([gained / (2 + 1 / math.log2(3)), 0, 0])
    assert item.values["R@2"] == pytest.approx([0.5, 0, 0])
    assert item.values["RR@10"] == pytest.approx([0.5, 0, 0])
    assert item.values["AP"] == pytest.approx([(1 / 2 + 2 / 3) / 2, 0, 0])
    assert item.means["AP"] == pytest.approx((1 / 2 + 2 / 3) / 6)
    assert item.missing == 1


def test_a_run_without_any_document_is_worth_nothing() -> None:
    item = values(Run("empty", {"found": {}}), *DEFAULT)
    assert item.means == dict.fromkeys(DEFAULT, 0.0)
    assert item.missing == 3


def test_unjudged_queries_change_nothing() -> None:
    more = Run("r", {**RUN.rankings, "unjudged": {"a": 1.0}})
    assert values(more, *DEFAULT).means == values(RUN, *DEFAULT).means


def test_results_are_named_as_they_were_asked_for() -> None:
    item = values(RUN, "MRR@10", " RR@10 ", "MAP", "AP")
    assert list(item.means) == ["MRR@10", "RR@10", "MAP", "AP"]
    assert item.means["MRR@10"] == item.means["RR@10"]
    assert item.means["MAP"] == item.means["AP"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_computed(name: str) -> None:
    assert 0 <= values(RUN, name).means[name] <= 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        "foo",
        "nDCG@",
        "nDCG@0",
        "nDCG@-1",
        "nDCG@x",
        "nDCG@1.5",
        "R",
        "nDCG(foo=3)@10",
        "1+1",
        "__import__('os')",
        "NumQ",
        "alpha_nDCG@10",
        "nDCG@True",
        "n" * 1000,
        "(" * 90,
        "\0",
    ],
)
def test_an_unknown_measure_is_refused_with_examples(name: str) -> None:
    with pytest.raises(InvalidInput, match="unknown measure") as caught:
        parse(name)
    assert "nDCG@10" in caught.value.hint
    assert "object at 0x" not in caught.value.message


def test_a_near_miss_is_recognised() -> None:
    with pytest.raises(InvalidInput, match=r"did you mean nDCG@10\?"):
        parse("ndcg@10")


def test_depth_is_the_deepest_cut_off_but_at_least_100() -> None:
    assert depth([parse("nDCG@10"), parse("AP")]) == 100
    assert depth([parse("R@1000")]) == 1000
    assert depth([parse("nDCG@10")], asked=10) == 10
    with pytest.raises(InvalidInput, match="use -k 100 or more"):
        depth([parse("R@100")], asked=50)
    with pytest.raises(InvalidInput):
        depth([parse("AP")], asked=0)
    with pytest.raises(LimitExceeded):
        depth([parse("R@1001")])


def test_nothing_judged_is_no_evaluation() -> None:
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        evaluate(RUN, Qrels({}), [parse("AP")])


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput, match="document 'a' is nan"):
        values(Run("r", {"found": {"a": math.nan}}), "AP")
