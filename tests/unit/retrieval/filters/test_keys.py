from __future__ import annotations

from typing import Any

import pytest

from mnemic.retrieval.filters import key, parse


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": {"$eq": 1.0}}),
        ({"a": 0}, {"a": -0.0}),
        ({"a": 1}, {"$and": [{"$or": [{"a": 1}, {"a": 1}]}]}),
        ({"a": {"$in": [2, 1, 2]}}, {"a": {"$in": [1.0, 2]}}),
    ],
)
def test_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert key(parse(first)) == key(parse(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {"a": "null"}),
        ({"a": 2**53}, {"a": 2**53 + 1}),
        ({"a.b": 1}, {"a": 1, "b": 1}),
        ({"a": "x" * 600}, {"a": "x" * 601}),
        ({"$and": []}, {"$or": []}),
        (None, {}),
    ],
)
def test_different(first: dict[str, Any] | None, second: dict[str, Any]) -> None:
    assert key(parse(first)) != key(parse(second))


def test_is_short() -> None:
    assert len(key(parse({"a": {"$in": list(range(10_000))}}))) < 100
