"""The token-level index follows the documents, whatever happens to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.llm.tokenizers import characters, words
from tests.unit.retrieval.collections.embedded import opened, some, wait
from tests.unit.retrieval.collections.tokenised import (
    assert_tokenised,
    pending,
    stored_in,
    tokens_of,
)

from mnemic.errors import Forbidden, InvalidInput, NotFound, Unsupported
from mnemic.indexes.ngram import SymbolBatch
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.collections import chunks, token_encoding, vector_flush
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hash_encoder import HashModels

    from mnemic.retrieval.collections import Collection, Workspace

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    return Tokenizer.open(characters(tmp_path / "tokenizer"))


@pytest.fixture
def papers(workspace: Workspace) -> Collection:
    return workspace.create("papers")


@pytest.fixture
def indexed(papers: Collection, tokenizer: Tokenizer) -> Collection:
    papers.add(some(9))
    papers.index_tokens(tokenizer)
    return papers


def test_every_document_is_there_in_full(indexed: Collection, tokenizer: Tokenizer) -> None:
    assert_tokenised(indexed, tokenizer)
    [stats] = indexed.stats().tokens
    assert (stats.role, stats.documents, stats.pending, stats.empty) == ("tokens", 9, 0, 0)
    assert stats.tokens == sum(map(len, stored_in(indexed.tokens()).values()))
    assert stats.bytes > 0
    assert (stats.model, stats.fingerprint) == (tokenizer.name, tokenizer.fingerprint.digest)


def test_a_title_ends_with_the_boundary(papers: Collection, tokenizer: Tokenizer) -> None:
    documents = [
        Document(id="both", title="ab", text="cde"),
        Document(id="text", text="cde"),
        Document(id="title", title="ab"),
        Document(id="none"),
    ]
    papers.add(documents)
    papers.index_tokens(tokenizer)
    view = papers.tokens()
    ordinals = np.arange(4)
    assert view.text_starts(ordinals).tolist() == [3, 0, 3, 0]
    assert view.lengths(ordinals).tolist() == [6, 3, 3, 0]
    assert [stored_in(view)[item.id] for item in documents] == [
        tokens_of(item, tokenizer) for item in documents
    ]
    assert view.index.count(np.array([view.boundary])) == 2
    assert view.index.count(tokenizer.encode("bc")) == 0
    assert papers.stats().tokens[0].empty == 1


def test_without_an_index_the_command_is_named(papers: Collection) -> None:
    papers.add(some(2))
    with pytest.raises(Unsupported, match="no token-level index") as caught:
        papers.tokens()
    assert "mnemic ngram index DIR --collection papers --tokenizer smollm2" in caught.value.hint
    assert papers.stats().tokens == ()


def test_an_empty_collection_has_an_empty_index(papers: Collection, tokenizer: Tokenizer) -> None:
    papers.index_tokens(tokenizer)
    assert pending(papers) == {"tokens": 0}
    view = papers.tokens(filter={"number": 1})
    assert view.index.vocabulary == tokenizer.vocabulary_size + 1
    assert (view.index.count(tokenizer.encode("a")), view.pending) == (0, 0)
    with pytest.raises(NotFound, match="document 0 is not in"):
        view.lengths(np.array([0]))


def test_an_emptied_collection_has_an_empty_index(indexed: Collection) -> None:
    indexed.delete([item.id for item in indexed.documents()])
    indexed.compact()
    view = indexed.tokens(filter={"number": 1})
    assert view.track is not None
    assert (view.track.pieces, view.allowed, view.pending) == ((), None, 0)
    assert view.index.count(view.tokenizer.encode("word")) == 0
    found = view.index.rows(view.index.root(1), limit=None, allowed=view.allowed)
    assert len(found.values) == 0


def test_what_is_added_follows_in_the_background(indexed: Collection, tokenizer: Tokenizer) -> None:
    indexed.add(some(4, 9))
    wait(indexed)
    assert_tokenised(indexed, tokenizer)
    indexed.add(some(2, 13), encode="later")
    assert pending(indexed) == {"tokens": 2}
    assert len(stored_in(indexed.tokens())) == 13
    indexed.embed()
    assert_tokenised(indexed, tokenizer)


def test_a_search_waits_for_the_few_that_are_being_tokenised(
    tmp_path: Path, models: HashModels, tokenizer: Tokenizer
) -> None:
    workspace = opened(tmp_path / "patient", models, encode_wait=60.0)
    papers = workspace.create("papers")
    papers.index_tokens(tokenizer)
    papers.add(some(5))
    assert papers.tokens().pending == 0
    assert_tokenised(papers, tokenizer)
    workspace.close()


def test_what_waits_is_told_once(indexed: Collection, caplog: pytest.LogCaptureFixture) -> None:
    indexed.add(some(2, 9), encode="later")
    assert indexed.tokens().pending == indexed.tokens().pending == 2
    assert caplog.text.count("2 documents of 'papers' have no tokens yet") == 1


def test_deleted_and_replaced_documents_are_gone_at_once(
    indexed: Collection, tokenizer: Tokenizer
) -> None:
    before = indexed.tokens()
    indexed.delete(["d3", "d8"])
    indexed.upsert([Document(id="d0", text="another word")])
    indexed.embed()
    assert_tokenised(indexed, tokenizer)
    assert len(stored_in(before)) == 9


@pytest.mark.parametrize("work", ["flush", "compact", "rebuild", "erase"])
def test_upkeep_keeps_the_tokens(indexed: Collection, tokenizer: Tokenizer, work: str) -> None:
    indexed.add([Document(id="gone", text="deleted word")])
    indexed.embed()
    indexed.delete(["gone", "d2"])
    if work == "erase":
        indexed.erase(["d1"])
    else:
        getattr(indexed, work)()
    assert_tokenised(indexed, tokenizer)
    assert indexed.verify() == []
    if work in ("compact", "erase"):
        view = indexed.tokens()
        assert view.track is not None
        assert all(piece.deleted == 0 for piece in view.track.pieces)


def test_a_reopened_collection_has_its_tokens(
    indexed: Collection, tokenizer: Tokenizer, workspace: Workspace, tmp_path: Path
) -> None:
    models = workspace._open_encoder
    indexed.delete(["d4"])
    workspace.close()
    again = opened(tmp_path / "data", models)  # type: ignore[arg-type]
    papers = again.collection("papers")
    assert_tokenised(papers, tokenizer)
    papers.add(some(3, 9))
    papers.embed()
    assert_tokenised(papers, tokenizer)
    again.close()


def test_another_process_sees_what_was_tokenised(
    indexed: Collection, tokenizer: Tokenizer, models: HashModels, tmp_path: Path
) -> None:
    other = opened(tmp_path / "data", models)
    assert_tokenised(other.collection("papers"), tokenizer)
    other.close()


def test_many_small_pieces_are_merged(
    papers: Collection, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "READ", 3)
    monkeypatch.setattr(token_encoding, "CHUNK_TOKENS", 1)
    papers.add(some(60))
    papers.delete(["d7", "d59"])
    told: list[tuple[int, int]] = []
    papers.index_tokens(tokenizer, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (58, 58)
    papers.settle()
    assert_tokenised(papers, tokenizer)
    track = papers.tokens().track
    assert track is not None
    assert 1 < len(track.pieces) < 8
    monkeypatch.setattr(vector_flush, "MERGED_TOKENS", 1)
    papers.compact()
    assert papers.stats().tokens[0].documents == 58


def test_a_filter_allows_documents_of_each_segment(
    indexed: Collection, tokenizer: Tokenizer
) -> None:
    indexed.add(some(4, 9))
    indexed.embed()
    view = indexed.tokens(filter={"number": {"$gte": 7}})
    assert view.track is not None
    assert view.allowed is not None
    allowed = [
        piece.spans.ordinals[to_bool(mask, piece.document_count)].tolist()
        for piece, mask in zip(view.track.pieces, view.allowed, strict=True)
    ]
    assert [name for each in allowed for name in each] == [7, 8, 9, 10, 11, 12]
    word = SymbolBatch.of_tokens([tokenizer.encode("common")], view.index.vocabulary)
    found = view.index.rows(view.index.ranges(word), limit=None, allowed=view.allowed)
    assert sorted(view.index.locate(found).ordinals) == [7, 8, 9, 10, 11, 12]
    with pytest.raises(InvalidInput):
        indexed.tokens(filter={"$what": 1})


def test_what_a_tokenizer_refuses_has_no_tokens_and_holds_up_nobody(
    papers: Collection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = Tokenizer.open(words(tmp_path / "narrow", ["common", "word"]))
    texts = {"a": "common word", "b": "common stranger", "c": "word"}
    papers.add([Document(id=name, text=text) for name, text in texts.items()])
    papers.index_tokens(narrow)
    assert stored_in(papers.tokens()) == {"a": [0, 1], "b": [], "c": [1]}
    assert "document 'b' cannot be encoded and has no tokens" in caplog.text
    assert papers.stats().tokens[0].empty == 1
    assert papers.verify() == []


def test_dropped_tokens_are_gone_from_the_disk(
    indexed: Collection, workspace: Workspace, tmp_path: Path
) -> None:
    def files() -> list[str]:
        return [path.name for path in (tmp_path / "data").rglob("*.spans")]

    assert len(files()) == 1
    indexed.index_tokens(None)
    assert files() == []
    with pytest.raises(Unsupported):
        indexed.tokens()
    indexed.add(some(2, 9))
    assert not indexed._embedder.active
    assert indexed.verify() == []


def test_only_writers_index_and_readers_see_it(
    indexed: Collection, workspace: Workspace, tokenizer: Tokenizer
) -> None:
    with workspace.catalogue.transaction() as tx:
        tx.grants.give(indexed.id, "bob", "reader")
    theirs = workspace.collection("papers", actor="bob")
    assert_tokenised(theirs, tokenizer)
    with pytest.raises(Forbidden):
        theirs.index_tokens(None)
