from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Conflict, Forbidden, InvalidInput, NotFound
from mnemic.retrieval.collections import Workspace, lease
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection

DOCUMENTS = [
    Document(id="a", title="Reranking", text="Single token reranking is fast.", metadata={"y": 1}),
    Document(id="b", text="Dense retrieval with large encoders.", metadata={"y": 2}),
    Document(id="c", text="A token is a piece of a word.", metadata={"y": 3}),
]


def opened(path: Path) -> Workspace:
    return Workspace.open(path, settings=Settings(lock_wait=0.2))


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


def ids(collection: Collection, query: str, **options: object) -> list[str]:
    return sorted(hit.id for hit in collection.search(query, 10, **options))  # type: ignore[arg-type]


def test_finds_what_was_just_added(papers: Collection) -> None:
    ranking = papers.search("token reranking", 10)
    assert [hit.id for hit in ranking] == ["a", "c"]
    assert ranking[0].title == "Reranking"
    assert ranking[0].text == "Single token reranking is fast."
    assert ranking[0].metadata == {"y": 1}
    assert "reranking" in ranking[0].snippet


def test_finds_the_same_after_flush_and_reopening(papers: Collection, tmp_path: Path) -> None:
    before = papers.search("token reranking", 10)
    assert papers.flush()
    assert not papers.flush()
    again = opened(tmp_path).collection("papers")
    assert again.search("token reranking", 10) == before
    assert again.stats().tail == 0


def test_replays_what_was_never_flushed(papers: Collection, tmp_path: Path) -> None:
    assert papers.stats().tail == 3
    again = opened(tmp_path).collection("papers")
    assert ids(again, "token reranking") == ["a", "c"]
    assert again.stats().tail == 3


def test_delete_is_effective_at_once_and_after_reopening(
    papers: Collection, tmp_path: Path
) -> None:
    papers.flush()
    assert papers.delete(["a", "nowhere"]) == 1
    assert ids(papers, "token reranking") == ["c"]
    again = opened(tmp_path).collection("papers")
    assert ids(again, "token reranking") == ["c"]
    with pytest.raises(NotFound, match="'a'"):
        again.get(["a"])


def test_scores_equal_a_fresh_index_of_the_live_documents(
    papers: Collection, workspace: Workspace
) -> None:
    papers.flush()
    papers.upsert([Document(id="b", text="Now about a token and another token.")])
    papers.delete(["a"])
    fresh = workspace.create("fresh")
    fresh.add(list(papers.documents()))
    assert [(h.id, h.score) for h in papers.search("token word", 10)] == [
        (h.id, h.score) for h in fresh.search("token word", 10)
    ]


def test_an_existing_id_is_a_conflict_and_nothing_is_added(papers: Collection) -> None:
    with pytest.raises(Conflict, match="'a'"):
        papers.add([Document(id="new", text="token"), Document(id="a", text="token")])
    assert len(papers) == 3
    assert ids(papers, "token") == ["a", "c"]


def test_upsert_replaces_changed_and_skips_unchanged(papers: Collection) -> None:
    report = papers.upsert([DOCUMENTS[0], Document(id="b", text="changed")])
    assert (report.added, report.replaced, report.skipped) == (0, 1, 1)
    assert ids(papers, "dense") == []
    assert ids(papers, "changed") == ["b"]


def test_filters_apply_during_the_search(papers: Collection) -> None:
    assert ids(papers, "token", filter={"y": {"$gte": 2}}) == ["c"]
    assert ids(papers, "token", filter={"y": 1}) == ["a"]
    papers.flush()
    assert ids(papers, "token", filter={"$not": {"y": 1}}) == ["c"]


def test_explanations_add_up_to_the_score(papers: Collection) -> None:
    hit = papers.search("token reranking", 1, explain=True)[0]
    assert hit.explanation is not None
    assert hit.explanation.value == pytest.approx(hit.score)
    assert len(hit.explanation.parts) == 2


def test_compact_leaves_one_segment_without_deleted(papers: Collection) -> None:
    papers.flush()
    papers.add([Document(id="d", text="one more token")])
    papers.flush()
    papers.delete(["a"])
    papers.compact()
    stats = papers.stats()
    assert (stats.segments, stats.deleted, stats.tail) == (1, 0, 0)
    assert ids(papers, "token") == ["c", "d"]


def test_rebuild_makes_the_same_index_from_the_catalogue(
    papers: Collection, tmp_path: Path
) -> None:
    papers.flush()
    before = papers.search("token", 10)
    for path in tmp_path.rglob("*.sparse"):
        path.write_bytes(b"damaged")
    assert papers.verify()
    papers.rebuild()
    assert papers.verify() == []
    assert papers.search("token", 10) == before


