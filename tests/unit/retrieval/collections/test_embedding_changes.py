"""What changes while an encoder works, and how one encoder takes the place of another."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.hash_encoder import (
    DENSE,
    OTHER_DENSE,
    SPARSE,
    HashModels,
)
from tests.unit.retrieval.collections.embedded import (
    all_passages,
    assert_exact,
    found,
    held,
    names,
    opened,
    pending,
    some,
    wait,
)

from mnemic.errors import (
    Conflict,
    InvalidInput,
)
from mnemic.retrieval.collections import chunks, embedding, encoding
from mnemic.retrieval.collections.wanted import tasks
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


def test_documents_deleted_in_flight_never_appear(papers: Collection, models: HashModels) -> None:
    held(papers, models)
    papers.delete(["d1"])
    papers.erase(["d2"])
    papers.upsert([Document(id="d3", text="quite another text")])
    models.released.set()
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert len(names(papers)) == 4
    assert_exact(papers, models)
    assert_exact(papers, models, query="quite another")


def test_all_documents_deleted_in_flight(papers: Collection, models: HashModels) -> None:
    held(papers, models)
    papers.delete([f"d{number}" for number in range(6)])
    models.released.set()
    wait(papers)
    assert found(papers) == []
    papers.compact()
    assert sum(item.passages for item in papers.stats().encoders) == 0


def test_documents_that_come_after_all_in_flight_were_deleted(
    papers: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers.delete([f"d{number}" for number in range(6)])
    papers.add(some(3, 10))
    models.released.set()
    papers.embed()
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)


def test_flush_compact_and_rebuild_in_flight(papers: Collection, models: HashModels) -> None:
    held(papers, models)
    papers.flush()
    papers.add(some(3, 10))
    papers.compact()
    papers.rebuild()
    models.released.set()
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)
    assert papers.verify() == []


def test_adds_go_on_while_an_encoder_works(papers: Collection, models: HashModels) -> None:
    held(papers, models)
    for number in range(5):
        papers.add(some(1, 10 + number))
    assert len(papers.search("common", 100)) == 11
    models.released.set()
    wait(papers)
    assert_exact(papers, models)
    assert sorted(models.encoded) == all_passages(papers, models)


def test_work_that_comes_while_a_stop_takes_effect_is_done(
    papers: Collection, models: HashModels
) -> None:
    held(papers, models)
    stopping = threading.Thread(target=papers._embedder.stop)
    stopping.start()
    while not papers._embedder._stop.is_set():
        pass
    embedding_all = threading.Thread(target=papers.embed)
    embedding_all.start()
    while not papers._embedder._again:
        pass
    models.released.set()
    stopping.join()
    embedding_all.join()
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)


def test_closing_in_flight_keeps_what_was_done(
    papers: Collection, models: HashModels, workspace: Workspace, tmp_path: Path
) -> None:
    held(papers, models)
    closing = threading.Thread(target=workspace.close)
    closing.start()
    models.released.set()
    closing.join()
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    reopened.embed()
    assert_exact(reopened, models)
    again.close()


def test_dropping_in_flight_leaves_nothing(
    papers: Collection, models: HashModels, workspace: Workspace, tmp_path: Path
) -> None:
    held(papers, models)
    dropping = threading.Thread(target=workspace.drop, args=("papers",))
    dropping.start()
    models.released.set()
    dropping.join()
    assert list((tmp_path / "data" / "collections").iterdir()) == []


def test_a_conflict_at_the_commit_is_tried_again(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, refused = papers._writer.extend, [0]

    def busy(change: Any) -> None:
        refused[0] += 1
        if refused[0] < 3:
            raise Conflict("another process is writing")
        original(change)

    monkeypatch.setattr(papers._writer, "extend", busy)
    monkeypatch.setattr(embedding, "POLL_SECONDS", 0.001)
    papers.add(some(4))
    wait(papers)
    assert refused[0] >= 3
    assert_exact(papers, models)


# Other encoders.


def test_searches_keep_the_old_vectors_until_all_is_done(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", 4)
    monkeypatch.setattr(encoding, "CHUNK_PASSAGES", 4)
    papers.add(some(12))
    wait(papers)
    before, seen = found(papers), []

    def look(done: int, total: int) -> None:
        seen.append(found(papers))

    monkeypatch.setattr(embedding, "POLL_SECONDS", 0.001)
    papers.reindex([models.open(OTHER_DENSE), models.open(SPARSE)], progress=look)
    after = found(papers)
    assert all(one in (before, after) for one in seen)
    assert before != after
    assert_exact(papers, models, (OTHER_DENSE, SPARSE))
    assert pending(papers) == {"dense": 0, "sparse": 0}


def begun(papers: Collection, models: HashModels) -> threading.Thread:
    """A reindex to another dense encoder that stands in the middle of its work."""
    papers.add(some(8))
    wait(papers)
    models.hold()
    target = [models.open(OTHER_DENSE), models.open(SPARSE)]
    reindexing = threading.Thread(target=papers.reindex, args=(target,))
    reindexing.start()
    assert models.entered.wait(60.0)
    return reindexing


def test_what_is_added_during_a_reindex_is_in_both(papers: Collection, models: HashModels) -> None:
    reindexing = begun(papers, models)
    assert pending(papers) == {"dense": 0, "dense-next": 8, "sparse": 0}
    papers.add(some(2, 8))
    papers.delete(["d3"])
    assert len(names(papers)) == 7
    models.released.set()
    reindexing.join()
    wait(papers)
    assert_exact(papers, models, (OTHER_DENSE, SPARSE))


def test_reindexing_back_forgets_the_new_vectors(papers: Collection, models: HashModels) -> None:
    reindexing = begun(papers, models)
    back = threading.Thread(target=papers.reindex, args=([models.open(s) for s in BOTH],))
    back.start()
    while wanted_model(papers) != "hash":
        pass
    models.released.set()
    reindexing.join()
    back.join()
    assert_exact(papers, models)
    assert pending(papers) == {"dense": 0, "sparse": 0}


def wanted_model(papers: Collection) -> str:
    """The dense encoder that the collection shall have."""
    with papers._replica.catalogue.reading() as tx:
        settings = tx.collections.by_id(papers.id).settings
    return str(settings["encoders"]["dense"]["spec"]["model"])


def test_reindexing_to_a_third_encoder_while_one_is_under_way(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    reindexing = begun(papers, models)
    third, served = replace(DENSE, model="third hash"), []
    original = papers._embedder._commit

    def commit(change: Any) -> None:
        original(change)
        served.append(str(papers._replica.snapshot.tracks["dense"].spec["model"]))

    monkeypatch.setattr(papers._embedder, "_commit", commit)
    wanted = {**dict_of(models, third), **dict_of(models, SPARSE)}
    papers._writer.set_encoders(wanted, actor=None)
    models.released.set()
    reindexing.join()
    assert set(served) == {"hash", "third hash"}
    assert_exact(papers, models, (third, SPARSE))
    assert pending(papers) == {"dense": 0, "sparse": 0}


def dict_of(models: HashModels, spec: Any) -> dict[str, Any]:
    from mnemic.retrieval.collections.wanted import as_settings

    return as_settings([models.open(spec)])


def test_no_encoder_removes_all_vectors(
    papers: Collection, models: HashModels, tmp_path: Path
) -> None:
    papers.add(some(4))
    wait(papers)
    papers.reindex([])
    assert papers.roles == ()
    assert papers.stats().encoders == ()
    kinds = {path.suffix for path in (tmp_path / "data" / "collections").rglob("s0*")}
    assert ".spans" not in kinds
    assert ".dense" not in kinds
    papers.add(some(2, 4))
    papers.reindex([models.open(DENSE)])
    assert_exact(papers, models, (DENSE,))


def test_two_encoders_of_one_kind_are_refused(papers: Collection, models: HashModels) -> None:
    with pytest.raises(InvalidInput, match="hash, other hash"):
        papers.reindex([models.open(DENSE), models.open(OTHER_DENSE)])
    assert wanted_model(papers) == "hash"


def test_a_missing_old_model_does_not_keep_from_a_new_one(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(4))
    wait(papers)
    models.missing.add("hash")
    papers.add(some(2, 4))
    wait(papers)
    papers.reindex([models.open(OTHER_DENSE)])
    assert_exact(papers, models, (OTHER_DENSE,))
    assert papers.roles == ("dense",)


def test_an_old_encoder_that_fails_does_not_keep_from_a_new_one(
    papers: Collection, models: HashModels
) -> None:
    papers.reindex([models.open(DENSE)])
    papers.add(some(4))
    wait(papers)
    models.broken.add(DENSE.model)
    papers.add(some(1, 4), encode="later")
    papers.reindex([models.open(OTHER_DENSE)])
    assert_exact(papers, models, (OTHER_DENSE,))


def test_another_kind_of_vectors_replaces_the_old_when_it_is_complete(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.reindex([models.open(DENSE)])
    papers.add(some(8))
    wait(papers)
    monkeypatch.setattr(encoding, "TEXTS", 1)
    monkeypatch.setattr(encoding, "CHUNK_PASSAGES", 1)
    seen: list[set[str]] = []
    monkeypatch.setattr(
        embedding.Embedder,
        "_advance",
        lambda self, documents: seen.append(set(self._replica.snapshot.tracks)),
    )
    papers.reindex([models.open(SPARSE)])
    assert len(seen) == 8
    assert all("dense" in tracks for tracks in seen)
    assert set(papers._replica.snapshot.tracks) == {"sparse"}
    assert_exact(papers, models, (SPARSE,))


def test_what_was_encoded_for_a_track_that_was_replaced_is_dropped(
    papers: Collection, models: HashModels
) -> None:
    papers.reindex([models.open(DENSE)])
    papers.add(some(4), encode="later")
    embedder, work = papers._embedder, encoding.VectorWork(models.open(DENSE))
    [task] = tasks(papers._replica.settings, papers._replica.snapshot)
    chunk = chunks.make_chunk(
        papers._replica, work, 0, stopped=lambda: False, progress=lambda documents: None
    )
    papers.reindex([models.open(OTHER_DENSE)])
    embedder._commit(lambda snapshot: embedder._extended(snapshot, task, work.identity, chunk))
    assert_exact(papers, models, (OTHER_DENSE,))
    assert [item.role for item in papers.stats().encoders] == ["dense"]


def test_a_reindex_by_force_makes_the_same_vectors_anew(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(4))
    wait(papers)
    both = [models.open(DENSE), models.open(SPARSE)]
    models.encoded.clear()
    papers.reindex(both)
    assert models.encoded == []
    papers.reindex(both, force=True)
    assert sorted(models.encoded) == all_passages(papers, models)
    assert_exact(papers, models)
