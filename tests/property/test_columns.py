"""Bitmaps say what the oracle says, whatever way the segment came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.filter_oracle import matches
from tests.counts import scaled
from tests.property.filter_strategies import FILTERS, LEAVES, ROWS

from mnemic.indexes.columns import ColumnSegment
from mnemic.indexes.columns.files import packed
from mnemic.indexes.storage import RamDirectory
from mnemic.indexes.storage.bitmaps import from_bool

if TYPE_CHECKING:
    from mnemic.types import Filter

CASES = scaled(300, 5_000)
Rows = list[dict[str, Any]]


def check(segment: ColumnSegment, rows: Rows, filter: Filter) -> None:
    expected = np.array([matches(filter, row) for row in rows], np.bool_)
    np.testing.assert_array_equal(
        segment.evaluate(filter), np.packbits(expected, bitorder="little")
    )


def reopened(segment: ColumnSegment) -> ColumnSegment:
    directory = RamDirectory()
    return ColumnSegment.open(directory, segment.save(directory, "columns.bin"))


def content(segment: ColumnSegment) -> dict[str, Any]:
    arrays, extra = packed(segment.fields)
    return {name: array.tobytes() for name, array in arrays.items()} | extra


@settings(max_examples=CASES)
@given(ROWS, FILTERS | LEAVES)
def test_built(rows: Rows, filter: Filter) -> None:
    check(ColumnSegment.build(rows), rows, filter)


@settings(max_examples=CASES)
@given(ROWS, st.lists(LEAVES, max_size=5))
def test_saved_and_opened(rows: Rows, filters: list[Filter]) -> None:
    segment = reopened(ColumnSegment.build(rows))
    assert segment.document_count == len(rows)
    for filter in filters:
        check(segment, rows, filter)


@st.composite
def kept_parts(draw: st.DrawFn) -> list[tuple[Rows, list[bool] | None]]:
    parts = draw(st.lists(ROWS, max_size=3))
    return [
        (rows, draw(st.none() | st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
        for rows in parts
    ]


@settings(max_examples=CASES)
@given(kept_parts(), st.lists(LEAVES, max_size=5), st.booleans())
def test_merged(
    parts: list[tuple[Rows, list[bool] | None]], filters: list[Filter], through_files: bool
) -> None:
    segments = [ColumnSegment.build(rows) for rows, _ in parts]
    if through_files:
        segments = [reopened(segment) for segment in segments]
    merged = ColumnSegment.merge(
        [
            (segment, None if keep is None else from_bool(np.array(keep, np.bool_)))
            for segment, (_, keep) in zip(segments, parts, strict=True)
        ]
    )
    kept = [row for rows, keep in parts for n, row in enumerate(rows) if keep is None or keep[n]]
    assert content(merged) == content(ColumnSegment.build(kept))
    for filter in filters:
        check(merged, kept, filter)
