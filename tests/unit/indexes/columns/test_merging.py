from __future__ import annotations

import numpy as np
import pytest
from tests.unit.indexes.columns.bits import passing

from mnemic.errors import InvalidInput
from mnemic.indexes.columns import MAX_PATHS, MAX_TEXT, ColumnSegment, NotIndexed
from mnemic.types import Compare

LONG = "x" * (MAX_TEXT + 1)


def bitmap(*keep: bool) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.packbits(np.array(keep, np.bool_), bitorder="little")


def test_renumbers_in_order() -> None:
    first = ColumnSegment.build([{"a": 1}, {"a": 2}, {"a": "x"}])
    second = ColumnSegment.build([{"b": 1}, {"a": 2.0}])
    merged = ColumnSegment.merge([(first, bitmap(False, True, True)), (second, None)])
    assert merged.document_count == 4
    assert passing(merged, Compare(("a",), "eq", 2)) == {0, 3}
    assert passing(merged, Compare(("a",), "eq", "x")) == {1}
    assert passing(merged, Compare(("b",), "exists", True)) == {2}


def test_nothing_to_merge() -> None:
    assert ColumnSegment.merge([]).document_count == 0
    gone = ColumnSegment.merge([(ColumnSegment.build([{"a": LONG}]), bitmap(False))])
    assert gone.document_count == 0
    assert gone.fields.fields == {}


def test_long_strings_stay_marked_while_a_document_has_one() -> None:
    part = ColumnSegment.build([{"a": LONG}, {"a": "b"}])
    with pytest.raises(NotIndexed):
        ColumnSegment.merge([(part, None)]).evaluate(Compare(("a",), "gt", "a"))
    freed = ColumnSegment.merge([(part, bitmap(False, True))])
    assert passing(freed, Compare(("a",), "gt", "a")) == {0}


def test_fields_left_out_once_stay_left_out() -> None:
    full = ColumnSegment.build([{f"f{n}": n for n in range(MAX_PATHS + 1)}])
    other = ColumnSegment.build([{"f256": 1, "f1": 1}, {"new": 2}])
    merged = ColumnSegment.merge([(other, None), (full, None)])
    assert passing(merged, Compare(("f1",), "exists", True)) == {0, 2}
    for name in ("f256", "new"):
        with pytest.raises(NotIndexed):
            merged.evaluate(Compare((name,), "exists", True))
    freed = ColumnSegment.merge([(other, None), (full, bitmap(False))])
    assert passing(freed, Compare(("f256",), "eq", 1)) == {0}


def test_the_most_used_fields_stay_when_together_they_are_too_many() -> None:
    rows = [[{f"{part}{n}": n for n in range(200)}] for part in "ab"]
    parts = [(ColumnSegment.build(row), None) for row in [*rows, [{"b199": 1}]]]
    merged = ColumnSegment.merge(parts)
    assert len(merged.fields.fields) == MAX_PATHS
    assert passing(merged, Compare(("b199",), "exists", True)) == {1, 2}
    with pytest.raises(NotIndexed):
        merged.evaluate(Compare(("b198",), "exists", True))


def test_refuses_a_bitmap_of_another_size() -> None:
    with pytest.raises(InvalidInput):
        ColumnSegment.merge([(ColumnSegment.build([{}] * 9), bitmap(True))])