def test_erase_leaves_no_byte(papers: Collection, tmp_path: Path) -> None:
    papers.add([Document(id="zyzzyva-id", text="zyzzyva sentinel", metadata={"q": "zyzzyva"})])
    papers.flush()
    papers.upsert([Document(id="zyzzyva-id", text="zyzzyva again")])
    receipt = papers.erase(["zyzzyva-id", "missing"])
    assert (receipt.erased, receipt.missing) == (1, ("missing",))
    assert receipt.unreachable
    assert [p for p in tmp_path.rglob("*") if p.is_file() and b"zyzzyva" in p.read_bytes()] == []
    assert ids(papers, "token") == ["a", "c"]


def test_another_reader_sees_a_flush(papers: Collection, tmp_path: Path) -> None:
    other = opened(tmp_path).collection("papers")
    assert ids(other, "late") == []
    papers.add([Document(id="late", text="a late document")])
    other._replica.refresh()
    assert ids(other, "late") == ["late"]


def test_a_second_writer_is_refused_while_the_first_is_busy(
    papers: Collection, tmp_path: Path
) -> None:
    other = opened(tmp_path).collection("papers")
    with pytest.raises(Conflict, match="collection"):
        other.add([Document(id="x", text="x")])


def test_writers_take_turns(papers: Collection, tmp_path: Path) -> None:
    papers.close()
    other = opened(tmp_path).collection("papers")
    other.add([Document(id="x", text="xylophone")])
    other.close()
    papers.add([Document(id="y", text="xylophone too")])
    assert ids(papers, "xylophone") == ["x", "y"]


def test_actors_need_grants(workspace: Workspace) -> None:
    workspace.create("hers", actor="alice").add(DOCUMENTS)
    with pytest.raises(Forbidden):
        workspace.collection("hers", actor="bob")
    assert workspace.names(actor="bob") == []
    with workspace.catalogue.transaction() as tx:
        tx.grants.give(tx.collections.get("hers").id, "bob", "reader")
    bobs = workspace.collection("hers", actor="bob")
    assert ids(bobs, "token") == ["a", "c"]
    with pytest.raises(Forbidden):
        bobs.delete(["a"])


def test_drop_removes_files(workspace: Workspace, papers: Collection, tmp_path: Path) -> None:
    papers.flush()
    workspace.drop("papers")
    assert list(tmp_path.rglob("*.sparse")) == []
    with pytest.raises(NotFound):
        workspace.collection("papers")


@pytest.mark.parametrize("k", [-1, 1.5, True, "3"])
def test_refuses_a_bad_k(papers: Collection, k: object) -> None:
    with pytest.raises(InvalidInput, match="k is"):
        papers.search("token", k)  # type: ignore[arg-type]


def test_k_of_zero_and_beyond(papers: Collection) -> None:
    assert len(papers.search("token", 0)) == 0
    assert len(papers.search("token", 10**6)) == 2
    assert len(papers.search("", 10)) == 0


@pytest.mark.parametrize(
    "document",
    [
        Document(id="", text="x"),
        Document(id="s", text="\ud800"),
        Document(id="s\ud800", text="x"),
        Document(id="m", metadata={"bad": float("nan")}),
        Document(id="n", metadata={"bad": 2**80}),
        Document(id="o", text=b"bytes"),  # type: ignore[arg-type]
        "not a document",
    ],
)
def test_refuses_bad_documents_whole(papers: Collection, document: Document) -> None:
    with pytest.raises(InvalidInput):
        papers.add([Document(id="fine", text="fine"), document])
    assert ids(papers, "fine") == []


def test_nul_and_mixed_languages_survive(papers: Collection, tmp_path: Path) -> None:
    text = "a\x00b naïve 日本語のテキスト и русский 🙂"
    papers.add([Document(id="mix", text=text)])
    papers.flush()
    again = opened(tmp_path).collection("papers")
    assert again.get(["mix"])[0].text == text
    assert ids(again, "日本語") == ["mix"]
    assert ids(again, "русский") == ["mix"]


def test_a_long_writer_renews_its_lease(
    papers: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.3)
    papers.close()
    papers.add([Document(id="x", text="x")])
    for number in range(5):
        time.sleep(0.15)
        papers.add([Document(id=f"x{number}", text="x")])
    with pytest.raises(Conflict):
        opened(tmp_path).collection("papers").add([Document(id="other", text="x")])
