"""Encoders that fail, refuse or are missing: what waits, what is told, and what goes on."""

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
)
from tests.unit.retrieval.collections.embedded import (
    assert_exact,
    found,
    names,
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
)
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


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
    assert "documents of 'papers' wait to be encoded: the encoder is out of order" in caplog.text
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
