from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from tests.unit.indexes.columns.bits import passing

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import MAX_PARTS, MAX_PATHS, MAX_TEXT, ColumnSegment, NotIndexed
from mnemic.types import Compare


def test_empty_metadata_costs_nothing() -> None:
    segment = ColumnSegment.build([{}] * 10_000)
    assert segment.document_count == 10_000
    assert segment.bytes == 0


def test_keys_that_no_filter_can_name_are_left_out() -> None:
    segment = ColumnSegment.build([{"a b": 1, "x.y": 2, "$eq": 3, "": 4, "1": 5, "ok": 6}])
    assert list(segment.fields.fields) == ["ok"]
    assert segment.fields.complete


def test_depth_stops_where_paths_do() -> None:
    row: dict[str, Any] = {"a": 1}
    for _ in range(500):
        row = {"a": row}
    segment = ColumnSegment.build([row])
    assert len(segment.fields.fields) == MAX_PARTS
    with pytest.raises(NotIndexed):
        segment.evaluate(Compare(("a",) * (MAX_PARTS + 1), "exists", True))


def test_paths_beyond_the_cap_are_not_answered() -> None:
    segment = ColumnSegment.build([{f"f{n}": n for n in range(MAX_PATHS + 1)}])
    assert passing(segment, Compare(("f255",), "eq", 255)) == {0}
    with pytest.raises(NotIndexed) as caught:
        segment.evaluate(Compare(("f256",), "eq", 256))
    assert caught.value.path == "f256"


def test_many_hostile_keys_stay_within_the_cap() -> None:
    segment = ColumnSegment.build([{f"f{row}_{n}": n for n in range(20)} for row in range(200)])
    assert len(segment.fields.fields) == MAX_PATHS
    assert not segment.fields.complete


def test_long_strings_are_not_answered_where_they_matter() -> None:
    long = "é" * (MAX_TEXT // 2) + "x"
    segment = ColumnSegment.build([{"a": long}, {"a": "short"}, {}, {"b": [long, "short"]}])
    assert passing(segment, Compare(("a",), "eq", "short")) == {1}
    assert passing(segment, Compare(("a",), "eq", None)) == {2, 3}
    assert passing(segment, Compare(("b",), "contains", "short")) == {3}
    for operator in ("gt", "lte", "contains"):
        with pytest.raises(NotIndexed, match="a: "):
            segment.evaluate(Compare(("a",), operator, "short"))
    for leaf in (Compare(("a",), "in", ("x", long)), Compare(("b",), "contains", long)):
        with pytest.raises(NotIndexed):
            segment.evaluate(leaf)


def test_a_long_operand_is_answered_where_no_long_string_is() -> None:
    segment = ColumnSegment.build([{"a": "x" * MAX_TEXT}])
    assert passing(segment, Compare(("a",), "eq", "x" * 5_000)) == set()
    assert passing(segment, Compare(("a",), "contains", "x" * 5_000)) == set()
    assert passing(segment, Compare(("a",), "eq", "x" * MAX_TEXT)) == {0}


@pytest.mark.parametrize("odd", [2**63, -(2**63) - 1, float("nan"), float("inf")])
def test_numbers_that_no_column_holds(odd: float) -> None:
    segment = ColumnSegment.build([{"a": odd}, {"a": 1}, {"a": "x"}])
    assert passing(segment, Compare(("a",), "eq", "x")) == {2}
    for leaf in (Compare(("a",), "eq", 1), Compare(("a",), "gt", 0)):
        with pytest.raises(NotIndexed):
            segment.evaluate(leaf)


def test_lone_surrogates_are_left_out_like_long_strings() -> None:
    segment = ColumnSegment.build([{"a": "\ud800", "\ud800": 1}, {"a": "b"}])
    assert passing(segment, Compare(("a",), "eq", "b")) == {1}
    with pytest.raises(NotIndexed):
        segment.evaluate(Compare(("a",), "gt", "a"))


def test_reads_any_mapping_and_subclass() -> None:
    class Name(str):
        __slots__ = ()

    row = MappingProxyType({"a": MappingProxyType({"b": (Name("x"), 2)})})
    segment = ColumnSegment.build([row])
    assert passing(segment, Compare(("a", "b"), "contains", "x")) == {0}
    assert passing(segment, Compare(("a", "b"), "contains", 2)) == {0}


@pytest.mark.parametrize("value", [{1}, b"x", object(), [1j]])
def test_refuses_what_is_not_json(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"metadata field 'a\.b' holds"):
        ColumnSegment.build([{"a": {"b": value}}])


def test_refuses_keys_that_are_not_strings() -> None:
    with pytest.raises(InvalidInput, match=r"key a\.1 is not a string"):
        ColumnSegment.build([{"a": {1: 2}}])
