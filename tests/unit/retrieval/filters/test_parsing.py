from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.filters import (
    MAX_CLAUSES,
    MAX_LEVELS,
    MAX_STRING,
    MAX_VALUES,
    OPERATORS,
    parse,
)
from mnemic.types import And, Compare, Filter, Not, Or

YEAR = ("year",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ({}, And(())),
        ({"year": 2024}, Compare(YEAR, "eq", 2024)),
        ({"year": None}, Compare(YEAR, "eq", None)),
        ({"a.b-c._d": "x"}, Compare(("a", "b-c", "_d"), "eq", "x")),
        ({"größe.長さ": 1.5}, Compare(("größe", "長さ"), "eq", 1.5)),
        ({"year": {"$gte": 2020}}, Compare(YEAR, "gte", 2020)),
        (
            {"year": {"$gte": 1, "$lt": 3}},
            And((Compare(YEAR, "gte", 1), Compare(YEAR, "lt", 3))),
        ),
        (
            {"year": 1, "ok": True},
            And((Compare(YEAR, "eq", 1), Compare(("ok",), "eq", True))),
        ),
        ({"year": {"$in": [1, "x", None]}}, Compare(YEAR, "in", (1, "x", None))),
        ({"year": {"$nin": []}}, Compare(YEAR, "nin", ())),
        ({"year": {"$exists": False}}, Compare(YEAR, "exists", False)),
        ({"year": {"$not": {"$gt": 3}}}, Not(Compare(YEAR, "gt", 3))),
        ({"$not": {"year": 1}}, Not(Compare(YEAR, "eq", 1))),
        ({"$and": []}, And(())),
        ({"$or": [{"year": 1}]}, Or((Compare(YEAR, "eq", 1),))),
        (MappingProxyType({"year": MappingProxyType({"$ne": 1})}), Compare(YEAR, "ne", 1)),
    ],
)
def test_grammar(written: Any, meant: Filter | None) -> None:
    assert repr(parse(written)) == repr(meant)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "filter: expected an object, not a list"),
        ("year", "filter: expected an object, not 'year'"),
        ({"$and": {}}, "filter.$and: needs a list of filters, not an object"),
        ({"$or": [{"year": 1}, 2]}, "filter.$or[1]: expected an object"),
        ({"$not": []}, "filter.$not: expected an object"),
        ({"$nor": []}, "unknown operator '$nor' (Known here are $and, $or, $not.)"),
        ({"$gt": 3}, "$gt stands where no field is"),
        ({"year": {}}, "filter.year: the object has no operator"),
        ({"year": {"$regex": "x"}}, "filter.year.$regex: unknown operator '$regex'"),
        ({"year": {"from": 1}}, "a field inside an object is written with a dot"),
        ({"year": [1]}, "filter.year: $eq needs a string, number, boolean or null, not a list"),
        ({"year": {"$in": 3}}, "filter.year.$in: $in needs a list"),
        ({"year": {"$in": [1, [2]]}}, "filter.year.$in[1]: $in needs a list of strings"),
        ({"year": {"$in": "abc"}}, "filter.year.$in: $in needs a list"),
        ({"year": {"$exists": 1}}, "$exists needs true or false, not an integer"),
        ({"year": {"$gt": None}}, "$gt needs a number or a string, not null"),
        ({"$and": [{}, {}, {"year": {"$gte": []}}]}, "filter.$and[2].year.$gte: $gte needs"),
        ({"year": {"$not": 3}}, "filter.year.$not: needs an object of operators"),
        ({"year": 2**63}, "filter.year: the integer needs more than 64 bits"),
        ({"year": 10**5000}, "filter.year: the integer needs more than 64 bits"),
        ({"year": math.nan}, "filter.year: the number is not finite"),
        ({"year": {"$lt": math.inf}}, "filter.year.$lt: the number is not finite"),
        ({"year": "\ud800"}, "filter.year: the string has a lone surrogate"),
        ({"year": "a\x00b"}, "filter.year: the string has a NUL"),
        ({"year": b"x"}, "not a value of type bytes"),
        ({"year": "x" * (MAX_STRING + 1)}, "filter.year: the string has 65537 characters"),
        ({1: 2}, "filter: the key an integer is not a string"),
        ({"year": {1: 2}}, "unknown operator an integer"),
    ],
)
def test_refused(written: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(written)
    assert said in str(caught.value)
    assert caught.value.hint


BAD_PATHS = (
    *("", ".", "a.", ".a", "a..b", "1a", "-a", "a b", "a$b", "a\x00", "a\n", "a'b", 'a"b', "a[0]"),
    *("a" * 65, "é" * 65, ".".join("abcdefghi"), "a;b", "a\u2028b", "\ud800", "日 本", "²"),
)


@pytest.mark.parametrize("path", BAD_PATHS)
def test_refuses_field_names(path: str) -> None:
    with pytest.raises(InvalidInput, match="is not a field path"):
        parse({path: 1})


def test_every_operator_is_offered() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse({"year": {"$like": "x"}})
    assert all(operator in caught.value.hint for operator in OPERATORS)


def nested(name: str, times: int) -> dict[str, Any]:
    filter: dict[str, Any] = {"year": 1}
    for _ in range(times):
        filter = {name: filter if name == "$not" else [filter]}
    return filter


@pytest.mark.parametrize("name", ["$and", "$or", "$not"])
def test_depth(name: str) -> None:
    assert parse(nested(name, MAX_LEVELS)) is not None
    for times in (MAX_LEVELS + 1, 100_000):
        with pytest.raises(InvalidInput, match="nested too deeply"):
            parse(nested(name, times))


def test_depth_under_a_field() -> None:
    operators: dict[str, Any] = {"$gt": 1}
    for _ in range(100_000):
        operators = {"$not": operators}
    with pytest.raises(InvalidInput, match="nested too deeply"):
        parse({"year": operators})


def test_depth_of_a_filter_value() -> None:
    filter: Filter = Compare(YEAR, "eq", 1)
    for _ in range(100_000):
        filter = Not(filter)
    with pytest.raises(InvalidInput, match="nested too deeply"):
        parse(filter)


def test_number_of_clauses() -> None:
    assert parse({"$or": [{"year": n} for n in range(MAX_CLAUSES - 1)]})
    with pytest.raises(InvalidInput, match="too many clauses"):
        parse({"$or": [{"year": n} for n in range(MAX_CLAUSES)]})


def test_number_of_values() -> None:
    half = list(range(MAX_VALUES // 2))
    assert parse({"a": {"$in": half}, "b": {"$nin": half}})
    with pytest.raises(InvalidInput, match="too many values"):
        parse({"a": {"$in": half}, "b": {"$nin": [*half, 1]}})


@pytest.mark.parametrize(
    "filter",
    [
        Compare((), "eq", 1),
        Compare(("a.b",), "eq", 1),
        Compare("year", "eq", 1),  # type: ignore[arg-type]
        Compare((1,), "eq", 1),  # type: ignore[arg-type]
        Compare(YEAR, "like", 1),  # type: ignore[arg-type]
        Compare(YEAR, "in", 1),
        Compare(YEAR, "eq", (1,)),
        Compare(YEAR, "eq", math.nan),
        And([Compare(YEAR, "eq", 1)]),  # type: ignore[arg-type]
        Not(None),  # type: ignore[arg-type]
    ],
)
def test_filter_values_are_checked_too(filter: Filter) -> None:
    with pytest.raises(InvalidInput):
        parse(filter)


def test_messages_stay_short() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse({"x" * 100_000: {"$" + "y" * 100_000: 1}})
    assert len(str(caught.value)) < 1_000
