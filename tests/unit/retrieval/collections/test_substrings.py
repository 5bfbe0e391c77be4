"""Substrings of a collection, through all that happens to its documents."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled
from tests.unit.retrieval.collections.naive import naive_count
from tests.unit.retrieval.collections.plain import opened

from mnemic.errors import Forbidden, FormatTooNew, IndexCorrupt, InvalidInput, MnemicError
from mnemic.indexes.storage import layout
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

DOCUMENTS = [
    Document(id="a", title="abab", text="ab ÄB\0ab", metadata={"y": 1}),
    Document(id="b", text="abababab 漢字", metadata={"y": 2}),
    Document(id="c", title="Only a title", metadata={"y": 3}),
    Document(id="d", metadata={"y": 3}),
]
PATTERNS = ["ab", "aba", "b", "ab ab", "ababab", "字", "\0", "title", "titlea", "Ä", " ", "zzz"]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = opened(tmp_path)
    yield workspace
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace) -> Collection:
    papers = workspace.create("papers")
    papers.add(DOCUMENTS)
    return papers


def check(papers: Collection) -> None:
    """All counts are those of the documents that the catalogue has."""
    live = list(papers.documents())
    found = papers.substrings.count(PATTERNS)
    assert dict(zip(PATTERNS, found, strict=True)) == {p: naive_count(live, p) for p in PATTERNS}


def fresh(path: Path) -> Collection:
    return opened(path).collection("papers")


def test_counts_what_was_just_added(papers: Collection) -> None:
    assert papers.substrings.count(["ab", "aba", "Only a title", "zzz"]) == [8, 4, 1, 0]
    check(papers)


def test_counts_through_flushes_deletions_and_merges(papers: Collection, tmp_path: Path) -> None:
    papers.flush()
    check(fresh(tmp_path))
    papers.upsert([Document(id="b", text="now ab"), Document(id="e", text="aba")])
    check(papers)
    papers.delete(["a"])
    check(papers)
    papers.flush()
    check(papers)
    check(fresh(tmp_path))
    papers.compact()
    check(papers)
    papers.rebuild()
    check(papers)
    assert papers.stats().segments == 1
    check(fresh(tmp_path))
    assert papers.verify() == []


def test_counts_after_a_crash_replay_the_tail(papers: Collection, tmp_path: Path) -> None:
    papers.flush()
    papers.upsert([Document(id="a", text="xab"), Document(id="f", text="abab")])
    other = fresh(tmp_path)
    assert other.stats().tail == 2
    check(other)


def test_a_collection_without_documents_has_no_substrings(workspace: Workspace) -> None:
    empty = workspace.create("empty")
    assert empty.substrings.count(["a", "b"]) == [0, 0]
    assert empty.substrings.find("a").total == 0
    empty.add([Document(id="a", text="a")])
    empty.delete(["a"])
    empty.flush()
    assert empty.substrings.count(["a"]) == [0]


def test_an_empty_text_is_indexed_and_saved(workspace: Workspace, tmp_path: Path) -> None:
    papers = workspace.create("papers")
    papers.add([Document(id="a"), Document(id="b", text="")])
    papers.flush()
    assert fresh(tmp_path).substrings.count(["a"]) == [0]
    papers.compact()
    assert papers.verify() == []


def test_finds_fields_and_characters(papers: Collection) -> None:
    papers.flush()
    found = papers.substrings.find("ab", context=3)
    assert (found.total, found.documents) == (8, 2)
    first, second, third, fourth, *_ = found.occurrences
    assert (first.id, first.field, first.start, first.end) == ("a", "title", 0, 2)
    assert (second.field, second.start) == ("title", 2)
    assert (third.field, third.start, third.before, third.match, third.after) == (
        *("text", 0, "", "ab", " ÄB"),
    )
    assert (fourth.field, fourth.start, fourth.before) == ("text", 6, "ÄB\0")


def test_filters_restrict_what_is_found(papers: Collection) -> None:
    papers.flush()
    papers.add([Document(id="e", text="ab", metadata={"y": 2, "odd": [1]})])
    asked = papers.substrings
    assert asked.count(["ab", "b"], filter={"y": 2}) == [5, 5]
    assert asked.count(["ab"], filter={"y": {"$gt": 9}}) == [0]
    assert asked.find("ab", filter={"y": {"$ne": 2}}).total == 4
    assert {each.id for each in asked.find("ab", filter={"y": 2}).occurrences} == {"b", "e"}
    assert asked.find_together([["ab"], ["字"]], filter={"y": 1}).total == 0
    assert asked.find_together([["ab"], ["字"]], filter={"y": 2}).documents == 1


def test_finds_what_stands_together(papers: Collection) -> None:
    found = papers.substrings.find_together([["字", "zzz"], ["ab"]], window=6)
    assert (found.driver, found.total, found.documents) == (0, 1, 1)
    [meeting] = found.meetings
    assert [place.match for place in meeting.places] == ["字", "ab"]
    assert papers.substrings.find_together([["字"], ["ab"]], window=3).total == 0


@pytest.mark.parametrize("pattern", ["", None, b"ab", 3, "\ud800"])
def test_refuses_what_is_no_pattern(papers: Collection, pattern: object) -> None:
    asked = papers.substrings
    with pytest.raises(InvalidInput, match="pattern"):
        asked.count([pattern])  # type: ignore[list-item]
    with pytest.raises(InvalidInput, match="pattern"):
        asked.find(pattern)  # type: ignore[arg-type]


def test_actors_need_a_grant_to_count(workspace: Workspace) -> None:
    workspace.create("hers", actor="alice").add(DOCUMENTS)
    with workspace.catalogue.transaction() as tx:
        tx.grants.give(tx.collections.get("hers").id, "bob", "reader")
    bobs = workspace.collection("hers", actor="bob")
    assert bobs.substrings.count(["ab"]) == [8]
    with workspace.catalogue.transaction() as tx:
        tx.grants.revoke(tx.collections.get("hers").id, "bob")
    for ask in (lambda: bobs.substrings.count(["ab"]), lambda: bobs.substrings.find("ab")):
        with pytest.raises(Forbidden):
            ask()


def test_erasing_writes_the_n_grams_anew(papers: Collection, tmp_path: Path) -> None:
    papers.add([Document(id="x", text="zyzzyva sentinel zyzzyva")])
    papers.flush()
    [before] = tmp_path.rglob("*.ngram")
    papers.erase(["x"])
    assert not before.exists()
    assert papers.substrings.count(["zyzzyva", "sentinel"]) == [0, 0]
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"zyzzyva" not in content
        assert b"avyzzyz" not in content
    check(papers)


def test_erasing_what_was_never_flushed_leaves_nothing(papers: Collection, tmp_path: Path) -> None:
    papers.add([Document(id="x", text="zyzzyva")])
    assert papers.substrings.count(["zyzzyva"]) == [1]
    papers.erase(["x"])
    papers.flush()
    assert papers.substrings.count(["zyzzyva"]) == [0]
    written = [path.read_bytes() for path in tmp_path.rglob("*.ngram")]
    assert written
    assert not any(b"zyzzyva" in each or b"avyzzyz" in each for each in written)


def test_the_bytes_of_the_n_grams_are_told(papers: Collection, tmp_path: Path) -> None:
    assert papers.stats().ngram_bytes == 0
    papers.flush()
    [file] = tmp_path.rglob("*.ngram")
    stats = papers.stats()
    assert stats.ngram_bytes == file.stat().st_size
    assert stats.bytes > stats.ngram_bytes
    assert stats.ngram_missing == 0


def test_a_bit_flip_is_noticed_before_anything_is_counted(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.close()
    [path] = tmp_path.rglob("*.ngram")
    original, seed = path.read_bytes(), random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    source = random.Random(seed)
    for _ in range(scaled(15, 300)):
        data = bytearray(original)
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
        path.write_bytes(data)
        with fresh(tmp_path) as again:
            with pytest.raises((IndexCorrupt, FormatTooNew), match="ngram"):
                again.substrings.count(["ab"])
            assert again.verify()


def test_damage_leaves_words_to_be_found_and_rebuild_cures_it(
    papers: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.close()
    [path] = tmp_path.rglob("*.ngram")
    data = bytearray(path.read_bytes())
    data[-layout.TRAILER.size - 1] ^= 1
    path.write_bytes(data)
    again = fresh(tmp_path)
    assert len(again.search("title", 10)) == 1
    with pytest.raises(IndexCorrupt, match="ngram"):
        again.substrings.count(["ab"])
    again.rebuild()
    check(again)
    assert again.verify() == []


def test_a_missing_file_is_damage(papers: Collection, workspace: Workspace, tmp_path: Path) -> None:
    workspace.close()
    [path] = tmp_path.rglob("*.ngram")
    path.unlink()
    with pytest.raises(IndexCorrupt, match="ngram"):
        fresh(tmp_path).substrings.count(["ab"])


def test_a_reader_counts_in_its_snapshot_while_another_process_merges(
    papers: Collection, tmp_path: Path
) -> None:
    papers.flush()
    other = fresh(tmp_path)
    snapshot, _ = other.view(None)
    papers.upsert([Document(id="a", text="other")])
    papers.compact()
    assert snapshot.ngrams.count(b"ab") == 8
    other._replica.refresh()
    check(other)


def test_a_deletion_keeps_the_work_of_the_rest(papers: Collection) -> None:
    papers.add([Document(id=f"more{number}", text="ab") for number in range(10)])
    papers.flush()
    papers.substrings.count(["ab"])
    [piece] = papers.view(None)[0].pieces
    papers.delete(["d"])
    papers.flush()
    [after] = papers.view(None)[0].pieces
    assert after.ngrams.segment is piece.ngrams.segment
    check(papers)


def test_readers_count_whole_states_while_a_writer_works(papers: Collection) -> None:
    stop, seen = threading.Event(), list[MnemicError | AssertionError]()

    def read() -> None:
        while not stop.is_set():
            try:
                five, all_of_them = papers.substrings.count(["batch of five", "of five"])
                assert five % 5 == 0
                assert five == all_of_them
                found = papers.substrings.find("batch of five", limit=0)
                assert found.total % 5 == 0
                assert found.documents == found.total
            except (MnemicError, AssertionError) as error:
                seen.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(24):
        papers.add([Document(id=f"b{step}-{i}", text="batch of five") for i in range(5)])
        if step % 4 == 3:
            papers.delete([f"b{step}-{i}" for i in range(5)])
        (papers.flush, papers.compact, lambda: None)[step % 3]()
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == []
    assert papers.substrings.count(["batch of five"]) == [90]
