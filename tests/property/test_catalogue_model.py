"""Random inserts, replacements, deletes and re-openings against a dict."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.counts import scaled
from tests.unit.catalogue.databases import BACKENDS, fresh_url

from mnemic.catalogue import Catalogue
from mnemic.errors import Conflict
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.catalogue import Insertion, OnDuplicate

IDS = st.sampled_from(["a", "b", "c", "é", " ", "'"])
METADATA = st.sampled_from([{}, {"x": 1}, {"x": True}, {"x": 1.0}])
DOCUMENTS = st.lists(
    st.builds(Document, id=IDS, text=st.sampled_from(["", "t", "\0"]), metadata=METADATA),
    max_size=6,
)


def same(left: Document, right: Document) -> bool:
    return repr(left) == repr(right)


class Machine(RuleBasedStateMachine):
    """What should be stored: id -> (ordinal, document), and the ordinals that went."""

    backend: str

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.url = self.stack.enter_context(fresh_url(self.backend))
        self.catalogue = Catalogue.open(self.url)
        self.live: dict[str, tuple[int, Document]] = {}
        self.removed: list[int] = []
        self.next = 0
        with self.catalogue.transaction() as transaction:
            self.collection = transaction.collections.create("papers", settings={}).id

    def teardown(self) -> None:
        self.catalogue.close()
        self.stack.close()

    def insert(self, documents: list[Document], mode: OnDuplicate) -> Insertion:
        with self.catalogue.transaction() as transaction:
            return transaction.documents.insert(self.collection, documents, on_duplicate=mode)

    def store(self, document: Document) -> None:
        if document.id in self.live:
            self.removed.append(self.live[document.id][0])
        self.live[document.id] = (self.next, document)
        self.next += 1

    @rule(documents=DOCUMENTS)
    def insert_new(self, documents: list[Document]) -> None:
        ids = [document.id for document in documents]
        if len(set(ids)) < len(ids) or set(ids) & set(self.live):
            with pytest.raises(Conflict):
                self.insert(documents, "error")
            return
        assert self.insert(documents, "error").added == len(ids)
        for document in documents:
            self.store(document)

    @rule(documents=DOCUMENTS)
    def insert_missing(self, documents: list[Document]) -> None:
        report = self.insert(documents, "skip")
        for ordinal, document in zip(report.ordinals, documents, strict=True):
            assert (ordinal is None) == (document.id in self.live)
            if ordinal is not None:
                assert ordinal == self.next
                self.store(document)

    @rule(documents=DOCUMENTS)
    def replace(self, documents: list[Document]) -> None:
        report = self.insert(documents, "replace")
        latest = {document.id: place for place, document in enumerate(documents)}
        gone = []
        for place, (ordinal, document) in enumerate(zip(report.ordinals, documents, strict=True)):
            held = self.live.get(document.id)
            skipped = latest[document.id] != place or (held and same(held[1], document))
            assert (ordinal is None) == bool(skipped)
            if not skipped:
                assert ordinal == self.next
                gone += [held[0]] if held else []
                self.live[document.id] = (self.next, document)
                self.next += 1
        self.removed += sorted(gone)
        assert report.removed == tuple(sorted(gone))

    @rule(ids=st.lists(IDS, max_size=4))
    def delete(self, ids: list[str]) -> None:
        with self.catalogue.transaction() as transaction:
            deletion = transaction.documents.delete(self.collection, ids)
        assert set(deletion.missing) == set(ids) - set(self.live)
        gone = sorted(self.live.pop(name)[0] for name in set(ids) & set(self.live))
        assert deletion.ordinals == tuple(gone)
        self.removed += gone

    @rule()
    def reopen(self) -> None:
        self.catalogue.close()
        self.catalogue = Catalogue.open(self.url)

    @rule()
    def scrub(self) -> None:
        self.catalogue.scrub()

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        wanted = sorted(self.live.values(), key=lambda pair: pair[0])
        with self.catalogue.reading() as transaction:
            record = transaction.collections.by_id(self.collection)
            batches: Any = transaction.documents.iterate(self.collection, batch=3)
            found = [(item.ordinal, item.document) for batch in batches for item in batch]
            deletions = transaction.documents.deletions_since(self.collection, 0)
        assert list(map(repr, found)) == list(map(repr, wanted))
        assert deletions == list(enumerate(self.removed, 1))
        counters = (record.next_ordinal, record.deletion_seq, record.documents)
        assert counters == (self.next, len(self.removed), len(self.live))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_catalogue_behaves_like_a_dict(backend: str) -> None:
    run_state_machine_as_test(
        type("Machine", (Machine,), {"backend": backend}),
        settings=settings(
            max_examples=scaled(15, 400),
            stateful_step_count=scaled(15, 40),
            deadline=None,
            print_blob=True,
        ),
    )
