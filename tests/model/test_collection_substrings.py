"""Random operations on a real collection, and every count against a scan of a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings, stateful
from hypothesis import strategies as st
from tests.counts import scaled
from tests.unit.retrieval.collections.naive import naive_count, places

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

names = st.sampled_from([f"doc{number}" for number in range(6)])
texts = st.text("ab\0é漢 ", max_size=12)
PATTERNS = ["a", "b", "ab", "aa", "aba", "é", "漢", "\0", " ", "a b", "é漢", "bab a"]


class SubstringMachine(stateful.RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mnemic-model-"))
        self.model: dict[str, Document] = {}
        self.workspace = Workspace.open(self.folder, settings=Settings())
        self.collection = self.workspace.create("papers")

    @stateful.rule(chosen=st.lists(st.tuples(names, texts, texts), min_size=1, max_size=4))
    def upsert(self, chosen: list[tuple[str, str, str]]) -> None:
        batch = {name: Document(id=name, title=title, text=text) for name, title, text in chosen}
        self.collection.upsert(list(batch.values()))
        self.model |= batch

    @stateful.rule(chosen=st.lists(names, unique=True, max_size=3))
    def delete(self, chosen: list[str]) -> None:
        self.collection.delete(chosen)
        for name in chosen:
            self.model.pop(name, None)

    @stateful.rule(name=names)
    def erase(self, name: str) -> None:
        self.collection.erase([name])
        self.model.pop(name, None)

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

    @stateful.rule(pattern=st.text("ab\0é漢 ", min_size=1, max_size=5))
    def counts_any_pattern(self, pattern: str) -> None:
        [found] = self.collection.substrings.count([pattern])
        assert found == naive_count(self.model.values(), pattern)

    @stateful.rule(pattern=st.sampled_from(PATTERNS))
    def finds_every_place(self, pattern: str) -> None:
        found = self.collection.substrings.find(pattern, limit=1000)
        expected = places(self.model.values(), pattern)
        assert sorted((o.id, o.field, o.start) for o in found.occurrences) == sorted(expected)
        assert found.documents == len({name for name, _, _ in expected})

    # An invariant would ask after every step; what lies between two questions matters too.
    @stateful.rule()
    def counts_what_a_scan_counts(self) -> None:
        counts = [naive_count(self.model.values(), pattern) for pattern in PATTERNS]
        assert self.collection.substrings.count(PATTERNS) == counts

    def teardown(self) -> None:
        self.counts_what_a_scan_counts()
        problems = self.collection.verify()
        self.workspace.close()
        shutil.rmtree(self.folder)
        assert problems == []


SubstringMachine.TestCase.settings = settings(
    max_examples=scaled(10, 200), stateful_step_count=20, deadline=None
)
TestSubstrings = SubstringMachine.TestCase
