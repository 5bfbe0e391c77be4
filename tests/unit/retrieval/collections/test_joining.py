"""Joined on disk part by part, a segment equals one that was joined in memory."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.indexes.storage import FileDirectory, RamDirectory, new_segment_id
from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.collections.joining import join
from mnemic.retrieval.collections.pacing import Abandoned, Pace, PacedDirectory
from mnemic.retrieval.collections.pieces import Piece
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.indexes.storage import Directory

PER_PIECE = 6
WORDS = [f"word{number} common" for number in range(5 * PER_PIECE)]


def piece(directory: Directory, number: int, gone: tuple[int, ...]) -> Piece:
    """A saved piece of six documents, without some of them."""
    ordinals = range(number * PER_PIECE, (number + 1) * PER_PIECE)
    documents = [Document(id=f"d{n}", text=WORDS[n], metadata={"n": n}) for n in ordinals]
    built = Piece.build(ordinals, documents, Analyzer())
    entry = built.write(directory, new_segment_id(1))
    opened = Piece.open(directory, entry, lambda ordinals: [])
    return opened.without(np.array([ordinals[place] for place in gone], np.int64))


GONE: list[list[tuple[int, ...]]] = [
    [(), (), (), (), ()],
    [(0,), (5,), (), (1, 2, 3), (0, 1, 2, 3, 4, 5)],
    [(0, 1, 2, 3, 4, 5), (), (0, 1, 2, 3, 4, 5), (2,), ()],
]


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize("symbols", [1, 60, 100, 200, 2**20])
def test_what_is_joined_on_disk_is_what_is_joined_in_memory(
    gone: list[tuple[int, ...]], symbols: int
) -> None:
    directory = RamDirectory()
    pieces = [piece(directory, number, rows) for number, rows in enumerate(gone)]
    before = set(directory.names())
    name = new_segment_id(2)
    entry = join(pieces, name, directory, symbols=symbols)
    assert entry is not None
    assert set(directory.names()) - before == {file.name for file in entry.files}
    joined, expected = Piece.open(directory, entry, lambda ordinals: []), Piece.merge(pieces)
    joined.ngrams.check()
    assert_same(joined, expected)


def assert_same(one: Piece, other: Piece) -> None:
    rows = np.arange(other.document_count)
    assert one.keys.ids(rows) == other.keys.ids(rows)
    assert one.keys.ordinals.tolist() == other.keys.ordinals.tolist()
    assert one.document_count == other.document_count == one.ngrams.segment.document_count
    for word in ("common", "word1", "word17", "zzz"):
        counts = [_count(each, word) for each in (one, other)]
        assert counts[0] == counts[1]


def _count(piece: Piece, word: str) -> int:
    from mnemic.indexes.ngram import NgramIndex

    return int(NgramIndex([piece.substrings]).count(word.encode()))


def test_nothing_that_lives_makes_no_file() -> None:
    directory = RamDirectory()
    pieces = [piece(directory, 0, (0, 1, 2, 3, 4, 5))]
    before = directory.names()
    assert join(pieces, new_segment_id(2), directory) is None
    assert directory.names() == before


def test_a_group_is_spilled_and_told(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    pieces = [piece(directory, number, (0,)) for number in range(4)]
    told: list[int] = []
    names: list[list[str]] = []

    def advance(count: int) -> None:
        told.append(count)
        names.append([name for name in directory.names() if ".part." in name])

    entry = join(pieces, new_segment_id(2), directory, symbols=1, advance=advance)
    assert entry is not None
    assert [len(each) for each in names] == [1, 2, 3, 4]
    assert sum(told) == sum(len(word) + 1 for word in WORDS[: 4 * PER_PIECE])
    assert [name for name in directory.names() if ".part." in name] == []


def test_a_pace_counts_waits_and_ends() -> None:
    ending = Event()
    pace = Pace(4 << 20, rate=100e6, ending=ending)
    assert pace.seconds_left is None
    directory = PacedDirectory(RamDirectory(), pace)
    data = bytes(3 << 20)
    assert directory.write("a", [data, b"", b"end"]) == len(data) + 3
    assert directory.read("a") == data + b"end"
    assert pace.done == len(data) + 3
    assert pace.seconds_left is not None
    ending.set()
    with pytest.raises(Abandoned):
        directory.write("b", [b"more"])
    assert directory.names() == ["a"]


def test_a_paced_folder_is_the_folder(tmp_path: Path) -> None:
    inner = FileDirectory(tmp_path)
    directory = PacedDirectory(inner, Pace(1, rate=0.0, ending=Event()))
    directory.replace("a", b"some")
    directory.sync()
    assert directory.map("a").tobytes() == b"some"
    assert directory.stamp("a") == inner.stamp("a")
    assert directory.describe("a") == inner.describe("a")
    directory.delete("a")
    assert directory.names() == []
