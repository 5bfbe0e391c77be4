from __future__ import annotations

from typing import Any, cast

import pytest
from tests.unit.indexes.columns.bits import passing

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import ColumnSegment
from mnemic.types import And, Compare, Filter, Not, Operator, Or

BIG = 2**53
VALUES: list[Any] = [
    1, 1.0, True, "1", None, False, 0, -0.0, "", "é", "z", [1, "ab", None], {"k": 1}, [[1]],
    BIG, BIG + 1, float(BIG), float(BIG + 2), "😀", "￿",
]  # fmt: skip
# The last document has no value at all.
SEGMENT = ColumnSegment.build([*({"a": value} for value in VALUES), {}])
ABSENT = len(VALUES)
EVERY = set(range(ABSENT + 1))


@pytest.mark.parametrize(
    ("operator", "operand", "values"),
    [
        ("eq", 1, {0, 1}),
        ("eq", 1.0, {0, 1}),
        ("eq", True, {2}),
        ("eq", False, {5}),
        ("eq", 0, {6, 7}),
        ("eq", None, {4, ABSENT}),
        ("eq", "1", {3}),
        ("eq", "", {8}),
        ("eq", BIG, {14, 16}),
        ("eq", BIG + 1, {15}),
        ("eq", float(BIG), {14, 16}),
        ("ne", 1, EVERY - {0, 1}),
        ("ne", None, EVERY - {4, ABSENT}),
        ("in", (1, "z", None, True), {0, 1, 2, 4, 10, ABSENT}),
        ("in", (), set()),
        ("nin", (), EVERY),
        ("nin", (1, None), EVERY - {0, 1, 4, ABSENT}),
        ("gt", BIG, {15, 17}),
        ("gte", BIG + 1, {15, 17}),
        ("lt", BIG + 1, {0, 1, 6, 7, 14, 16}),
        ("lte", 0, {6, 7}),
        ("gt", 0.5, {0, 1, 14, 15, 16, 17}),
        ("gt", 1e300, set()),
        ("lt", 1e300, {0, 1, 6, 7, 14, 15, 16, 17}),
        ("gte", -1e300, {0, 1, 6, 7, 14, 15, 16, 17}),
        ("gt", "z", {9, 18, 19}),
        ("lt", "1", {8}),
        ("lte", "1", {3, 8}),
        ("gte", "", {3, 8, 9, 10, 18, 19}),
        # By code point: U+FFFF stands before U+1F600, as UTF-16 would not have it.
        ("gt", "￿", {18}),
        ("gt", True, set()),
        ("lt", None, set()),
        ("exists", True, EVERY - {ABSENT}),
        ("exists", False, {ABSENT}),
        ("contains", 1, {11}),
        ("contains", 1.0, {11}),
        ("contains", True, set()),
        ("contains", None, {11}),
        ("contains", "ab", {11}),
        ("contains", "a", set()),
        ("contains", "z", {10}),
        ("contains", "", {3, 8, 9, 10, 18, 19}),
    ],
)
def test_leaf(operator: Operator, operand: Any, values: set[int]) -> None:
    assert passing(SEGMENT, Compare(("a",), operator, operand)) == values


def test_nested_and_absent_fields() -> None:
    assert passing(SEGMENT, Compare(("a", "k"), "eq", 1)) == {12}
    assert passing(SEGMENT, Compare(("b", "k"), "eq", None)) == EVERY
    assert passing(SEGMENT, Compare(("b",), "exists", True)) == set()


def test_connectives() -> None:
    one, text = Compare(("a",), "eq", 1), Compare(("a",), "eq", "z")
    assert passing(SEGMENT, Or((one, text))) == {0, 1, 10}
    assert passing(SEGMENT, And((one, text))) == set()
    assert passing(SEGMENT, Not(one)) == EVERY - {0, 1}
    assert passing(SEGMENT, And(())) == EVERY
    assert passing(SEGMENT, Or(())) == set()


def test_many_strings_at_once() -> None:
    segment = ColumnSegment.build([{"a": f"s{n}"} for n in range(1_000)])
    wanted = tuple(f"s{n}" for n in range(500, 2_000))
    assert passing(segment, Compare(("a",), "in", wanted)) == set(range(500, 1_000))


def test_substrings_do_not_run_over_the_end_of_a_string() -> None:
    segment = ColumnSegment.build([{"a": "ab"}, {"a": "cd"}, {"a": "abcd"}, {"a": ""}])
    assert passing(segment, Compare(("a",), "contains", "bc")) == {2}
    assert passing(segment, Compare(("a",), "contains", "cd")) == {1, 2}


def test_no_documents() -> None:
    assert passing(ColumnSegment.build([]), Not(Compare(("a",), "eq", 1))) == set()


def test_refuses_bottomless_and_unknown() -> None:
    bottomless: Filter = Compare(("a",), "eq", 1)
    for _ in range(10_000):
        bottomless = Not(bottomless)
    with pytest.raises(InvalidInput, match="levels deep"):
        SEGMENT.evaluate(bottomless)
    with pytest.raises(InvalidInput, match="unknown operator"):
        SEGMENT.evaluate(Compare(("a",), cast("Operator", "like"), 1))
