"""Building, merging, saving and opening dense segments."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.index_contract import bits

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.dense import DenseBatch, DenseSegment, LiveSegment
from mnemic.indexes.storage import FileDirectory, RamDirectory, write_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS = np.asarray([[3, 4], [0, 2], [0, 0]], np.float32)
SETTINGS = {"version": 1, "metric": "ip", "dims": 2, "documents": 3}


def opened(arrays: dict[str, NDArray[Any]], settings: dict[str, Any]) -> DenseSegment:
    directory = RamDirectory()
    entry = write_arrays(directory, "some.bin", kind="dense", arrays=arrays, settings=settings)
    return DenseSegment.open(directory, entry)


def test_cosine_is_normalised_and_zero_stays_zero() -> None:
    segment = DenseSegment.build(DenseBatch(ROWS))
    expected = np.asarray([[0.6, 0.8], [0, 1], [0, 0]], np.float32)
    assert segment.vectors.tolist() == expected.tolist()
    assert (segment.document_count, segment.dims, segment.bytes) == (3, 2, 24)


def test_the_longest_and_shortest_float32_can_be_normalised() -> None:
    extreme = np.asarray([[3e38, 3e38], [1e-45, 0]], np.float32)
    vectors = DenseSegment.build(DenseBatch(extreme)).vectors
    np.testing.assert_allclose(vectors, [[0.5**0.5, 0.5**0.5], [1, 0]], rtol=1e-6)


def test_a_segment_is_a_copy_and_read_only() -> None:
    vectors = ROWS.copy()
    segment = DenseSegment.build(DenseBatch(vectors, "ip"))
    vectors[:] = 9
    assert segment.vectors.tolist() == ROWS.tolist()
    with pytest.raises(ValueError, match="read-only"):
        segment.vectors[0, 0] = 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("metric", ["ip", "cosine", "l2"])
def test_a_row_that_is_not_finite_is_named(metric: Any, value: float) -> None:
    vectors = ROWS.copy()
    vectors[1, 1] = value
    with pytest.raises(InvalidInput, match="vectors row 1 holds NaN or infinity"):
        DenseSegment.build(DenseBatch(vectors, metric))


@pytest.mark.parametrize("metric", ["ip", "l2"])
def test_a_row_that_is_too_long_is_named(metric: Any) -> None:
    with pytest.raises(InvalidInput, match="vectors row 2 is longer than 1e"):
        DenseSegment.build(DenseBatch(ROWS + np.asarray([[0], [0], [2e18]], np.float32), metric))


@pytest.mark.parametrize(
    ("owners", "documents", "message"),
    [
        ([0, 2, 1], None, r"owners\[2\] is less"),
        ([-1, 0, 1], None, r"owners\[0\]=-1"),
        ([0, 1, 2], 2, r"owners\[2\]=2"),
        ([0, 1], None, "owners is not"),
        ([0, 1, 2**32], None, r"owners\[2\]"),
        ([0, 1, 2], -1, "documents=-1"),
    ],
)
def test_owners_that_do_not_fit_are_refused(
    owners: list[int], documents: int | None, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        DenseSegment.build(DenseBatch(ROWS, "ip", np.asarray(owners), documents))


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1.0]], "list"),
        (np.zeros((2, 2)), "float64"),
        (np.zeros(2, np.float32), r"\(2,\)"),
        (np.zeros((2, 0), np.float32), "0 dimensions"),
        (np.zeros((0, 70_000), np.float32), "70000 dimensions"),
    ],
)
def test_vectors_of_another_form_are_refused(vectors: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"vectors.*{message}"):
        DenseBatch(vectors)


def test_a_metric_is_one_of_three_and_documents_need_owners() -> None:
    metric: Any = "dot"
    with pytest.raises(InvalidInput, match="ip, cosine, l2"):
        DenseBatch(ROWS, metric)
    with pytest.raises(InvalidInput, match="there are 3 vectors"):
        DenseBatch(ROWS, documents=4)


def test_owners_that_say_nothing_are_left_out() -> None:
    plain = DenseSegment.build(DenseBatch(ROWS, "ip", np.arange(3, dtype=np.uint32)))
    assert plain.owners is None
    more = DenseSegment.build(DenseBatch(ROWS, "ip", np.arange(3), 4))
    assert (more.document_count, more.bytes) == (4, 24 + 12)


def test_merge_drops_documents_with_all_their_passages() -> None:
    passages = DenseSegment.build(DenseBatch(ROWS, "ip", np.asarray([0, 0, 2]), 4))
    plain = DenseSegment.build(DenseBatch(ROWS, "ip"))
    merged = DenseSegment.merge([(passages, np.asarray([0b1110], np.uint8)), (plain, None)])
    assert merged.document_count == 6
    assert merged.vectors.tolist() == [[0, 0], *ROWS.tolist()]
    assert merged.owner_of(slice(None)).tolist() == [1, 3, 4, 5]


def test_merge_refuses_what_does_not_belong_together() -> None:
    plain = DenseSegment.build(DenseBatch(ROWS, "ip"))
    wider = DenseSegment.build(DenseBatch(np.ones((1, 3), np.float32), "ip"))
    with pytest.raises(DimensionMismatch, match="of 2 and of 3 dimensions"):
        DenseSegment.merge([(plain, None), (wider, None)])
    with pytest.raises(InvalidInput, match="ip and for cosine"):
        DenseSegment.merge([(plain, None), (DenseSegment.build(DenseBatch(ROWS)), None)])
    with pytest.raises(InvalidInput, match="keep has shape"):
        DenseSegment.merge([(plain, np.zeros(2, np.uint8))])
    with pytest.raises(InvalidInput, match="no segment"):
        DenseSegment.merge([])


@pytest.mark.parametrize("fewer", [False, True])
def test_a_merge_holds_its_result_and_little_more(*, fewer: bool) -> None:
    vectors = np.ones((30_000, 256), np.float32)
    owners = np.repeat(np.arange(15_000), 2)
    part = DenseSegment.build(DenseBatch(vectors, "ip", owners))
    keep = bits([number % 8 > 0 for number in range(15_000)]) if fewer else None
    tracemalloc.start()
    try:
        merged = DenseSegment.merge([(part, keep), (part, keep)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert merged.bytes > 50 * 2**20
    assert peak < merged.bytes + 8 * 2**20


@pytest.mark.parametrize("verify", [True, False])
def test_an_opened_segment_is_a_view_into_the_file(tmp_path: Path, *, verify: bool) -> None:
    directory = FileDirectory(tmp_path)
    built = DenseSegment.build(DenseBatch(ROWS, "l2", np.asarray([0, 2, 2]), 5))
    entry = built.save(directory, "a.dense")
    found = DenseSegment.open(directory, entry, verify=verify)
    assert not found.vectors.flags.owndata
    assert (found.documents, found.metric, found.name) == (5, "l2", "a.dense")
    assert found.vectors.tolist() == ROWS.tolist()
    assert found.owner_of(slice(None)).tolist() == [0, 2, 2]


@pytest.mark.parametrize(
    ("arrays", "settings", "message"),
    [
        ({}, {}, "holds arrays"),
        ({"vectors": ROWS, "other": ROWS}, {}, "holds arrays"),
        ({"vectors": ROWS.astype(np.float64)}, {}, "float64"),
        ({"vectors": ROWS}, {"metric": "dot"}, "metric 'dot'"),
        ({"vectors": ROWS}, {"metric": ["ip"]}, "metric"),
        ({"vectors": ROWS}, {"dims": 3}, "dims"),
        ({"vectors": ROWS}, {"documents": 4}, "3 vectors for 4"),
        ({"vectors": ROWS}, {"documents": True}, "documents=True"),
        ({"vectors": ROWS, "owners": np.zeros(2, np.uint32)}, {}, "owners"),
        ({"vectors": ROWS, "owners": np.zeros(3, np.int64)}, {}, "owners"),
        ({"vectors": ROWS, "owners": np.asarray([0, 1, 3], np.uint32)}, {}, "leave the 3"),
        ({"vectors": ROWS, "owners": np.asarray([1, 0, 2], np.uint32)}, {}, "descend"),
        ({"vectors": np.full((3, 2), np.nan, np.float32)}, {}, "not finite"),
        ({"vectors": np.full((3, 2), 3e38, np.float32)}, {}, "too long"),
        ({"vectors": ROWS}, {"metric": "cosine"}, "too long"),
        ({"vectors": ROWS}, {"version": "1"}, "no version"),
        ({"vectors": ROWS}, {"version": 0}, "no version"),
    ],
)
def test_files_of_another_form_are_refused(
    arrays: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(IndexCorrupt, match=rf"some\.bin.*{message}"):
        opened(arrays, SETTINGS | settings)


def test_vectors_of_a_newer_version_are_told_apart() -> None:
    with pytest.raises(FormatTooNew, match=r"some\.bin has vectors of version 2.* up to 1"):
        opened({"packed": np.zeros(3, np.uint8)}, {"version": 2})


@pytest.mark.parametrize(
    ("ordinals", "live", "message"),
    [
        ([0, 1], None, "ordinals"),
        ([0, 2, 2], None, "ordinals"),
        ([0.5, 1, 2], None, "ordinals"),
        ([0, 1, 2], np.zeros(2, np.uint8), "live has shape"),
        ([0, 1, 2], np.zeros(1, np.bool_), "live is not a bitmap"),
    ],
)
def test_a_live_segment_needs_ordinals_and_bits_that_fit(
    ordinals: list[int], live: Any, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        LiveSegment(DenseSegment.build(DenseBatch(ROWS)), np.asarray(ordinals), live)
