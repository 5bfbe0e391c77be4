"""Array files give back exactly what was written, without copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from tests.counts import scaled

from mnemic.errors import Conflict, FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.storage import Directory, RamDirectory, layout, open_arrays, write_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ARRAYS = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.sampled_from(list(layout.DTYPES.values())).flatmap(
        lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=3, min_side=0))
    ),
    max_size=5,
)
REFUSED = [
    np.zeros(3, dtype=">i8"),
    np.zeros(3, dtype=np.complex128),
    np.zeros(3, dtype="U4"),
    np.zeros(3, dtype="S4"),
    np.zeros(3, dtype="M8[s]"),
    np.zeros(3, dtype=object),
    np.zeros(3, dtype=np.longdouble),
    np.zeros(3, dtype=[("a", "<i4")]),
    [1, 2, 3],
    np.int64(3),
]
SETTINGS_REFUSED: list[Any] = [
    {"a": float("nan")},
    {"a": (1, 2)},
    {1: "a"},
    {"a": np.int64(1)},
    {"a": b"bytes"},
    {"a": {1, 2}},
]


def round_trip(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    directory = RamDirectory()
    entry = write_arrays(directory, "a", kind="test", arrays=arrays)
    return dict(open_arrays(directory, entry, kind="test").arrays)


@settings(max_examples=scaled(150, 5_000), print_blob=True, deadline=None)
@given(arrays=ARRAYS, options=st.dictionaries(st.text(), JSON, max_size=4))
def test_everything_comes_back(arrays: dict[str, NDArray[Any]], options: dict[str, Any]) -> None:
    directory = RamDirectory()
    entry = write_arrays(directory, "a", kind="test", arrays=arrays, settings=options)
    file = open_arrays(directory, entry, kind="test")
    assert file.settings == options
    assert list(file.arrays) == list(arrays)
    for name, array in arrays.items():
        assert file.arrays[name].dtype == array.dtype
        assert file.arrays[name].shape == array.shape
        assert file.arrays[name].tobytes() == array.tobytes()


def test_views_are_aligned_read_only_and_not_copied(directory: Directory) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "a": np.arange(3),
        "b": np.arange(5, dtype=np.float32),
        "c": np.zeros((0, 4)),
    }
    entry = write_arrays(directory, "a", kind="test", arrays=arrays)
    for array in open_arrays(directory, entry, kind="test").arrays.values():
        assert array.ctypes.data % 64 == 0 or array.size == 0
        assert not array.flags.writeable
        assert not array.flags.owndata


def test_no_arrays_at_all_is_a_file(directory: Directory) -> None:
    entry = write_arrays(directory, "a", kind="test", arrays={}, settings={"k": 1})
    file = open_arrays(directory, entry, kind="test")
    assert (file.arrays, file.settings) == ({}, {"k": 1})
    assert entry.size == len(directory.read("a"))


def test_booleans_come_back_as_bytes() -> None:
    found = round_trip({"a": np.array([True, False])})["a"]
    assert found.dtype == np.uint8
    assert found.tolist() == [1, 0]


def test_arrays_of_any_memory_order_come_back_in_c_order() -> None:
    base = np.arange(24, dtype=np.int32).reshape(4, 6)
    arrays = {"t": base.T, "s": base[::2, ::3], "f": np.asfortranarray(base), "r": base[::-1]}
    for name, found in round_trip(arrays).items():
        np.testing.assert_array_equal(found, arrays[name])


@pytest.mark.parametrize("array", REFUSED, ids=lambda a: str(getattr(a, "dtype", type(a))))
def test_other_types_are_refused_before_writing(directory: Directory, array: Any) -> None:
    with pytest.raises(InvalidInput, match="'a'"):
        write_arrays(directory, "a", kind="test", arrays={"a": array})
    assert directory.names() == []


@pytest.mark.parametrize("options", SETTINGS_REFUSED, ids=str)
def test_settings_that_would_change_are_refused(directory: Directory, options: Any) -> None:
    with pytest.raises(InvalidInput, match="settings"):
        write_arrays(directory, "a", kind="test", arrays={}, settings=options)
    assert directory.names() == []


@pytest.mark.parametrize("kind", ["", "Sparse", "a b", "x" * 33, "../a"])
def test_kinds_have_a_form(directory: Directory, kind: str) -> None:
    with pytest.raises(InvalidInput, match="kind"):
        write_arrays(directory, "a", kind=kind, arrays={})


@pytest.mark.parametrize("name", ["", "x" * 201, 3])
def test_array_names_have_a_form(directory: Directory, name: Any) -> None:
    with pytest.raises(InvalidInput, match="array name"):
        write_arrays(directory, "a", kind="test", arrays={name: np.zeros(1)})


def test_a_file_is_written_once(directory: Directory) -> None:
    write_arrays(directory, "a", kind="test", arrays={})
    with pytest.raises(Conflict):
        write_arrays(directory, "a", kind="test", arrays={})


def test_equal_content_has_equal_bytes_and_checksum(directory: Directory) -> None:
    arrays = {"a": np.arange(10)}
    first = write_arrays(directory, "a", kind="test", arrays=arrays)
    second = write_arrays(directory, "b", kind="test", arrays=arrays)
    assert directory.read("a") == directory.read("b")
    assert replace(first, name="b") == second


def test_file_of_another_generation_is_recognised(directory: Directory) -> None:
    entry = write_arrays(directory, "a", kind="test", arrays={"a": np.arange(10)})
    write_arrays(directory, "b", kind="test", arrays={"a": np.arange(10)[::-1]})
    directory.replace("a", directory.read("b"))
    with pytest.raises(IndexCorrupt, match="not the file that the manifest means"):
        open_arrays(directory, entry, kind="test")


def test_file_of_another_kind_is_refused(directory: Directory) -> None:
    entry = write_arrays(directory, "a", kind="test", arrays={})
    with pytest.raises(IndexCorrupt, match="kind 'test', not 'sparse'"):
        open_arrays(directory, entry, kind="sparse")
    with pytest.raises(IndexCorrupt, match="holds 'test', not 'sparse'"):
        open_arrays(directory, replace(entry, kind="sparse"), kind="sparse")


def test_missing_file_is_named(directory: Directory) -> None:
    entry = write_arrays(directory, "a.sparse", kind="test", arrays={})
    directory.delete("a.sparse")
    with pytest.raises(IndexCorrupt, match=r"a\.sparse"):
        open_arrays(directory, entry, kind="test")


def test_newer_version_is_recognised_by_its_first_bytes(directory: Directory) -> None:
    entry = write_arrays(directory, "a", kind="test", arrays={"a": np.arange(10)})
    directory.replace("a", layout.preamble(7) + b"whatever version 7 holds")
    with pytest.raises(FormatTooNew, match="version 7; this mnemic reads up to 1") as caught:
        open_arrays(directory, entry, kind="test")
    assert directory.describe("a") in str(caught.value)


def test_without_verify_sections_are_not_read(directory: Directory) -> None:
    entry = write_arrays(directory, "a", kind="test", arrays={"a": np.zeros(100)})
    damaged = bytearray(directory.read("a"))
    damaged[-200] ^= 1
    directory.replace("a", bytes(damaged))
    assert open_arrays(directory, entry, kind="test", verify=False).arrays["a"].size == 100
    with pytest.raises(IndexCorrupt, match="array 'a'"):
        open_arrays(directory, entry, kind="test")
