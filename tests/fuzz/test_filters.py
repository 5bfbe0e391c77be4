"""Anything at all into ``parse``: a filter that evaluates, or ``InvalidInput``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.filter_oracle import matches
from tests.counts import scaled
from tests.property.filter_strategies import NAMES, ROWS, SCALARS

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import ColumnSegment, NotIndexed
from mnemic.retrieval.filters import OPERATORS, key, parse, unparse

if TYPE_CHECKING:
    from mnemic.types import Filter

CASES = scaled(300, 10_000)
WORDS = st.sampled_from([*OPERATORS, "$and", "$or", "$not", "$where", "$", "a.b", "a..b", "a\x00"])
ODD = st.sampled_from([2**64, float("nan"), float("inf"), "\ud800", b"x", (), set(), object()])
JUNK = st.recursive(
    SCALARS | ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | NAMES | SCALARS, inner, max_size=3)
    ),
    max_leaves=12,
)
# Mostly well-formed, so that some get through.
NEARLY = st.recursive(
    st.dictionaries(NAMES, SCALARS | st.dictionaries(WORDS, SCALARS | JUNK, max_size=2)),
    lambda inner: st.dictionaries(
        st.sampled_from(["$and", "$or", "$not"]), inner | st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=6,
)


def parsed(value: Any) -> Filter | None:
    try:
        return parse(value)
    except InvalidInput as error:
        refusal = error
    assert refusal.hint
    assert len(str(refusal)) < 2_000
    return None


@settings(max_examples=CASES)
@given(JUNK | NEARLY, ROWS)
def test_parse_refuses_or_yields_what_evaluates(value: Any, rows: list[dict[str, Any]]) -> None:
    if (filter := parsed(value)) is None:
        return
    assert json.loads(json.dumps(unparse(filter))) == unparse(filter)
    assert key(filter)
    try:
        bitmap = ColumnSegment.build(rows).evaluate(filter)
    except NotIndexed:
        return
    bits = [bool(bitmap[n >> 3] >> (n & 7) & 1) for n in range(len(rows))]
    assert bits == [matches(filter, row) for row in rows]


@settings(max_examples=CASES)
@given(st.text(max_size=80))
def test_any_field_name(name: str) -> None:
    filter = parsed({name: 1})
    if filter is not None:
        assert ColumnSegment.build([{}]).evaluate(filter).tolist() == [0]
