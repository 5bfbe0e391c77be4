"""Damaged postings: named and refused when hashed, never a crash or nonsense when not."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled
from tests.fuzz import sparse_damage
from tests.fuzz.sparse_damage import FLOATS, NAME, SAMPLES

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("flip", "scribble", "cut", "rewrite")
DAMAGED = scaled(60, 3_200)
"""Files of each sample and kind."""
BITS = scaled(1, 8)
SMALL = ("few tokens", "few weights", "no documents")
WORDS = TermBatch.from_tokens([[b"a", b"b", b"a"], [b"b", b"c"], [], [b"c"] * 4 + [b"d"]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_damage_never_ends_the_process(kind: str) -> None:
    seed = int(np.random.default_rng().integers(0, 2**31))
    command = [sys.executable, "-m", "tests.fuzz.sparse_damage", kind, str(seed), str(DAMAGED)]
    child = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=scaled(300, 3_000)
    )
    assert child.returncode == 0, (child.stdout[-200:], child.stderr[-3_000:])


def test_there_are_as_many_damaged_files_as_are_asked_for() -> None:
    assert len(KINDS) * len(SAMPLES) * DAMAGED >= scaled(600, 100_000)


def refused(data: bytes, name: str, *, verify: bool = True) -> None:
    entry = sparse_damage.sample(name).entry
    with pytest.raises((IndexCorrupt, FormatTooNew), match=NAME):
        sparse_damage.opened(data, entry, verify=verify)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_every_flipped_byte_is_noticed(name: str) -> None:
    data = sparse_damage.sample(name).data
    for place in range(len(data) * BITS):
        refused(sparse_damage.flipped(data, place), name)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_truncation_is_noticed(name: str, verify: bool) -> None:
    data = sparse_damage.sample(name).data
    lengths = range(0, len(data), max(1, len(data) // 200))
    for length in (*lengths, len(data) - 1):
        refused(data[:length], name, verify=verify)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", SMALL)
def test_header_table_and_trailer_are_checked_without_hashing(name: str, verify: bool) -> None:
    sample = sparse_damage.sample(name)
    section = sparse_damage.section_of(sample.data, sample.entry)
    for place in [*range(section.start - 64), *range(section.stop, len(sample.data))]:
        refused(sparse_damage.flipped(sample.data, place), name, verify=verify)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_sound(name: str) -> None:
    sample = sparse_damage.sample(name)
    segment = sparse_damage.opened(sample.data, sample.entry, verify=True)
    assert segment.document_count == SAMPLES[name][2]
    assert (len(sparse_damage.answers(segment, sample.queries).ids) > 0) == (SAMPLES[name][2] > 0)
    sparse_damage.use(segment, sample.queries)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=scaled(25, 1_000))
@given(number=st.integers(0, 2**30))
def test_other_arrays_under_right_checksums_are_refused_or_harmless(name: str, number: int) -> None:
    sparse_damage.attempt("rewrite", name, number, 0)


def test_random_bytes_are_refused() -> None:
    chance = random.Random(3)
    for name in SMALL:
        refused(chance.randbytes(len(sparse_damage.sample(name).data)), name)


# --- batches ----------------------------------------------------------------------------------

NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 5, 7, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, -1, -(2**63)]
) | st.integers(-(2**63), 2**63 - 1)
BATCHES = st.builds(
    lambda vocabulary, offsets, terms, weights: (vocabulary, offsets, terms, weights),
    st.lists(st.binary(max_size=3) | st.just("text") | st.none(), max_size=6),
    st.lists(st.integers(-2, 8), max_size=6),
    st.lists(st.integers(0, 8) | st.just(2**32 - 1), max_size=8),
    st.none() | st.lists(st.sampled_from(FLOATS) | st.floats(width=32), max_size=8),
)


def known(batch: TermBatch) -> SparseIndex:
    segment = SparseSegment.build(batch)
    return SparseIndex([LiveSegment(segment, np.arange(len(batch)))], threads=1)


WEIGHED = TermBatch(
    [b"a", b"b"],
    np.asarray([0, 1, 3]),
    np.asarray([0, 0, 1], np.uint32),
    np.asarray([1, 2, 3], np.float32),
)
INDEXES = ((known(WORDS), BM25()), (known(WEIGHED), Impact()))


@settings(max_examples=scaled(600, 20_000))
@given(parts=BATCHES, k=NUMBERS)
def test_hostile_batches_are_refused_or_counted(
    parts: tuple[list[Any], list[int], list[int], list[float] | None], k: int
) -> None:
    vocabulary, offsets, terms, weights = parts
    uses: list[Any] = [SparseSegment.build]
    for index, scorer in INDEXES:
        uses.append(lambda batch, i=index, s=scorer: i.search(batch, k, scorer=s))
        uses.append(lambda batch, i=index, s=scorer: i.explain(batch, 0, scorer=s))
    for use in uses:
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
