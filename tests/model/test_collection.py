"""Random operations on a real collection against a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings, stateful
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

WORDS = ["alpha", "beta", "gamma", "delta"]
names = st.sampled_from([f"doc{number}" for number in range(8)])
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)


class CollectionMachine(stateful.RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mnemic-model-"))
        self.model: dict[str, str] = {}
        self.workspace = Workspace.open(self.folder, settings=Settings())
        self.collection = self.workspace.create("papers")

    @stateful.rule(name=names, text=texts)
    def upsert(self, name: str, text: str) -> None:
        self.collection.upsert([Document(id=name, text=text)])
        self.model[name] = text

    @stateful.rule(chosen=st.lists(names, unique=True, max_size=3))
    def delete(self, chosen: list[str]) -> None:
        there = [name for name in chosen if self.model.pop(name, None) is not None]
        assert self.collection.delete(chosen) == len(there)

    @stateful.rule(name=names)
    def erase(self, name: str) -> None:
        receipt = self.collection.erase([name])
        assert receipt.erased == (1 if self.model.pop(name, None) is not None else 0)

    @stateful.rule()
    def flush(self) -> None:
        self.collection.flush()

    @stateful.rule()
    def compact(self) -> None:
        self.collection.compact()

    @stateful.rule()
    def rebuild(self) -> None:
        self.collection.rebuild()

    @stateful.rule(flushed=st.booleans())
    def reopen(self, flushed: bool) -> None:
        if flushed:
            self.workspace.close()
        other = Workspace.open(self.folder, settings=Settings())
        if not flushed:
            # The old handle is let go without flushing its tail, as a killed process would.
            for _, writer, _ in self.workspace._open.values():
                writer._finish = lambda: None  # type: ignore[method-assign]
            self.workspace.close()
        self.workspace, self.collection = other, other.collection("papers")

    @stateful.invariant()
    def holds_what_the_model_holds(self) -> None:
        assert len(self.collection) == len(self.model)
        stored = {item.id: item.text for item in self.collection.documents()}
        assert stored == self.model

    @stateful.invariant()
    def finds_what_the_model_finds(self) -> None:
        for word in WORDS:
            found = {hit.id for hit in self.collection.search(word, 100)}
            assert found == {name for name, text in self.model.items() if word in text.split()}

    def teardown(self) -> None:
        problems = self.collection.verify()
        self.workspace.close()
        shutil.rmtree(self.folder)
        assert problems == []


CollectionMachine.TestCase.settings = settings(
    max_examples=scaled(10, 200), stateful_step_count=15, deadline=None
)
TestCollection = CollectionMachine.TestCase
