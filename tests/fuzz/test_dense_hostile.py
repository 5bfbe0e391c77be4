"""Vectors that no writer of ours makes, under checksums that are right: refused, never a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.dense import DenseBatch, DenseIndex, DenseSegment, LiveSegment, Metric
from mnemic.indexes.storage import RamDirectory, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Arrays: TypeAlias = "dict[str, NDArray[Any]]"
METRICS: tuple[Metric, ...] = get_args(Metric)
VECTORS = np.random.default_rng(7).standard_normal((30, 4)).astype(np.float32)
OWNERS = np.repeat(np.arange(12), [3, 0, 5, 1, 1, 1, 4, 2, 2, 6, 5, 0])
NUMBERS = st.sampled_from([0, 1, 3, 12, 255, 2**31, 2**32 - 1, 2**63 - 1, -1, -(2**63)])
FLOATS = st.sampled_from([0.0, -1.0, 1e-45, 3e38, -3e38, 1e18, 1e19, np.inf, np.nan])
VALUES = st.none() | st.booleans() | NUMBERS | FLOATS.filter(np.isfinite) | st.text(max_size=3)


def segment(metric: Metric) -> DenseSegment:
    return DenseSegment.build(DenseBatch(VECTORS, metric, OWNERS, 12))


def sound(metric: Metric) -> tuple[Arrays, dict[str, Any]]:
    made = segment(metric)
    assert made.owners is not None
    arrays: Arrays = {"vectors": made.vectors.copy(), "owners": made.owners.copy()}
    return arrays, {"version": 1, "metric": metric, "dims": 4, "documents": 12}


@st.composite
def hostile(draw: st.DrawFn, metric: Metric) -> tuple[Arrays, dict[str, Any]]:
    """A sound segment with entries changed, arrays cut, grown, bent or lost, settings replaced."""
    arrays, settings = sound(metric)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(arrays)))
        array = arrays[name]
        match draw(st.sampled_from(["value", "value", "size", "type", "lost", "setting"])):
            case "value" if array.size:
                place = draw(st.integers(0, array.size - 1))
                wanted = np.asarray(draw(FLOATS if array.dtype.kind == "f" else NUMBERS))
                with np.errstate(all="ignore"):
                    array.reshape(-1)[place] = wanted.astype(array.dtype)
            case "size":
                shape = draw(st.sampled_from([(0,), (0, 4), (30,), (5, 4), (30, 0), (2, 3, 4)]))
                arrays[name] = np.resize(array, shape)
            case "type":
                with np.errstate(all="ignore"):
                    arrays[name] = array.astype(draw(st.sampled_from(["<u1", "<i8", "<f8", "<u4"])))
            case "lost" if len(arrays) > 1:
                del arrays[name]
            case _:
                settings[draw(st.sampled_from([*settings, "more"]))] = draw(VALUES)
    return arrays, settings


def opened(arrays: Arrays, settings: Mapping[str, Any]) -> DenseSegment:
    directory = RamDirectory()
    entry = write_arrays(
        directory, "hostile.bin", kind="dense", arrays=arrays, settings=dict(settings)
    )
    return DenseSegment.open(directory, entry)


def used(found: DenseSegment) -> None:
    """Everything that reads vectors, on a segment that was let in."""
    if found.documents > 10_000:  # a count of documents without vectors is no lie
        return
    dead = np.full(-(-found.documents // 8), 0b01010101, np.uint8)
    merged = DenseSegment.merge([(found, None), (found, dead)])
    assert merged.documents <= 2 * found.documents
    index = DenseIndex([LiveSegment(found, np.arange(found.documents), dead)])
    queries = np.ones((3, found.dims), np.float32)
    for k in (1, 40):
        scores = index.search_passages(queries, k).documents.scores
        assert np.all(np.isfinite(scores))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=scaled(300, 10_000))
@given(data=st.data())
def test_hostile_vectors_are_refused_or_harmless(metric: Metric, data: st.DataObject) -> None:
    refusal = ""
    try:
        used(opened(*data.draw(hostile(metric))))
    except (IndexCorrupt, FormatTooNew) as error:
        refusal = str(error)
    assert not refusal or "hostile.bin" in refusal


@settings(max_examples=scaled(300, 10_000))
@given(
    numbers=st.lists(FLOATS, max_size=12),
    dims=st.integers(1, 4),
    owners=st.none() | st.lists(NUMBERS, max_size=6),
    documents=st.none() | NUMBERS,
    metric=st.sampled_from([*METRICS, "dot"]),
    k=NUMBERS,
)
def test_hostile_batches_are_refused_or_indexed(
    numbers: list[float],
    dims: int,
    owners: list[int] | None,
    documents: int | None,
    metric: Any,
    k: int,
) -> None:
    rows = len(numbers) // dims
    vectors = np.asarray(numbers[: rows * dims], np.float32).reshape(rows, dims)
    known = DenseIndex([LiveSegment(segment("l2"), np.arange(12))])
    # Any other error fails the test.
    with suppress(InvalidInput, DimensionMismatch):
        known.search(vectors, k)
    with suppress(InvalidInput):
        given_owners = None if owners is None else np.asarray(owners, np.int64)
        used(DenseSegment.build(DenseBatch(vectors, metric, given_owners, documents)))


@given(data=st.binary(min_size=1, max_size=60), place=st.integers(0, 10_000))
def test_damaged_files_are_refused(data: bytes, place: int) -> None:
    directory = RamDirectory()
    entry = segment("ip").save(directory, "damaged.bin")
    content = directory.read("damaged.bin")
    start = place % len(content)
    damaged = content[:start] + data + content[start + len(data) :]
    directory.replace("damaged.bin", damaged)
    if damaged == content:
        return
    with pytest.raises(IndexCorrupt, match=r"damaged\.bin"):
        DenseSegment.open(directory, entry)
