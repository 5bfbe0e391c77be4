from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.indexes.columns.bits import passing

from mnemic.errors import IndexCorrupt
from mnemic.indexes.columns import ColumnSegment, NotIndexed
from mnemic.indexes.columns.files import packed
from mnemic.indexes.protocols import Segment
from mnemic.indexes.storage import FileDirectory, RamDirectory, write_arrays
from mnemic.types import Compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"a": 1, "b": "x", "c": {"d": [1, "y", 2.5]}},
    {"a": 2.5, "b": None},
    {"a": True, "b": "é"},
]
Arrays = dict[str, np.ndarray[Any, Any]]


def test_is_a_segment() -> None:
    assert isinstance(ColumnSegment.build([]), Segment)


def test_opens_without_copying(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    entry = ColumnSegment.build(ROWS).save(directory, "columns.bin")
    assert entry.kind == "columns"
    opened = ColumnSegment.open(directory, entry)
    values = opened.fields.fields["a"].values.integers.values
    assert not values.flags.owndata
    assert not values.flags.writeable
    assert passing(opened, Compare(("c", "d"), "contains", 2.5)) == {0}


def test_equal_rows_give_equal_bytes() -> None:
    directory = RamDirectory()
    first = ColumnSegment.build(ROWS).save(directory, "1.bin")
    merged = ColumnSegment.merge([(ColumnSegment.build([row]), None) for row in ROWS])
    assert merged.save(directory, "2.bin").checksum == first.checksum


def test_marks_are_saved() -> None:
    directory = RamDirectory()
    rows: list[dict[str, Any]] = [{f"f{n}": n for n in range(300)}, {"f0": "x" * 600}]
    opened = ColumnSegment.open(directory, ColumnSegment.build(rows).save(directory, "a.bin"))
    for leaf in (Compare(("f299",), "eq", 1), Compare(("f0",), "gt", "a")):
        with pytest.raises(NotIndexed):
            opened.evaluate(leaf)


def put(name: str, index: int, value: int) -> Callable[[Arrays, dict[str, Any]], None]:
    def change(arrays: Arrays, _: dict[str, Any]) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][index] = value

    return change


def swap(name: str, array: np.ndarray[Any, Any]) -> Callable[[Arrays, dict[str, Any]], None]:
    return lambda arrays, _: arrays.update({name: array})


KINDS = ("path", "group", "integer", "float", "entry", "text", "posting")
OFFSETS = [f"{kind}_offsets" for kind in KINDS]
CHANGES = [
    *(put(name, 0, 1) for name in OFFSETS),
    *(put(name, -1, 2**62) for name in OFFSETS),
    *(put(name, -1, -1) for name in OFFSETS),
    *(put(name, 1, 2**62) for name in OFFSETS),
    *(swap(name, np.empty(0, np.int64)) for name in OFFSETS),
    *(put(f"{kind}_docs", 0, 3) for kind in ("group", "integer", "float", "text")),
    *(swap(f"{kind}_docs", np.zeros(1, np.uint32)) for kind in ("group", "integer", "text")),
    swap("integers", np.zeros(2, np.float64)),
    swap("floats", np.zeros((1, 1))),
    put("paths", 0, 0xFF),
    put("paths", 0, ord(".")),
    put("paths", 0, ord("z")),
    lambda arrays, _: arrays.__delitem__("texts"),
    lambda _, extra: extra.update(documents=-1),
    lambda _, extra: extra.update(documents=2**40),
    lambda _, extra: extra.update(documents=True),
    lambda _, extra: extra.update(documents="3"),
    lambda _, extra: extra.update(complete=1),
    lambda _, extra: extra.clear(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_refuses_a_well_checksummed_lie(
    change: Callable[[Arrays, dict[str, Any]], None],
) -> None:
    directory = RamDirectory()
    arrays, extra = packed(ColumnSegment.build(ROWS).fields)
    change(arrays, extra)
    entry = write_arrays(directory, "lie.bin", kind="columns", arrays=arrays, settings=extra)
    with pytest.raises(IndexCorrupt, match=r"lie\.bin"):
        ColumnSegment.open(directory, entry)
