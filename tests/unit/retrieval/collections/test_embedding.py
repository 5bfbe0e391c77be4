"""Documents get their vectors: in the background, later, after a stop, and after failures."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.hash_encoder import (
    DENSE,
    OTHER_DENSE,
    OTHER_SPARSE,
    REFUSED,
    SPARSE,
    HashModels,
    best_by_force,
)
from tests.unit.retrieval.collections.embedded import (
    QUERY,
    assert_exact,
    found,
    names,
    opened,
    pending,
    some,
)

from mnemic.catalogue import jobs
from mnemic.errors import (
    Conflict,
    DimensionMismatch,
    IndexCorrupt,
    InvalidInput,
    NotFound,
    Unavailable,
)
from mnemic.retrieval.collections import embedding, encoding
from mnemic.retrieval.collections import flush as flushing
from mnemic.retrieval.vectors import Track
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for another process or after a failure."""
    monkeypatch.setattr(embedding, "ELSEWHERE_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "BACKOFF_SECONDS", 0.0)


@pytest.fixture
def models() -> HashModels:
    return HashModels()


@pytest.fixture
def workspace(tmp_path: Path, models: HashModels) -> Iterator[Workspace]:
    workspace = opened(tmp_path / "data", models)
    yield workspace
    models.released.set()
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace, models: HashModels) -> Collection:
    return workspace.create("papers", encoders=[models.open(spec) for spec in BOTH])


def wait(collection: Collection) -> None:
    """Let the background come to its end."""
    assert collection._embedder.wait(60.0)


def test_documents_are_encoded_in_the_background(papers: Collection, models: HashModels) -> None:
    papers.add(some(12))
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)
    [dense, sparse] = papers.stats().encoders
    assert (dense.documents, dense.model, sparse.role) == (12, "hash", "sparse")
    assert dense.passages == sparse.passages > 12
    assert dense.bytes > 0


def test_later_encodes_nothing_until_it_is_asked_for(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(5), encode="later")
    assert not papers._embedder.active
    assert pending(papers) == {"dense": 5, "sparse": 5}
    assert (papers.stats().pending, models.encoded) == (5, [])
    assert found(papers) == []
    papers.embed()
    assert papers.stats().pending == 0
    assert_exact(papers, models)


