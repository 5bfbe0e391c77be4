from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Conflict, InvalidInput, NotFound
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue, Insertion, OnDuplicate

A, B, C = (Document(id=name, text=f"text of {name}") for name in "abc")


def insert(
    catalogue: Catalogue, collection: int, *documents: Document, mode: OnDuplicate = "error"
) -> Insertion:
    with catalogue.transaction() as transaction:
        return transaction.documents.insert(collection, documents, on_duplicate=mode)


def test_ordinals_follow_insertion_order(catalogue: Catalogue, papers: int) -> None:
    first = insert(catalogue, papers, B, A)
    second = insert(catalogue, papers, C)
    assert (first.ordinals, second.ordinals) == ((0, 1), (2,))
    assert (first.added, first.replaced, first.skipped) == (2, 0, 0)
    with catalogue.reading() as transaction:
        assert transaction.documents.by_ordinals(papers, [0, 1, 2, 9]) == {0: B, 1: A, 2: C}
        assert transaction.documents.count(papers) == 3


def test_collections_do_not_share_ids_or_ordinals(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        notes = transaction.collections.create("notes", settings={}).id
    assert insert(catalogue, papers, A).ordinals == insert(catalogue, notes, A).ordinals == (0,)
    with catalogue.transaction() as transaction:
        transaction.documents.delete(papers, ["a"])
        assert transaction.documents.get(notes, ["a"]) == [A]


def test_error_names_the_ids_and_stores_nothing(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, A)
    with pytest.raises(Conflict, match="'a', 'c'"):
        insert(catalogue, papers, A, B, C, C)
    with catalogue.reading() as transaction:
        assert transaction.documents.count(papers) == 1


def test_error_names_ten_ids_at_most(catalogue: Catalogue, papers: int) -> None:
    many = [Document(id=f"{number:02}") for number in range(25)]
    insert(catalogue, papers, *many)
    with pytest.raises(Conflict, match="'09' and 15 more"):
        insert(catalogue, papers, *many)


def test_skip_keeps_what_exists_and_the_first_of_a_call(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, A)
    later = Document(id="b", text="later")
    report = insert(catalogue, papers, Document(id="a", text="new"), B, later, mode="skip")
    assert report.ordinals == (None, 1, None)
    assert (report.added, report.skipped) == (1, 2)
    with catalogue.reading() as transaction:
        assert transaction.documents.get(papers, ["a", "b"]) == [A, B]


def test_replace_gives_a_new_ordinal(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, A, B)
    new = Document(id="a", text="new")
    report = insert(catalogue, papers, C, Document(id="a", text="old"), new, mode="replace")
    assert report.ordinals == (2, None, 3)
    assert report.removed == (0,)
    assert (report.added, report.replaced, report.skipped, report.deletion_seq) == (1, 1, 1, 1)
    with catalogue.reading() as transaction:
        assert transaction.documents.get(papers, ["a"]) == [new]
        assert transaction.documents.deletions_since(papers, 0) == [(1, 0)]
        assert transaction.documents.count(papers) == 3


def test_replace_leaves_what_is_unchanged(catalogue: Catalogue, papers: int) -> None:
    document = Document(id="a", text="t", title="T", metadata={"x": 1, "y": [1.0, None]})
    insert(catalogue, papers, document)
    same = Document(id="a", text="t", title="T", metadata={"y": [1.0, None], "x": 1})
    report = insert(catalogue, papers, same, mode="replace")
    assert (report.ordinals, report.skipped, report.removed) == ((None,), 1, ())


@pytest.mark.parametrize(
    "changed",
    [
        Document(id="a", text="t", title="U", metadata={"x": 1}),
        Document(id="a", text="tT", title="", metadata={"x": 1}),
        Document(id="a", text="t", title="T", metadata={"x": True}),
        Document(id="a", text="t", title="T", metadata={"x": 1.0}),
        Document(id="a", text="t", title="T"),
    ],
)
def test_replace_sees_every_change(catalogue: Catalogue, papers: int, changed: Document) -> None:
    insert(catalogue, papers, Document(id="a", text="t", title="T", metadata={"x": 1}))
    assert insert(catalogue, papers, changed, mode="replace").replaced == 1


def test_same_content_is_counted(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, Document(id="a", text="same"))
    copies = [Document(id=name, text="same") for name in "bc"]
    other = Document(id="d", title="same")
    assert insert(catalogue, papers, *copies, other).same_content == 2


def test_an_unknown_mode_is_refused(catalogue: Catalogue, papers: int) -> None:
    with pytest.raises(InvalidInput, match="on_duplicate is 'merge'"):
        insert(catalogue, papers, A, mode="merge")  # type: ignore[arg-type]


def test_inserting_nothing_changes_nothing(catalogue: Catalogue, papers: int) -> None:
    assert insert(catalogue, papers).ordinals == ()
    with catalogue.reading() as transaction:
        assert transaction.collections.by_id(papers).version == 1


def test_delete_reports_ordinals_and_missing_ids(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, A, B, C)
    with catalogue.transaction() as transaction:
        deletion = transaction.documents.delete(papers, ["c", "x", "a", "c", "x"])
        assert (deletion.ordinals, deletion.missing) == ((0, 2), ("x",))
        assert deletion.deletion_seq == 2
        assert transaction.documents.deletions_since(papers, 1) == [(2, 2)]
        assert transaction.documents.count(papers) == 1


def test_a_deleted_id_comes_back_under_a_new_ordinal(catalogue: Catalogue, papers: int) -> None:
    insert(catalogue, papers, A)
    with catalogue.transaction() as transaction:
        transaction.documents.delete(papers, ["a"])
    assert insert(catalogue, papers, A).ordinals == (1,)


def test_purged_deletions_are_forgotten_but_not_their_numbers(
    catalogue: Catalogue, papers: int
) -> None:
    insert(catalogue, papers, A, B, C)
    with catalogue.transaction() as transaction:
        transaction.documents.delete(papers, ["a", "b"])
        transaction.documents.purge_deletions(papers, 2)
        assert transaction.documents.deletions_since(papers, 0) == []
        assert transaction.documents.delete(papers, ["c"]).deletion_seq == 3


def test_writing_to_no_collection_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(NotFound, match="number 99"):
        insert(catalogue, 99, A)
    with catalogue.transaction() as transaction, pytest.raises(NotFound):
        transaction.documents.delete(99, ["a"])


def test_many_documents_cross_the_chunks(catalogue: Catalogue, papers: int) -> None:
    many = [Document(id=f"d{number}", text=str(number % 7)) for number in range(2500)]
    assert insert(catalogue, papers, *many).ordinals == tuple(range(2500))
    report = insert(catalogue, papers, *many[::-1], mode="replace")
    assert report.skipped == 2500
    with catalogue.transaction() as transaction:
        ids = [document.id for document in many]
        assert transaction.documents.get(papers, ids[::-1]) == many[::-1]
        assert transaction.documents.delete(papers, ids).ordinals == tuple(range(2500))
        assert transaction.documents.count(papers) == 0


def test_every_write_changes_the_version(catalogue: Catalogue, papers: int) -> None:
    versions = []
    modes: tuple[OnDuplicate, ...] = ("error", "replace", "skip")
    for mode in modes:
        insert(catalogue, papers, Document(id="a", text=mode), mode=mode)
        with catalogue.reading() as transaction:
            versions.append(transaction.collections.by_id(papers).version)
    assert versions == [2, 3, 3]
