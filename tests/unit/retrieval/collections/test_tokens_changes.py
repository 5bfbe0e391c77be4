"""Tokens beside vectors, under another tokenizer, and with damaged files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.hash_encoder import DENSE, SPARSE, HashModels
from tests.unit.llm.tokenizers import characters
from tests.unit.retrieval.collections.embedded import assert_exact, names, some, wait
from tests.unit.retrieval.collections.tokenised import assert_tokenised, pending

from mnemic.errors import DimensionMismatch, IndexCorrupt, NotFound, Unsupported
from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.collections import chunks, token_encoding
from mnemic.retrieval.collections.wanted import token_settings
from mnemic.retrieval.vectors.track import open_piece
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.collections import Collection

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    return Tokenizer.open(characters(tmp_path / "tokenizer"))


@pytest.fixture
def other(tmp_path: Path) -> Tokenizer:
    return Tokenizer.open(characters(tmp_path / "other", prefix="one more"))


@pytest.fixture
def both(papers: Collection, tokenizer: Tokenizer) -> Collection:
    """A collection with vectors and tokens."""
    papers.add(some(7))
    papers.index_tokens(tokenizer)
    return papers


def test_tokens_are_no_vectors(both: Collection, models: HashModels, tokenizer: Tokenizer) -> None:
    assert both.roles == ("dense", "sparse")
    assert [item.role for item in both.stats().encoders] == ["dense", "sparse"]
    assert [want.role for want in both.encoders] == ["dense", "sparse"]
    with pytest.raises(Unsupported, match="no tokens vectors"):
        both.vectors("tokens", None)
    assert_exact(both, models)
    assert_tokenised(both, tokenizer)


@pytest.mark.parametrize("force", [False, True])
def test_a_reindex_keeps_the_tokens(
    both: Collection, models: HashModels, tokenizer: Tokenizer, force: bool
) -> None:
    before = _segments(both)
    both.reindex([models.open(DENSE)], force=force)
    assert _segments(both) == before
    assert_exact(both, models, (DENSE,))
    both.reindex([])
    assert_tokenised(both, tokenizer)
    assert both.roles == ()


def _segments(collection: Collection) -> list[str]:
    track = collection.tokens().track
    assert track is not None
    return [piece.entry.id for piece in track.pieces if piece.entry is not None]


def test_dropping_the_tokens_keeps_the_vectors(both: Collection, models: HashModels) -> None:
    both.index_tokens(None)
    assert_exact(both, models)
    both.add(some(3, 7))
    wait(both)
    assert_exact(both, models)
    assert both.stats().tokens == ()


def test_tokens_do_not_wait_for_a_model_that_is_missing(
    papers: Collection, models: HashModels, tokenizer: Tokenizer
) -> None:
    models.missing.add("hash")
    papers.add(some(5), encode="later")
    papers.index_tokens(tokenizer)
    assert_tokenised(papers, tokenizer)
    assert papers.stats().pending == 5
    with pytest.raises(NotFound, match="hash"):
        papers.embed()


def test_vectors_do_not_wait_for_a_tokenizer_that_is_missing(
    both: Collection, models: HashModels, tmp_path: Path
) -> None:
    (tmp_path / "tokenizer" / "tokenizer.json").unlink()
    both.add(some(3, 7), encode="later")
    both.reindex([models.open(SPARSE), models.open(DENSE)])
    assert names(both) == {item.id for item in both.documents()}
    assert pending(both) == {"tokens": 3}
    for work in (both.embed, both.tokens):
        with pytest.raises(NotFound, match=r"tokenizer\.json"):
            work()


def test_another_tokenizer_takes_over_when_all_is_done(
    both: Collection, tokenizer: Tokenizer, other: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "READ", 2)
    monkeypatch.setattr(token_encoding, "CHUNK_TOKENS", 1)
    seen: set[str] = set()

    def look(done: int, total: int) -> None:
        seen.add(both.tokens().tokenizer.fingerprint.digest)

    both.index_tokens(other, progress=look)
    assert seen <= {each.fingerprint.digest for each in (tokenizer, other)}
    assert_tokenised(both, other)
    assert [item.role for item in both.stats().tokens] == ["tokens"]


def test_the_old_tokens_are_searched_while_the_new_ones_are_made(
    both: Collection, tokenizer: Tokenizer, other: Tokenizer
) -> None:
    both._writer.set_tokenizer(token_settings(other), actor=None)
    assert pending(both) == {"tokens": 0, "tokens-next": 7}
    assert_tokenised(both, tokenizer)
    both.index_tokens(tokenizer)
    assert pending(both) == {"tokens": 0}
    both._writer.set_tokenizer(token_settings(other), actor=None)
    both.embed()
    assert_tokenised(both, other)


def test_tokens_of_another_model_are_an_error_that_names_both(
    both: Collection, tokenizer: Tokenizer, other: Tokenizer
) -> None:
    assert both.tokens(tokenizer=tokenizer.fingerprint).pending == 0
    with pytest.raises(DimensionMismatch) as caught:
        both.tokens(tokenizer=other.fingerprint)
    for each in (tokenizer, other):
        assert each.name in caught.value.message
        assert each.fingerprint.digest in caught.value.message
    assert f"--tokenizer {other.name}" in caught.value.hint


def test_a_tokenizer_that_was_replaced_is_found_and_can_be_taken(
    both: Collection, tmp_path: Path, tokenizer: Tokenizer
) -> None:
    replaced = Tokenizer.open(characters(tmp_path / "tokenizer", prefix="new"))
    both.add(some(1, 7), encode="later")
    with pytest.raises(DimensionMismatch, match=tokenizer.fingerprint.digest) as caught:
        both.tokens()
    assert replaced.fingerprint.digest in caught.value.message
    assert "mnemic ngram index" in caught.value.hint
    with pytest.raises(DimensionMismatch):
        both.embed()
    both.index_tokens(replaced)
    assert_tokenised(both, replaced)


def test_a_damaged_file_is_found_and_made_again(
    papers: Collection, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    papers.add(some(5))
    papers.index_tokens(tokenizer)
    wait(papers)
    damaged = papers.tokens().track
    assert damaged is not None
    [piece] = damaged.pieces
    assert piece.entry is not None
    path = tmp_path / "data" / "collections" / papers._replica.storage_key
    file = path / piece.entry.file("ngram").name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert any(file.name in problem for problem in papers.verify())
    papers.rebuild()
    assert papers.tokens().pending == 5
    papers.embed()
    assert_tokenised(papers, tokenizer)
    assert papers.verify() == []


def test_files_of_different_documents_are_refused(papers: Collection, tokenizer: Tokenizer) -> None:
    papers.add(some(3))
    papers.index_tokens(tokenizer)
    first = papers.tokens().track
    papers.add([Document(id="more", text="more"), *some(2, 3)])
    papers.embed()
    second = papers.tokens().track
    assert first is not None
    assert second is not None
    one, two = first.pieces[0].entry, second.pieces[-1].entry
    assert one is not None
    assert two is not None
    mixed = replace(two, files=(one.file("spans"), two.file("ngram")))
    with pytest.raises(IndexCorrupt, match="different documents"):
        open_piece(papers._replica.directory, mixed, "tokens")
    with pytest.raises(IndexCorrupt, match="other files than spans and ngram"):
        open_piece(papers._replica.directory, replace(one, files=one.files[:1]), "tokens")


def test_an_erased_document_is_in_no_segment(both: Collection, tokenizer: Tokenizer) -> None:
    both.delete(["d1"])
    receipt = both.erase(["d5"])
    assert receipt.erased == 1
    track = both.tokens().track
    assert track is not None
    ordinals = np.concatenate([piece.spans.ordinals for piece in track.pieces])
    assert len(ordinals) == 5
    assert_tokenised(both, tokenizer)
