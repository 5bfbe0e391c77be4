from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.errors import IndexCorrupt, NotFound
from mnemic.indexes.ngram import NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.storage import FileDirectory, RamDirectory, SegmentEntry, layout
from mnemic.indexes.storage.bitmaps import from_bool
from mnemic.retrieval.collections.ngrams import PieceNgrams, indexed, ngram_bytes
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory

TEXTS = (b"abab", b"", b"cab", "äb".encode())
NAME = "s000000000001-00000000000000a1"


def bits(*chosen: int) -> Bitmap:
    return from_bool(np.array(chosen, np.bool_))


def ordinals(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(count, dtype=np.int64)


def count(part: PieceNgrams, pattern: bytes, live: Bitmap | None = None) -> int:
    documents = part.segment.document_count
    return NgramIndex([part.live(ordinals(documents), live)]).count(pattern)


def saved(directory: Directory, part: PieceNgrams, documents: int | None = None) -> SegmentEntry:
    size = part.segment.document_count if documents is None else documents
    file = part.save(directory, f"{NAME}.ngram")
    return SegmentEntry(
        id=NAME, documents=size, files=(file,), first_ordinal=0, last_ordinal=max(size - 1, 0)
    )


def test_title_and_text_are_indexed_apart() -> None:
    assert indexed(Document(id="a", title="tä", text="x")) == "tä".encode() + b"\xffx"
    assert indexed(Document(id="a", text="x")) == b"x"
    assert indexed(Document(id="a", title="t")) == b"t\xff"


def test_counts_in_what_is_in_memory() -> None:
    part = PieceNgrams.of_texts(TEXTS)
    assert [count(part, pattern) for pattern in (b"ab", b"b", b"abab", b"bc")] == [3, 4, 1, 0]
    assert count(part, b"ab", bits(0, 1, 1, 1)) == 1


def test_many_threads_make_one_segment() -> None:
    barrier, made = Barrier(4), list[int]()

    def make() -> NgramSegment:
        made.append(1)
        return NgramSegment.build(SymbolBatch.of_bytes(TEXTS))

    part = PieceNgrams(make)

    def ask(_: int) -> int:
        barrier.wait()
        return count(part, b"ab")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [3] * 4
    assert made == [1]


def test_what_could_not_be_made_is_made_the_next_time() -> None:
    answers = [IndexCorrupt("not now")]

    def make() -> NgramSegment:
        if answers:
            raise answers.pop()
        return NgramSegment.build(SymbolBatch.of_bytes(TEXTS))

    part = PieceNgrams(make)
    with pytest.raises(IndexCorrupt, match="not now"):
        count(part, b"ab")
    assert count(part, b"ab") == 3


def test_the_same_documents_are_the_same_value() -> None:
    part = PieceNgrams.of_texts(TEXTS)
    everything, some = part.live(ordinals(4), None), part.live(ordinals(4), bits(0, 1, 1, 1))
    assert part.live(ordinals(4), bits(0, 1, 1, 1)) is some
    assert everything is not some


def test_an_older_snapshot_still_counts_what_newer_ones_deleted() -> None:
    part = PieceNgrams.of_texts(TEXTS)
    fewer, more = bits(0, 1, 0, 1), bits(0, 1, 1, 1)
    answers = [count(part, b"b", live) for live in (fewer, more, None, fewer, more)]
    assert answers == [1, 2, 4, 1, 2]


def test_parts_in_memory_are_joined_without_their_deleted() -> None:
    first, second = PieceNgrams.of_texts(TEXTS), PieceNgrams.of_texts([b"ab", b"secret"])
    joined = PieceNgrams.merge([(first, bits(1, 1, 0, 1)), (second, bits(1, 0))])
    assert joined.segment.document_count == 4
    assert (count(joined, b"ab"), count(joined, b"secret")) == (3, 0)


def test_parts_on_disk_and_in_memory_are_joined() -> None:
    directory = RamDirectory()
    stored = PieceNgrams.open(directory, saved(directory, PieceNgrams.of_texts(TEXTS)))
    joined = PieceNgrams.merge([(stored, bits(0, 1, 1, 1)), (PieceNgrams.of_texts([b"ab"]), None)])
    again = PieceNgrams.merge([(joined, None), (PieceNgrams.of_texts([b"b"]), None)])
    assert (joined.stored, joined.segment.document_count) == (False, 4)
    assert (count(joined, b"ab"), count(again, b"ab"), count(again, b"b")) == (2, 2, 4)


def test_a_saved_part_counts_the_same() -> None:
    directory = RamDirectory()
    entry = saved(directory, PieceNgrams.of_texts(TEXTS))
    stored = PieceNgrams.open(directory, entry)
    assert stored.stored
    assert ngram_bytes(entry) == entry.bytes > 0
    assert count(stored, b"ab") == 3


def test_an_open_part_outlives_its_file(tmp_path: Path) -> None:
    directory = FileDirectory(tmp_path)
    stored = PieceNgrams.open(directory, saved(directory, PieceNgrams.of_texts(TEXTS)))
    directory.delete(f"{NAME}.ngram")
    assert count(stored, b"ab") == 3


def test_opening_sees_that_a_file_is_cut_and_using_it_that_a_bit_is_flipped(
    tmp_path: Path,
) -> None:
    directory, path = FileDirectory(tmp_path), tmp_path / f"{NAME}.ngram"
    entry = saved(directory, PieceNgrams.of_texts(TEXTS))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(IndexCorrupt, match=path.name):
        PieceNgrams.open(directory, entry)
    # The last byte of the arrays; what comes before them and after is compared at open.
    last = len(whole) - layout.TRAILER.size - 1
    path.write_bytes(whole[:last] + bytes([whole[last] ^ 1]) + whole[last + 1 :])
    stored = PieceNgrams.open(directory, entry)
    for _ in range(2):
        with pytest.raises(IndexCorrupt, match=path.name):
            stored.check()


def test_files_over_other_documents_are_refused() -> None:
    directory = RamDirectory()
    stored = PieceNgrams.open(directory, saved(directory, PieceNgrams.of_texts(TEXTS), 5))
    with pytest.raises(IndexCorrupt, match="other documents"):
        stored.check()


def test_tokens_are_not_taken_for_bytes() -> None:
    directory = RamDirectory()
    batch = SymbolBatch.of_tokens([[1, 2], [3]], 1000)
    file = NgramSegment.build(batch).save(directory, f"{NAME}.ngram")
    entry = SegmentEntry(id=NAME, documents=2, files=(file,), first_ordinal=0, last_ordinal=1)
    with pytest.raises(IndexCorrupt, match="other documents"):
        PieceNgrams.open(directory, entry).check()


def test_without_a_file_the_catalogue_is_read_once() -> None:
    asked = list[list[int]]()

    def read(wanted: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[bytes]:
        asked.append(wanted.tolist())
        return list(TEXTS)

    part = PieceNgrams.of_catalogue(ordinals(4), read)
    assert not part.stored
    part.check()
    assert asked == []
    assert (count(part, b"ab"), count(part, b"ca")) == (3, 1)
    assert asked == [[0, 1, 2, 3]]


def test_a_segment_without_n_grams_has_no_bytes_of_them() -> None:
    entry = SegmentEntry(id=NAME, documents=1, files=(), first_ordinal=0, last_ordinal=0)
    assert ngram_bytes(entry) == 0
    with pytest.raises(NotFound):
        PieceNgrams.open(RamDirectory(), entry)
