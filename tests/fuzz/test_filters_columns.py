"""Damaged and dishonest column files: ``IndexCorrupt``, or answers that stay inside the arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled
from tests.property.filter_strategies import FILTERS

from mnemic.errors import FormatTooNew, IndexCorrupt
from mnemic.indexes.columns import ColumnSegment, NotIndexed
from mnemic.indexes.columns.files import packed
from mnemic.indexes.storage import FileEntry, RamDirectory, write_arrays

if TYPE_CHECKING:
    from mnemic.types import Filter

ROWS: list[dict[str, Any]] = [
    {"a": 1, "b": "x", "größe": {"b": [1, "y", 2.5, None]}},
    {"a": 2.5, "b": None, "c-d": ["aab", True]},
    {"a": True, "b": "日本"},
    {},
]
ARRAYS, EXTRA = packed(ColumnSegment.build(ROWS).fields)
NUMBERS = st.integers(0, 8) | st.sampled_from([-1, -(2**63), 2**63 - 1, 2**32 - 1, 255])


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_byte_is_noticed(bit: int) -> None:
    directory = RamDirectory()
    entry = ColumnSegment.build(ROWS).save(directory, "columns.bin")
    whole = directory.read("columns.bin")
    for place in range(bit, len(whole), 8):
        data = bytearray(whole)
        data[place] ^= 1 << bit
        other = RamDirectory()
        other.write("columns.bin", [bytes(data)])
        with pytest.raises((IndexCorrupt, FormatTooNew), match=r"columns\.bin"):
            ColumnSegment.open(other, entry)


def lie(name: str, place: int, value: int, *, shorten: bool) -> tuple[RamDirectory, FileEntry]:
    array = ARRAYS[name].copy()
    if shorten:
        array = array[: place % (len(array) + 1)]
    elif len(array):
        array[place % len(array)] = np.array(value).astype(array.dtype)
    directory = RamDirectory()
    arrays = ARRAYS | {name: array}
    return directory, write_arrays(
        directory, "c.bin", kind="columns", arrays=arrays, settings=EXTRA
    )


@settings(max_examples=scaled(500, 20_000))
@given(
    st.sampled_from(sorted(ARRAYS)), st.integers(0, 200), NUMBERS, st.booleans(), st.lists(FILTERS)
)
def test_a_checksummed_lie_stays_inside(
    name: str, place: int, value: int, shorten: bool, filters: list[Filter]
) -> None:
    directory, entry = lie(name, place, value, shorten=shorten)
    try:
        segment = ColumnSegment.open(directory, entry)
    except IndexCorrupt:
        return
    for filter in filters:
        try:
            assert segment.evaluate(filter).shape == (1,)
        except NotIndexed:
            continue
    assert ColumnSegment.merge([(segment, None), (segment, None)]).document_count == 2 * len(ROWS)
