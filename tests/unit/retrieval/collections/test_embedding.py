"""Documents get their vectors: in the background, later, after a stop, and after failures."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import (
    DENSE,
    OTHER_SPARSE,
    REFUSED,
    SPARSE,
    HashModels,
    best_by_force,
)
from tests.unit.retrieval.collections.embedded import (
    QUERY,
    all_passages,
    assert_exact,
    found,
    names,
    opened,
    pending,
    some,
    wait,
)

from mnemic.errors import (
    Conflict,
    DimensionMismatch,
    InvalidInput,
    NotFound,
    Unavailable,
    Unsupported,
)
from mnemic.retrieval.collections import collection, encoding
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


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


def test_a_search_does_not_wait_while_much_is_encoded(
    tmp_path: Path, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "WAIT_DOCUMENTS", 2)
    with_wait = opened(tmp_path / "waits", models, encode_wait=60.0)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    assert names(papers) == set()  # the encoder stands still until here
    assert papers._waited == {}
    models.released.set()
    with_wait.close()


def test_a_search_waits_once_for_the_same_documents_and_warns_once(
    tmp_path: Path, models: HashModels, caplog: pytest.LogCaptureFixture
) -> None:
    with_wait = opened(tmp_path / "waits", models, encode_wait=0.01)
    papers = with_wait.create("papers", encoders=[models.open(DENSE)])
    models.hold()
    papers.add(some(3))
    assert models.entered.wait(60.0)
    for _ in range(3):
        assert names(papers) == set()
    assert papers._waited == {"dense": 3}
    assert not papers._worth_waiting("dense")
    assert caplog.text.count("have no dense vectors yet and cannot be found by them") == 1
    models.released.set()
    with_wait.close()


def test_the_cure_for_missing_vectors_names_the_encoders_that_stay(
    workspace: Workspace, models: HashModels
) -> None:
    dense_only = workspace.create("one", encoders=[models.open(DENSE)])
    with pytest.raises(Unsupported) as caught:
        dense_only.check_encoder("sparse")
    assert "--encoder hash --encoder splade-tiny" in caught.value.hint


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
    models.failures = 4  # both encoders, in each of two calls
    for _ in range(2):
        with pytest.raises(Unavailable, match="out of order"):
            papers.embed()
    papers.embed()
    assert_exact(papers, models)


def test_an_encoder_that_refuses_everything_leaves_all_waiting(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.add(some(3), encode="later")
    with monkeypatch.context() as patch:
        patch.setattr("tests.hash_encoder.REFUSED", "")  # a part of every text
        with pytest.raises(InvalidInput, match="cannot be encoded"):
            papers.embed()
    assert pending(papers) == {"dense": 3, "sparse": 3}
    papers.embed()
    assert_exact(papers, models)


def test_one_encoder_that_fails_does_not_hold_up_another(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(3), encode="later")
    models.failures = 1
    with pytest.raises(Unavailable, match="out of order"):
        papers.embed()
    assert pending(papers) == {"dense": 3, "sparse": 0}


def test_closing_ends_another_thread_s_embed_with_an_error(
    papers: Collection, models: HashModels
) -> None:
    papers.add(some(3), encode="later")
    models.hold()
    with ThreadPoolExecutor(1) as pool:
        embedding = pool.submit(papers.embed)
        assert models.entered.wait(60.0)
        closing = threading.Thread(target=papers.close)
        closing.start()
        while not papers._embedder._stop.is_set():
            time.sleep(0.001)
        models.released.set()
        with pytest.raises(Conflict, match="was closed while it was encoded"):
            embedding.result(60.0)
        closing.join()


def test_a_background_failure_is_logged_and_tried_again_with_the_next_add(
    papers: Collection, models: HashModels, caplog: pytest.LogCaptureFixture
) -> None:
    models.failures = 1
    papers.add(some(4))
    wait(papers)
    assert "vectors of 'papers' wait: the encoder is out of order" in caplog.text
    assert pending(papers) == {"dense": 4, "sparse": 0}
    papers.add(some(1, 4))
    wait(papers)
    assert_exact(papers, models)


def test_a_job_that_failed_too_often_is_queued_anew(
    papers: Collection, models: HashModels, workspace: Workspace
) -> None:
    papers.add(some(2), encode="later")
    models.failures = 14  # both encoders, each time
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
