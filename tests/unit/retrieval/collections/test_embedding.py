"""Documents get their vectors: in the background, later, and after a stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import (
    DENSE,
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
    Unsupported,
)
from mnemic.retrieval.collections import chunks, encoding
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
    monkeypatch.setattr(chunks, "READ", 7)
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
