"""Segments of spans beside plain lists, through merges, files and masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.index_contract import bits
from tests.counts import scaled

from mnemic.indexes.spans import SpanBatch, SpanSegment
from mnemic.indexes.storage import RamDirectory
from mnemic.indexes.storage.bitmaps import to_bool

PAIRS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)).map(sorted)


@dataclass(frozen=True)
class Row:
    """A document: its ordinal, its passages, and whether it is live."""

    ordinal: int
    passages: tuple[tuple[int, int], ...]
    live: bool


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    ordinals = sorted(draw(st.sets(st.integers(0, 30) | st.integers(0, 2**62), max_size=12)))
    passages = st.lists(PAIRS.map(lambda pair: (pair[0], pair[1])), max_size=4).map(tuple)
    return [Row(ordinal, draw(passages), draw(st.booleans())) for ordinal in ordinals]


def build(rows: list[Row]) -> SpanSegment:
    pairs = np.asarray([pair for row in rows for pair in row.passages], np.int64).reshape(-1, 2)
    offsets = np.cumsum([0, *(len(row.passages) for row in rows)])
    ordinals = np.asarray([row.ordinal for row in rows], np.int64)
    return SpanSegment.build(SpanBatch(ordinals, offsets, pairs[:, 0], pairs[:, 1]))


def listed(segment: SpanSegment) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """What a segment holds, as plain values."""
    spans = zip(segment.starts.tolist(), segment.ends.tolist(), strict=True)
    found = dict.fromkeys(range(segment.document_count), ())
    for owner, span in zip(segment.owners.tolist(), spans, strict=True):
        found[owner] += (span,)  # type: ignore[assignment]
    return list(zip(segment.ordinals.tolist(), found.values(), strict=True))


@settings(max_examples=scaled(100, 5_000))
@given(rows=rows(), cut=st.integers(0, 12))
def test_merged_saved_and_opened_it_holds_the_live_documents(rows: list[Row], cut: int) -> None:
    halves = rows[:cut], rows[cut:]
    merged = SpanSegment.merge([(build(half), bits([r.live for r in half])) for half in halves])
    directory = RamDirectory()
    found = SpanSegment.open(directory, merged.save(directory, "a.spans"))
    expected = [(row.ordinal, row.passages) for row in rows if row.live]
    assert listed(merged) == listed(found) == expected
    fresh = build([row for row in rows if row.live])
    assert fresh.save(directory, "b.spans").checksum == merged.save(directory, "c.spans").checksum


@settings(max_examples=scaled(100, 5_000))
@given(rows=rows(), asked=st.lists(st.integers(-1, 31), max_size=8))
def test_rows_and_masks_are_those_of_the_lists(rows: list[Row], asked: list[int]) -> None:
    segment, ordinals = build(rows), [row.ordinal for row in rows]
    expected = [ordinals.index(ordinal) for ordinal in asked if ordinal in ordinals]
    assert segment.rows(np.asarray(asked, np.int64)).tolist() == expected
    mask = segment.passage_mask(bits([row.live for row in rows]))
    assert mask is not None
    live = [row.live for row in rows for _ in row.passages]
    assert to_bool(mask, segment.passage_count).tolist() == live
