"""Postings that no writer of ours makes, under checksums that are right: refused, never a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import RamDirectory, write_arrays

WORDS = TermBatch.from_tokens(
    [[b"a", b"b", b"a"], [b"b", b"c"], [], [b"c"] * 4 + [b"d"], [b"dd", b"a"], [b"e", b"b"]]
)
WEIGHTED = TermBatch(
    WORDS.vocabulary,
    np.asarray([0, 3, 5, 10, 12, 14], np.int64),
    WORDS.terms,
    np.linspace(0.5, 4, len(WORDS.terms), dtype=np.float32),
)
NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 5, 7, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, -1, -(2**63)]
) | st.integers(-(2**63), 2**63 - 1)
FLOATS = st.sampled_from([0.0, -1.0, np.inf, -np.inf, np.nan, 1e-45]) | st.floats(width=32)


@st.composite
def hostile(draw: st.DrawFn, batch: TermBatch) -> dict[str, np.ndarray[Any, Any]]:
    """A sound segment's arrays with some entries changed, or one array cut, grown or lost."""
    arrays = {name: array.copy() for name, array in SparseSegment.build(batch).arrays.items()}
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(arrays)))
        match draw(st.sampled_from(["value", "value", "value", "size", "type", "lost"])):
            case "value":
                arrays[name] = draw(_changed(arrays[name]))
            case "size":
                arrays[name] = np.resize(arrays[name], draw(st.integers(0, 30)))
            case "type":
                dtype = draw(st.sampled_from(["<u1", "<u4", "<i8", "<f4", "<f8"]))
                with np.errstate(invalid="ignore"):  # a NaN becomes some integer
                    arrays[name] = arrays[name].astype(dtype)
            case _ if len(arrays) > 1:
                del arrays[name]
    return arrays


@st.composite
def _changed(draw: st.DrawFn, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    changed = array.copy()
    if changed.size:
        place = draw(st.integers(0, changed.size - 1))
        if changed.dtype.kind == "f":
            changed[place] = draw(FLOATS)
        else:
            bytes_ = draw(NUMBERS).to_bytes(8, "little", signed=True)
            changed[place] = np.frombuffer(bytes_[: changed.itemsize], changed.dtype)[0]
    return changed


def opened(arrays: dict[str, np.ndarray[Any, Any]]) -> SparseSegment:
    directory = RamDirectory()
    entry = write_arrays(
        directory, "hostile.bin", kind="sparse", arrays=arrays, settings={"version": 1}
    )
    return SparseSegment.open(directory, entry)


def used(segment: SparseSegment) -> None:
    """Everything that reads postings, on a segment that was let in."""
    n = segment.document_count
    dead = np.full(-(-n // 8), 0b01010101, np.uint8)
    merged = SparseSegment.merge([(segment, None), (segment, dead)])
    index = SparseIndex([LiveSegment(segment, np.arange(n), dead)], threads=2)
    scorers = [Impact()] if segment.has_impacts else [BM25(), BM25(variant="bm25l", b=1)]
    for scorer in scorers:
        found = index.search(WORDS, 10, scorer=scorer)
        assert np.all(np.isfinite(found.scores))
        if n:
            index.explain(WORDS, 0, scorer=scorer)
    assert merged.document_count <= 2 * n


@pytest.mark.parametrize("batch", [WORDS, WEIGHTED], ids=["tokens", "weights"])
@settings(max_examples=scaled(600, 20_000))
@given(data=st.data())
def test_hostile_postings_are_refused_or_harmless(batch: TermBatch, data: st.DataObject) -> None:
    refusal = ""
    try:
        used(opened(data.draw(hostile(batch))))
    except IndexCorrupt as error:
        refusal = str(error)
    assert not refusal or "hostile.bin" in refusal


BATCHES = st.builds(
    lambda vocabulary, offsets, terms, weights: (vocabulary, offsets, terms, weights),
    st.lists(st.binary(max_size=3) | st.just("text") | st.none(), max_size=6),
    st.lists(st.integers(-2, 8), max_size=6),
    st.lists(st.integers(0, 8) | st.just(2**32 - 1), max_size=8),
    st.none() | st.lists(FLOATS, max_size=8),
)


@settings(max_examples=scaled(600, 20_000))
@given(parts=BATCHES, k=NUMBERS)
def test_hostile_batches_are_refused_or_counted(
    parts: tuple[list[Any], list[int], list[int], list[float] | None], k: int
) -> None:
    vocabulary, offsets, terms, weights = parts
    known = SparseIndex([LiveSegment(SparseSegment.build(WORDS), np.arange(6))], threads=1)
    for use in (SparseSegment.build, lambda batch: known.search(batch, k)):
        # Any other error fails the test.
        with suppress(InvalidInput):
            use(
                TermBatch(
                    vocabulary,
                    np.asarray(offsets, np.int64),
                    np.asarray(terms, np.uint32),
                    None if weights is None else np.asarray(weights, np.float32),
                )
            )


@given(data=st.binary(min_size=1, max_size=60), place=st.integers(0, 10_000))
def test_damaged_files_are_refused(data: bytes, place: int) -> None:
    directory = RamDirectory()
    entry = SparseSegment.build(WORDS).save(directory, "damaged.bin")
    content = directory.read("damaged.bin")
    start = place % len(content)
    damaged = content[:start] + data + content[start + len(data) :]
    directory.replace("damaged.bin", damaged)
    if damaged == content:
        return
    with pytest.raises(IndexCorrupt, match=r"damaged\.bin"):
        SparseSegment.open(directory, entry)
