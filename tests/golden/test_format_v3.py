"""Format 3 with its tokens opens for ever, and writing it today gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.golden.format_v3 import make_format_v3 as format_v3

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.storage import FileDirectory, Manifest, ManifestStore, RamDirectory
from mnemic.retrieval.vectors import Track

pytestmark = pytest.mark.golden
GOLDEN = FileDirectory(Path(__file__).parent / "format_v3")


def stored_names() -> list[str]:
    return [name for name in GOLDEN.names() if not name.endswith(".py")]


def stored() -> Manifest:
    manifest = ManifestStore(GOLDEN).load()
    assert manifest is not None
    return manifest


def track(role: str) -> Track:
    return Track.open(GOLDEN, stored().tracks[role], (), threads=1)


def test_stored_manifest_opens_and_says_what_was_written() -> None:
    assert stored() == format_v3.make(RamDirectory())
    assert b'"version": 3' in GOLDEN.read("MANIFEST.json")


def test_stored_substrings_are_found() -> None:
    segment = NgramSegment.open(GOLDEN, stored().segments[0].file("ngram"))
    index = NgramIndex([LiveNgrams(segment, np.asarray([0, 1, 3, 5]))])
    patterns = [b"text", "天".encode(), b"e\xffthe", b"xttitle"]
    assert index.count_many(SymbolBatch.of_bytes(patterns)).tolist() == [3, 1, 1, 0]


def test_stored_tokens_are_found() -> None:
    tokens = track("tokens")
    assert (tokens.documents, tokens.size, tokens.next_ordinal) == (4, 10, 6)
    index = tokens.ngrams
    patterns = SymbolBatch.of_tokens([[40_000], [40_000, 12], [12, 49_152], [7, 7]], 49_153)
    assert index.count_many(patterns).tolist() == [3, 2, 1, 0]
    places = index.locate(index.rows(index.ranges(patterns), limit=None))
    assert sorted(zip(places.ordinals[:3].tolist(), places.ends[:3].tolist(), strict=True)) == [
        (0, 4), (3, 2), (5, 2)
    ]  # fmt: skip


def test_stored_tokens_of_deleted_documents_are_left_out() -> None:
    index = track("tokens").without(np.asarray([0])).ngrams
    assert [index.count([40_000, 12]), index.count([12])] == [1, 2]


def test_a_stored_track_under_way_opens() -> None:
    growing = track("tokens-next")
    assert (growing.documents, growing.next_ordinal) == (2, 4)
    assert growing.ngrams.vocabulary == 151_644
    assert growing.ngrams.extract([3], [0], [9]).symbols.tolist() == [12, 40_000, 12]


def test_writing_today_makes_the_same_files() -> None:
    today = RamDirectory()
    format_v3.make(today)
    assert today.names() == stored_names()


@pytest.mark.parametrize("name", stored_names())
def test_writing_today_makes_the_same_bytes(name: str) -> None:
    today = RamDirectory()
    format_v3.make(today)
    assert today.read(name) == GOLDEN.read(name)
