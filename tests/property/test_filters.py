"""Writing and reading a filter are inverse, and equal keys mean equal answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.filter_oracle import matches
from tests.counts import scaled
from tests.property.filter_strategies import FILTERS, LEAVES, ROWS, plain

from mnemic.retrieval.filters import key, parse, unparse
from mnemic.types import And, Not, Or

if TYPE_CHECKING:
    from mnemic.types import Filter

CASES = scaled(200, 5_000)


@settings(max_examples=CASES)
@given(FILTERS)
def test_round_trip(filter: Filter) -> None:
    written = json.loads(json.dumps(unparse(filter)))
    parsed = parse(written)
    assert parsed is not None
    assert plain(parsed) == plain(filter)
    assert unparse(parsed) == written
    assert plain(parse(filter)) == plain(filter)  # type: ignore[arg-type]


@settings(max_examples=CASES)
@given(LEAVES, LEAVES, ROWS)
def test_equal_keys_pass_the_same(first: Filter, second: Filter, rows: list[Any]) -> None:
    if key(first) == key(second):
        assert [matches(first, row) for row in rows] == [matches(second, row) for row in rows]


@settings(max_examples=CASES)
@given(st.lists(FILTERS, min_size=2, max_size=4).map(tuple))
def test_key_ignores_order_and_repeats(clauses: tuple[Filter, ...]) -> None:
    assert key(And(clauses)) == key(And((*clauses[::-1], clauses[0])))
    assert key(Or((clauses[0], clauses[0]))) == key(clauses[0])
    assert key(Not(clauses[0])) != key(clauses[0])
