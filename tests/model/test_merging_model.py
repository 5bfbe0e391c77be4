"""Random operations with merges that stand still between them, against a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st
from tests.counts import scaled
from tests.unit.retrieval.collections.held_merges import FILES, HeldMerge

from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace, merging, pacing
from mnemic.settings import Settings
from mnemic.types import Document

WORDS = ["alpha", "beta", "gamma"]
names = st.sampled_from([f"doc{number}" for number in range(8)])
texts = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)


class MergingMachine(stateful.RuleBasedStateMachine):
    """Two segments of one class are merged, so that nearly every flush makes a merge due."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(merging, "FAN_IN", 2)
        self.folder = Path(tempfile.mkdtemp(prefix="mnemic-model-"))
        self.model: dict[str, str] = {}
        self.held: HeldMerge | None = None
        self.open()

    def open(self) -> None:
        self.workspace = Workspace.open(self.folder, settings=Settings(merge_memory=64))
        known = "papers" in self.workspace.names()
        open_it = self.workspace.collection if known else self.workspace.create
        self.collection = open_it("papers")
        # Merges begin where a rule says so, and nowhere else.
        self.patch.setattr(self.collection._writer._background, "wake_merges", lambda: False)

    @stateful.precondition(lambda self: self.held is None)
    @stateful.rule(file=st.integers(1, FILES))
    def begin_merge(self, file: int) -> None:
        self.held = HeldMerge(self.collection, file=file)

    @stateful.precondition(lambda self: self.held is not None)
    @stateful.rule()
    def end_merge(self) -> None:
        held, self.held = self.held, None
        if held is not None:
            held.release()
            assert held.merged is not None or isinstance(held.error, pacing.Abandoned)

    @stateful.rule(batch=st.dictionaries(names, texts, min_size=1, max_size=4))
    def upsert(self, batch: dict[str, str]) -> None:
        self.collection.upsert([Document(id=name, text=text) for name, text in batch.items()])
        self.model.update(batch)

    @stateful.rule(chosen=st.lists(names, unique=True, max_size=4))
    def delete(self, chosen: list[str]) -> None:
        there = [name for name in chosen if self.model.pop(name, None) is not None]
        assert self.collection.delete(chosen) == len(there)

    @stateful.rule()
    def flush(self) -> None:
        self.collection.flush()

    @stateful.rule(name=names)
    def erase(self, name: str) -> None:
        receipt = self.collection.erase([name])
        assert receipt.erased == (1 if self.model.pop(name, None) is not None else 0)

    @stateful.rule(work=st.sampled_from(["compact", "rebuild"]))
    def write_anew(self, work: str) -> None:
        getattr(self.collection, work)()

    @stateful.rule(flushed=st.booleans())
    def reopen(self, flushed: bool) -> None:
        if not flushed:
            # As a killed process would, it leaves its tail in the catalogue.
            self.patch.setattr(self.collection._writer, "_finish", lambda: None)
        self.workspace.close()
        self.end_merge()
        self.open()

    @stateful.invariant()
    def finds_and_counts_what_the_model_has(self) -> None:
        texts = self.model.values()
        for word in WORDS:
            found = {hit.id for hit in self.collection.search(word, 100)}
            assert found == {name for name, text in self.model.items() if word in text.split()}
        counts: list[Any] = [sum(text.count(word) for text in texts) for word in WORDS]
        assert self.collection.substrings.count(WORDS) == counts

    def teardown(self) -> None:
        self.end_merge()
        self.collection.settle()
        problems, excess = self.collection.verify(), self.collection.stats().merges.excess
        self.workspace.close()
        self.patch.undo()
        faults.reset()
        shutil.rmtree(self.folder)
        assert (problems, excess) == ([], 0)


MergingMachine.TestCase.settings = settings(
    max_examples=scaled(15, 300), stateful_step_count=25, deadline=None
)
TestMerging = MergingMachine.TestCase
