"""Random operations on a real collection with vectors and tokens, against force over a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings, stateful
from hypothesis import strategies as st
from tests.counts import scaled
from tests.hash_encoder import (
    DENSE,
    OTHER_DENSE,
    OTHER_SPARSE,
    REFUSED,
    SPARSE,
    HashEncoder,
    HashModels,
    best_by_force,
)
from tests.unit.llm.tokenizers import characters
from tests.unit.retrieval.collections.embedded import found, opened, pending
from tests.unit.retrieval.collections.tokenised import stored_in, tokens_of

from mnemic.llm.tokenizer import Tokenizer
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.retrieval.encoders.specs import EncoderSpec

WORDS = ["alpha", "beta", "gamma", "delta", REFUSED, "!"]
QUERIES = ("alpha beta", "gamma", "delta alpha alpha")
CHOICES = ((), (DENSE,), (SPARSE,), (DENSE, SPARSE), (OTHER_DENSE, SPARSE), (OTHER_SPARSE,))
names = st.sampled_from([f"doc{number}" for number in range(8)])
texts = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)


class EmbeddedMachine(stateful.RuleBasedStateMachine):
    """The model is a dict of documents in the order in which they were stored."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mnemic-model-"))
        self.model: dict[str, Document] = {}
        self.models = HashModels()
        self.wanted: tuple[EncoderSpec, ...] = (DENSE, SPARSE)
        folders = (self.folder / "one", self.folder / "two")
        self.tokenizers = [
            Tokenizer.open(characters(folder, prefix=folder.name)) for folder in folders
        ]
        self.tokenizer: Tokenizer | None = None
        self.workspace = opened(self.folder, self.models)
        encoders = [self.models.open(spec) for spec in self.wanted]
        self.collection = self.workspace.create("papers", encoders=encoders)

    @stateful.rule(name=names, text=texts, title=st.sampled_from(["", "beta"]))
    def upsert(self, name: str, text: str, title: str) -> None:
        document = Document(id=name, text=text, title=title)
        self.collection.add([document], on_duplicate="replace", encode="later")
        if self.model.get(name) != document:
            self.model.pop(name, None)
            self.model[name] = document

    @stateful.rule(chosen=st.lists(names, unique=True, max_size=4))
    def delete(self, chosen: list[str]) -> None:
        there = [name for name in chosen if self.model.pop(name, None) is not None]
        assert self.collection.delete(chosen) == len(there)

    @stateful.rule(name=names)
    def erase(self, name: str) -> None:
        receipt = self.collection.erase([name])
        assert receipt.erased == (1 if self.model.pop(name, None) is not None else 0)

    @stateful.rule()
    def embed(self) -> None:
        self.collection.embed()
        assert not any(pending(self.collection).values())

    @stateful.rule(wanted=st.sampled_from(CHOICES))
    def reindex(self, wanted: tuple[EncoderSpec, ...]) -> None:
        self.collection.reindex([self.models.open(spec) for spec in wanted])
        self.wanted = wanted
        assert self.collection.roles == tuple(sorted(spec.kind for spec in wanted))

    @stateful.rule(which=st.sampled_from([0, 0, 1, None]))
    def index_tokens(self, which: int | None) -> None:
        self.tokenizer = None if which is None else self.tokenizers[which]
        self.collection.index_tokens(self.tokenizer)
        assert len(self.collection.stats().tokens) == (0 if which is None else 1)

    @stateful.rule()
    def flush(self) -> None:
        self.collection.flush()

    @stateful.rule()
    def compact(self) -> None:
        self.collection.compact()

    @stateful.rule()
    def rebuild(self) -> None:
        self.collection.rebuild()

    @stateful.rule()
    def reopen(self) -> None:
        self.workspace.close()
        self.workspace = opened(self.folder, self.models)
        self.collection = self.workspace.collection("papers")

    @stateful.invariant()
    def finds_what_brute_force_finds(self) -> None:
        tracks = self.collection._fresh().tracks
        for spec in self.wanted:
            track = tracks.get(spec.kind)
            mark = 0 if track is None else track.next_ordinal
            encoded = [self.model[name] for name in self.encoded(mark)]
            for query in QUERIES:
                expected = best_by_force(encoded, query, HashEncoder(spec))
                assert_equal(found(self.collection, spec.kind, query), expected)

    @stateful.invariant()
    def holds_the_tokens_of_what_was_tokenised(self) -> None:
        if self.tokenizer is None:
            return
        view = self.collection.tokens()
        mark = 0 if view.track is None else view.track.next_ordinal
        known = self.encoded(mark)
        assert view.pending == len(self.model) - len(known)
        expected = {name: tokens_of(self.model[name], self.tokenizer) for name in known}
        assert stored_in(view) == expected
        assert view.index.count(self.tokenizer.encode("a")) == sum(
            tokens.count(self.tokenizer.encode("a")[0]) for tokens in expected.values()
        )

    def encoded(self, mark: int) -> list[str]:
        """The ids of the documents that stand below a track's mark, in their order."""
        with self.workspace.catalogue.reading() as tx:
            batches = tx.documents.iterate(self.collection.id)
            return [item.document.id for b in batches for item in b if item.ordinal < mark]

    @stateful.invariant()
    def holds_what_the_model_holds(self) -> None:
        assert list(self.collection.documents()) == list(self.model.values())

    def teardown(self) -> None:
        problems = self.collection.verify()
        self.collection.embed()
        self.finds_what_brute_force_finds()
        self.workspace.close()
        shutil.rmtree(self.folder)
        assert problems == []


def assert_equal(hits: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    """The same documents with the same scores."""
    scores = dict(expected)
    assert {name for name, _ in hits} == set(scores)
    assert all(abs(score - scores[name]) < 1e-5 for name, score in hits)


EmbeddedMachine.TestCase.settings = settings(
    max_examples=scaled(15, 200), stateful_step_count=15, deadline=None
)
TestEmbeddedCollection = EmbeddedMachine.TestCase
