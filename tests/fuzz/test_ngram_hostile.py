"""Damaged files of substrings: named and refused when hashed, never a crash when not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.counts import scaled
from tests.fuzz import ngram_damage
from tests.fuzz.ngram_damage import KIND, NAME, SAMPLES

from mnemic.errors import FormatTooNew, IndexCorrupt
from mnemic.indexes.ngram import NgramSegment
from mnemic.indexes.sparse import SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory, RamDirectory, open_arrays, write_arrays

ROOT = Path(__file__).resolve().parents[2]
BITS = scaled(1, 8)


def refused(data: bytes, name: str, *, verify: bool = True) -> None:
    entry = ngram_damage.sample(name)[1]
    with pytest.raises((IndexCorrupt, FormatTooNew), match=NAME):
        ngram_damage.opened(data, entry, verify=verify)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bytes in blocks", "tokens", "nothing"])
def test_every_flipped_byte_is_noticed(name: str) -> None:
    data, entry, _ = ngram_damage.sample(name)
    missed = []
    for place in range(len(data) * BITS):
        try:
            ngram_damage.opened(ngram_damage.flipped(data, place), entry, verify=True)
            missed.append(place)
        except (IndexCorrupt, FormatTooNew) as error:
            if NAME not in error.message:
                missed.append(place)
    assert missed == []


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_truncation_is_noticed(name: str, verify: bool) -> None:
    data, entry, _ = ngram_damage.sample(name)
    lengths = {*range(0, len(data), 7), *range(100), len(data) - 1, len(data) - 16}
    for length in sorted(lengths):
        with pytest.raises(IndexCorrupt, match=NAME):
            ngram_damage.opened(data[:length], entry, verify=verify)
    for more in (b"\0", bytes(64), data):
        refused(data + more, name, verify=verify)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_header_table_and_trailer_are_checked_without_hashing(name: str, verify: bool) -> None:
    data, entry, _ = ngram_damage.sample(name)
    section = ngram_damage.section_of(data, entry)
    for place in [*range(section.start - 64), *range(section.stop, len(data))]:
        refused(ngram_damage.flipped(data, place), name, verify=verify)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number"),
    [("flip", 100), ("scribble", 100), ("rewrite", 100), ("garbage", 100)],
)
def test_damage_that_is_not_hashed_never_ends_the_process(kind: str, number: int) -> None:
    seed = int(np.random.default_rng().integers(0, 2**31))
    command = [sys.executable, "-m", "tests.fuzz.ngram_damage", kind, str(seed)]
    child = subprocess.run(
        [*command, str(scaled(number, 1_000))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=scaled(300, 2_000),
    )
    assert child.returncode == 0, (child.stdout[-200:], child.stderr[-3_000:])


def resaved(name: str, **changes: object) -> tuple[RamDirectory, object]:
    """A sound file with other settings."""
    data, entry, _ = ngram_damage.sample(name)
    directory, other = RamDirectory(), RamDirectory()
    directory.replace(NAME, data)
    found = open_arrays(directory, entry, kind=KIND)
    settings = {**found.settings, **changes}
    return other, write_arrays(other, NAME, kind=KIND, arrays=found.arrays, settings=settings)


def test_a_newer_version_is_told_from_damage() -> None:
    directory, entry = resaved("bytes", version=2)
    with pytest.raises(FormatTooNew, match=NAME):
        NgramSegment.open(directory, entry)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [0, -1, None, "1", 1.0, True])
def test_a_version_that_is_none_is_damage(version: object) -> None:
    directory, entry = resaved("bytes", version=version)
    with pytest.raises(IndexCorrupt, match=NAME):
        NgramSegment.open(directory, entry)  # type: ignore[arg-type]


def test_a_file_of_another_kind_is_refused() -> None:
    directory = RamDirectory()
    entry = SparseSegment.build(TermBatch.from_tokens([[b"a"]])).save(directory, NAME)
    with pytest.raises(IndexCorrupt, match=NAME):
        NgramSegment.open(directory, entry)
    data, ngram, _ = ngram_damage.sample("bytes")
    directory.replace(NAME, data)
    with pytest.raises(IndexCorrupt, match=NAME):
        SparseSegment.open(directory, ngram)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    entry = ngram_damage.sample("bytes")[1]
    with pytest.raises(IndexCorrupt, match=NAME):
        NgramSegment.open(FileDirectory(tmp_path), entry)
    (tmp_path / NAME).mkdir()
    with pytest.raises(IndexCorrupt, match=NAME):
        NgramSegment.open(FileDirectory(tmp_path), entry)