def test_what_waits_is_found_by_words_and_the_log_says_so(
    papers: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    papers.add(some(5))
    wait(papers)
    papers.add(some(2, 5), encode="later")
    assert len(names(papers)) == 5
    assert "2 documents of 'papers' have no dense vectors yet" in caplog.text
    assert len(papers.search("common", 10)) == 7


def test_a_search_waits_for_what_its_process_has_added(tmp_path: Path, models: HashModels) -> None:
    with_wait = opened(tmp_path / "waits", models, encode_wait=60.0)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    threading.Timer(0.05, models.released.set).start()
    assert len(names(papers)) == 3
    with_wait.close()


def test_progress_ends_with_all_done(papers: Collection) -> None:
    papers.add(some(9), encode="later")
    told: list[tuple[int, int]] = []
    papers.embed(lambda done, total: told.append((done, total)))
    assert told[-1] == (18, 18)
    assert told == sorted(told)
    papers.embed(lambda done, total: told.append((done, total)))
    assert told[-1] == (0, 0)


def test_a_progress_that_raises_stops_the_work(papers: Collection, models: HashModels) -> None:
    papers.add(some(9), encode="later")
    models.hold()

    def interrupt(done: int, total: int) -> None:
        models.released.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        papers.embed(interrupt)
    assert not papers._embedder.active
    papers.embed()
    assert_exact(papers, models)


def test_blank_documents_have_no_vectors_and_do_not_wait(
    papers: Collection, models: HashModels
) -> None:
    papers.add([Document(id="blank"), Document(id="space", text=" \n", title="\t")])
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert found(papers) == found(papers, "sparse") == []
    papers.add([Document(id="title", title="common")])
    wait(papers)
    assert names(papers) == {"title"}
    assert_exact(papers, models)


def test_documents_without_a_word_do_not_block_others(
    papers: Collection, models: HashModels
) -> None:
    signs = Document(id="signs", text="!!! ??? ... " * 10 + "common")
    papers.add([Document(id="sign", text="!!!"), *some(3), signs])
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert names(papers, "sparse") == {"d0", "d1", "d2", "signs"}
    assert_exact(papers, models)
    assert papers.verify() == []


def test_nothing_to_encode_is_no_work(papers: Collection) -> None:
    papers.embed()
    papers.reindex([])
    papers.embed()
    assert papers.stats().encoders == ()


def test_a_stop_keeps_what_was_encoded(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", 4)
    models.hold()
    papers.add(some(20))
    assert models.entered.wait(60.0)
    stopping = threading.Thread(target=papers._embedder.stop)
    stopping.start()
    while not papers._embedder._stop.is_set():
        pass
    models.released.set()
    stopping.join()
    done = pending(papers)["dense"]
    assert 0 < done < 20
    assert len(names(papers)) == 20 - done
    papers.embed()
    assert_exact(papers, models)
    assert sorted(models.encoded) == all_passages(papers, models)


def all_passages(collection: Collection, models: HashModels) -> list[str]:
    """What is encoded when every passage is encoded exactly once for each role."""
    from mnemic.retrieval.encoders.inputs import inputs

    stored = list(collection.documents())
    encoders = [models.quiet(spec) for spec in BOTH]
    return sorted(
        piece.text for encoder in encoders for item in stored for piece in inputs(item, encoder)
    )


def test_a_chunk_ends_where_there_is_enough(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "TEXTS", 3)
    monkeypatch.setattr(encoding, "CHUNK_PASSAGES", 5)
    papers.add(some(30))
    wait(papers)
    assert_exact(papers, models)
    assert sorted(models.encoded) == all_passages(papers, models)


def test_many_documents_in_many_reads(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "READ", 7)
    papers.add(some(28))
    papers.delete(["d0", "d7", "d13", "d27"])
    papers.embed()
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)


def test_reopened_collections_have_their_vectors(
    papers: Collection, workspace: Workspace, models: HashModels, tmp_path: Path
) -> None:
    papers.add(some(6))
    wait(papers)
    before = found(papers), found(papers, "sparse")
    workspace.close()
    encoded = len(models.encoded)
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    assert (found(reopened), found(reopened, "sparse")) == before
    reopened.embed()
    assert len(models.encoded) == encoded
    again.close()


def test_filters_hold_for_vectors(papers: Collection, models: HashModels) -> None:
    papers.add(some(10))
    wait(papers)
    assert names(papers, filter={"number": {"$gte": 7}}) == {"d7", "d8", "d9"}
    assert names(papers, "sparse", filter={"number": {"$in": [1, 3]}}) == {"d1", "d3"}
    everything = dict(best_by_force(papers.documents(), QUERY, models.quiet(DENSE)))
    assert names(papers, filter={}) == set(everything)


# Failures.


def test_a_failure_surfaces_in_embed_and_the_next_call_goes_on(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(4), encode="later")
    models.failures = 2
    for _ in range(2):
        with pytest.raises(Unavailable, match="out of order"):
            papers.embed()
    papers.embed()
    assert_exact(papers, models)


def test_a_background_failure_is_logged_and_tried_again_with_the_next_add(
    papers: Collection, models: HashModels, caplog: pytest.LogCaptureFixture
) -> None:
    models.failures = 1
    papers.add(some(4))
    wait(papers)
    assert "vectors of 'papers' wait: the encoder is out of order" in caplog.text
    assert pending(papers) == {"dense": 4, "sparse": 4}
    papers.add(some(1, 4))
    wait(papers)
    assert_exact(papers, models)


def test_a_job_that_failed_too_often_is_queued_anew(
    papers: Collection, models: HashModels, workspace: Workspace
) -> None:
    papers.add(some(2), encode="later")
    models.failures = 7
    for _ in range(7):
        with pytest.raises(Unavailable):
            papers.embed()
    with workspace.catalogue.reading() as tx:
        assert [job.error for job in tx.jobs.all("dead")] == ["the encoder is out of order"]
    papers.embed()
    assert_exact(papers, models)


def test_a_refused_document_neither_blocks_nor_shifts_others(
    papers: Collection, models: HashModels, caplog: pytest.LogCaptureFixture
) -> None:
    middle = Document(id="bad", text=f"common {REFUSED} word3")
    long = Document(id="long", text=f"{'common word3 ' * 20} {REFUSED}")
    papers.add([*some(5), middle, *some(5, 5), long, *some(2, 10)])
    wait(papers)
    assert "document 'bad' cannot be encoded and has no vectors" in caplog.text
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert not names(papers) & {"bad", "long"}
    assert_exact(papers, models)
    assert "bad" in {hit.id for hit in papers.search("common", 100)}
    papers.compact()
    assert_exact(papers, models)


def test_documents_that_are_all_refused_leave_an_empty_track(papers: Collection) -> None:
    papers.add([Document(id=f"bad{number}", text=REFUSED) for number in range(3)])
    wait(papers)
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert found(papers) == found(papers, "sparse") == []
    papers.compact()
    assert found(papers) == []


def test_a_missing_model_leaves_words(papers: Collection, models: HashModels) -> None:
    papers.add(some(3))
    wait(papers)
    models.missing.add("hash")
    assert len(papers.search("common", 10)) == 3
    with pytest.raises(NotFound, match="'hash' is not here"):
        found(papers)
    papers.add(some(1, 3))
    wait(papers)
    with pytest.raises(NotFound, match="'hash' is not here") as caught:
        papers.embed()
    assert caught.value.hint == "mnemic models pull it"
    models.missing.clear()
    papers.embed()
    assert_exact(papers, models)


def test_another_version_of_the_model_is_refused(papers: Collection, models: HashModels) -> None:
    papers.add(some(3))
    wait(papers)
    made = models.open(DENSE).fingerprint.digest
    models.versions["hash"] = 2
    here = models.open(DENSE).fingerprint.digest
    for use in (lambda: found(papers), lambda: papers.check_encoder("dense")):
        with pytest.raises(DimensionMismatch, match=f"{made}.*{here}") as caught:
            use()
        assert "--encoder hash" in caught.value.hint
    papers.add(some(2, 3), encode="later")
    with pytest.raises(DimensionMismatch, match=made):
        papers.embed()
    papers.reindex([models.open(spec) for spec in BOTH])
    assert_exact(papers, models)


def test_a_model_that_is_missing_does_not_hold_up_another(
    workspace: Workspace, models: HashModels
) -> None:
    specs = (DENSE, OTHER_SPARSE)
    papers = workspace.create("mixed", encoders=[models.open(spec) for spec in specs])
    for missing, kept, gone in (("hash", "sparse", "dense"), ("other hash", "dense", "sparse")):
        models.missing = {missing}
        papers.add(some(3, len(papers)), encode="later")
        with pytest.raises(NotFound, match=missing):
            papers.embed()
        assert pending(papers) == {kept: 0, gone: 3}
        models.missing = set()
        papers.embed()
        assert_exact(papers, models, specs)


# What changes while an encoder is at work.


def held(papers: Collection, models: HashModels, count: int = 6) -> None:
    """Documents are added, and the encoder stands in the middle of its work."""
    models.hold()
    papers.add(some(count))
    assert models.entered.wait(60.0)


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
    assert papers.stats().encoders[0].passages == 0


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


# Damage.


def damaged(tmp_path: Path, suffix: str, number: int = 0) -> Path:
    """Change one byte in the middle of a file."""
    path = sorted((tmp_path / "data" / "collections").rglob(f"*.{suffix}"))[number]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("suffix", ["dense", "spans"])
def test_a_rebuild_keeps_what_can_be_read_of_the_vectors(
    papers: Collection,
    models: HashModels,
    workspace: Workspace,
    tmp_path: Path,
    suffix: str,
) -> None:
    papers.reindex([models.open(DENSE)])
    for number in range(3):
        papers.add(some(4, 4 * number))
        wait(papers)
    workspace.close()
    path = damaged(tmp_path, suffix, 1)
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    with pytest.raises(IndexCorrupt, match=path.name):
        found(reopened)
    encoded = len(models.encoded)
    reopened.rebuild()
    reopened.embed()
    assert_exact(reopened, models, (DENSE,))
    assert 0 < len(models.encoded) - encoded < encoded
    assert reopened.verify() == []
    again.close()


@pytest.mark.parametrize("suffix", ["dense", "spans"])
def test_verify_sees_damaged_vectors(papers: Collection, tmp_path: Path, suffix: str) -> None:
    papers.add(some(4))
    wait(papers)
    path = damaged(tmp_path, suffix)
    [problem] = papers.verify()
    assert path.name in problem


def test_verify_sees_documents_without_their_vectors(papers: Collection) -> None:
    papers.add(some(4), encode="later")
    replica = papers._replica
    papers.embed()
    assert papers.verify() == []
    tracks = dict(replica.snapshot.tracks)
    tracks["dense"] = tracks["dense"].over((), 4)
    flushing.extend(replica, papers._writer.lease.fence, tracks)
    assert papers.verify() == ["4 stored documents are not among the dense vectors"]


def test_a_damaged_manifest_costs_the_vectors_and_nothing_else(
    papers: Collection, models: HashModels, workspace: Workspace, tmp_path: Path
) -> None:
    papers.add(some(4))
    wait(papers)
    workspace.close()
    [manifest] = (tmp_path / "data").rglob("MANIFEST.json")
    manifest.write_bytes(b"damage")
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    with pytest.raises(IndexCorrupt):
        found(reopened)
    reopened.rebuild()
    assert pending(reopened) == {"dense": 4, "sparse": 4}
    reopened.embed()
    assert_exact(reopened, models)
    again.close()


# Two processes (two workspaces with replicas and writers of their own).


@pytest.fixture
def other(papers: Collection, models: HashModels, tmp_path: Path) -> Iterator[Collection]:
    workspace = opened(tmp_path / "data", models)
    yield workspace.collection("papers")
    models.released.set()
    workspace.close()


def test_one_encodes_and_the_other_sees_it(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    papers.add(some(5))
    wait(papers)
    other._replica.refresh()
    assert_exact(other, models)


def test_never_do_two_processes_encode_the_same(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    waiting = threading.Thread(target=other.embed)
    waiting.start()
    other._embedder.wait(0.05)
    models.released.set()
    waiting.join()
    wait(papers)
    assert sorted(models.encoded) == all_passages(papers, models)
    assert_exact(other, models)


def test_the_other_adds_while_one_encodes(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    other.add(some(5, 20), encode="later")
    other.delete(["d0", "d20"])
    other._writer.lease.close()
    models.released.set()
    wait(papers)
    papers.embed()
    assert_exact(papers, models)
    other._replica.refresh()
    assert_exact(other, models)


def test_a_worker_that_lost_its_job_stops(
    papers: Collection, other: Collection, models: HashModels, workspace: Workspace
) -> None:
    held(papers, models)
    with workspace.catalogue.transaction() as tx:
        [running] = tx.jobs.all("running")
        tx.jobs._set(running.id, lease_expires_at=0.0)
    papers._writer.lease.close()
    taking = threading.Thread(target=other.embed)
    taking.start()
    models.released.set()
    taking.join()
    wait(papers)
    other._writer.lease.close()
    papers.embed()
    for collection in (papers, other):
        collection._replica.refresh()
        assert_exact(collection, models)


def test_the_other_reindexes_while_one_encodes(
    papers: Collection, other: Collection, models: HashModels
) -> None:
    held(papers, models)
    papers._writer.lease.close()
    target = [models.open(OTHER_DENSE), models.open(SPARSE)]
    reindexing = threading.Thread(target=other.reindex, args=(target,))
    reindexing.start()
    models.released.set()
    reindexing.join()
    wait(papers)
    other._writer.lease.close()
    papers.embed()
    for collection in (papers, other):
        collection._replica.refresh()
        assert_exact(collection, models, (OTHER_DENSE, SPARSE))


def test_tracks_of_an_unknown_kind_are_corrupt_and_can_be_rebuilt(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.add(some(4))
    wait(papers)
    tracks = dict(papers._replica.snapshot.tracks)
    tracks["multi"] = Track(tracks["dense"].fingerprint, {"kind": "multi", "model": "colbert"})
    flushing.extend(papers._replica, papers._writer.lease.fence, tracks)
    papers._replica.forget()
    with pytest.raises(IndexCorrupt, match="'multi' cannot be searched"):
        papers._replica.refresh()
    papers.rebuild()
    papers._replica.forget()
    papers._replica.refresh()
    assert_exact(papers, models)
