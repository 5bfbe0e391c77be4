from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Conflict, Forbidden, InvalidInput, NotFound
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue


def test_create_gives_an_empty_collection(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        record = transaction.collections.create("papers", settings={"analyzer": {"stem": True}})
    assert (record.name, record.next_ordinal, record.documents) == ("papers", 0, 0)
    assert record.settings == {"analyzer": {"stem": True}}
    assert len(record.storage_key) == 32
    assert record.created_at == 1_000_000.0


def test_get_finds_what_was_committed(catalogue: Catalogue, papers: int) -> None:
    with catalogue.reading() as transaction:
        assert transaction.collections.get("papers") == transaction.collections.by_id(papers)


def test_all_is_sorted_by_code_point(catalogue: Catalogue) -> None:
    names = ["é", "b", "A", "a b", "B", "a", "🙂", "Z'; DROP TABLE documents; --"]
    with catalogue.transaction() as transaction:
        for name in names:
            transaction.collections.create(name, settings={})
        assert [record.name for record in transaction.collections.all()] == sorted(names)


def test_a_taken_name_conflicts_and_the_transaction_goes_on(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        transaction.collections.create("papers", settings={})
        with pytest.raises(Conflict, match="'papers' exists already"):
            transaction.collections.create("papers", settings={})
        transaction.collections.create("notes", settings={})
    with catalogue.reading() as transaction:
        assert len(transaction.collections.all()) == 2


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 513])
def test_names_that_cannot_be_stored_are_refused(catalogue: Catalogue, name: str) -> None:
    with catalogue.transaction() as transaction, pytest.raises(InvalidInput, match="name"):
        transaction.collections.create(name, settings={})


def test_missing_collections_are_named(catalogue: Catalogue) -> None:
    with catalogue.reading() as transaction:
        with pytest.raises(NotFound, match="'nothing' does not exist"):
            transaction.collections.get("nothing")
        with pytest.raises(NotFound):
            transaction.collections.get("\0\ud800")
        with pytest.raises(NotFound, match="number 7"):
            transaction.collections.by_id(7)


def test_settings_are_replaced_and_the_version_grows(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        before = transaction.collections.by_id(papers)
        after = transaction.collections.update_settings(papers, {"encoder": None})
    assert after.settings == {"encoder": None}
    assert after.version > before.version


def test_remove_takes_everything_along(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        documents = [Document(id="a"), Document(id="b")]
        transaction.documents.insert(papers, documents, on_duplicate="error")
        transaction.documents.delete(papers, ["a"])
        transaction.grants.give(papers, "alice", "owner")
        transaction.collections.remove(papers)
        assert transaction.collections.all() == []
        assert transaction.documents.by_ordinals(papers, [0, 1]) == {}
        assert transaction.documents.deletions_since(papers, 0) == []
        assert transaction.grants.of_actor("alice") == []


def test_a_new_collection_never_gets_an_old_number(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        transaction.collections.remove(papers)
        again = transaction.collections.create("papers", settings={})
    assert again.id > papers


def test_reading_refuses_to_write(catalogue: Catalogue, papers: int) -> None:
    with catalogue.reading() as transaction:
        with pytest.raises(Forbidden, match="only reads"):
            transaction.collections.create("notes", settings={})
        with pytest.raises(Forbidden, match="only reads"):
            transaction.documents.delete(papers, ["a"])


def insert_and_fail(catalogue: Catalogue, collection: int) -> None:
    with catalogue.transaction() as transaction:
        transaction.documents.insert(collection, [Document(id="a")], on_duplicate="error")
        transaction.collections.get("nothing")


def test_an_error_undoes_the_whole_transaction(catalogue: Catalogue, papers: int) -> None:
    with pytest.raises(NotFound):
        insert_and_fail(catalogue, papers)
    with catalogue.reading() as transaction:
        assert transaction.documents.count(papers) == 0
        assert transaction.collections.by_id(papers).next_ordinal == 0
