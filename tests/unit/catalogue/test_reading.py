from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, update

from mnemic.catalogue.tables import documents
from mnemic.errors import IndexCorrupt, InvalidInput, LimitExceeded, NotFound
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue


def round_trip(catalogue: Catalogue, collection: int, document: Document) -> Document:
    with catalogue.transaction() as transaction:
        transaction.documents.insert(collection, [document], on_duplicate="error")
    with catalogue.reading() as transaction:
        return transaction.documents.get(collection, [document.id])[0]


@pytest.mark.parametrize(
    "text", ["", "\0", "a\0b\0", "é\u0301 ß 中文 \U0001f642 \u202e", "\r\n\t\x1b", "x" * 3_000_000]
)
def test_any_text_comes_back(catalogue: Catalogue, papers: int, text: str) -> None:
    document = Document(id="a", text=text, title=text[:100])
    assert round_trip(catalogue, papers, document) == document


@pytest.mark.parametrize("identifier", ["a b", "é" * 256, "'; DROP TABLE x; --", "%s", "\n"])
def test_any_id_comes_back(catalogue: Catalogue, papers: int, identifier: str) -> None:
    assert round_trip(catalogue, papers, Document(id=identifier)).id == identifier


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 1, -(2**63), 2**63 - 1, 0.1, 1.0, 1e15, 1e16, -1e22, 1e300, 5e-324,
        0.1 + 0.2, 2.0**62 + 1024, "", "é\u0001\"\\", [], {}, [[1, [2.5, None]], {"a": {"b": []}}],
        {"a.b": {"": 1}, "$x": "'", 'q"': 2},
    ],
)  # fmt: skip
def test_any_metadata_comes_back_with_its_type(
    catalogue: Catalogue, papers: int, value: Any
) -> None:
    document = Document(id="a", metadata={"field": value})
    stored = round_trip(catalogue, papers, document).metadata
    assert json.dumps(stored, sort_keys=True) == json.dumps(document.metadata, sort_keys=True)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (Document(id=""), "document id"),
        (Document(id="x" * 513), "513 bytes"),
        (Document(id="a\0"), "NUL"),
        (Document(id="\udc80"), "document id holds a lone surrogate"),
        (Document(id="a", text="ab\ud800"), "'a': 'text' holds a lone surrogate at character 2"),
        (Document(id="a", title="\ud800"), "'a': 'title' holds a lone surrogate"),
        (Document(id="a", metadata={"f": {"g": "\0"}}), "'a': 'f'.'g' holds a NUL"),
        (Document(id="a", metadata={"f": "\ud800"}), "'a': 'f' holds a lone surrogate"),
        (Document(id="a", metadata={"f\0": 1}), "holds a NUL"),
        (Document(id="a", metadata={"f": [1, 2**63]}), "'f'.1 is an integer beyond 64 bits"),
        (Document(id="a", metadata={"f": float("nan")}), "'a': 'f' is nan"),
        (Document(id="a", metadata={"f": float("-inf")}), "'a': 'f' is -inf"),
        (Document(id="a", metadata={"f": b"x"}), "of type bytes"),
        (Document(id="a", metadata={"f": {1: 2}}), "key that is no string"),
        (Document(id="a", metadata=[1]), "metadata is list"),  # type: ignore[arg-type]
        (Document(id="a", text=5), "'text' is of type int"),  # type: ignore[arg-type]
        (Document(id=5), "document id is 5"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(
    catalogue: Catalogue, papers: int, document: Document, named: str
) -> None:
    with pytest.raises(InvalidInput, match=named), catalogue.transaction() as transaction:
        transaction.documents.insert(papers, [Document(id="ok"), document], on_duplicate="error")
    with catalogue.reading() as transaction:
        assert transaction.documents.count(papers) == 0


def test_deep_metadata_is_refused(catalogue: Catalogue, papers: int) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    document = Document(id="a", metadata=deep)
    with pytest.raises(InvalidInput, match="levels deep"), catalogue.transaction() as transaction:
        transaction.documents.insert(papers, [document], on_duplicate="error")


def test_huge_metadata_is_refused(catalogue: Catalogue, papers: int) -> None:
    document = Document(id="a", metadata={"f": "x" * (17 << 20)})
    with pytest.raises(LimitExceeded, match="'a': metadata"), catalogue.transaction() as writer:
        writer.documents.insert(papers, [document], on_duplicate="error")


def test_get_names_what_is_missing(catalogue: Catalogue, papers: int) -> None:
    round_trip(catalogue, papers, Document(id="a"))
    with catalogue.reading() as transaction:
        with pytest.raises(NotFound, match="'b', 'c'"):
            transaction.documents.get(papers, ["b", "a", "c"])
        with pytest.raises(InvalidInput, match="string 'ab'"):
            transaction.documents.get(papers, "ab")


@pytest.mark.parametrize("identifier", ["", "\0", "\ud800", "x" * 5000])
def test_an_id_that_cannot_exist_is_missing(
    catalogue: Catalogue, papers: int, identifier: str
) -> None:
    with catalogue.transaction() as transaction:
        with pytest.raises(NotFound):
            transaction.documents.get(papers, [identifier])
        assert transaction.documents.delete(papers, [identifier]).missing == (identifier,)


def test_get_repeats_what_is_asked_twice(catalogue: Catalogue, papers: int) -> None:
    document = round_trip(catalogue, papers, Document(id="a"))
    with catalogue.reading() as transaction:
        assert transaction.documents.get(papers, ["a", "a"]) == [document, document]


def test_iterate_goes_on_from_an_ordinal(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        many = [Document(id=f"d{number}") for number in range(10)]
        transaction.documents.insert(papers, many, on_duplicate="error")
        transaction.documents.delete(papers, ["d4"])
        batches = list(transaction.documents.iterate(papers, start=2, batch=3))
    ordinals = [[item.ordinal for item in batch] for batch in batches]
    assert ordinals == [[2, 3, 5], [6, 7, 8], [9]]
    assert batches[0][0].document == many[2]
    assert len(batches[0][0].content_hash) == 16


@pytest.mark.parametrize(
    "values",
    [{"text": b"wrong"}, {"title": b"wrong"}, {"metadata": {"f": 3}}, {"checksum": b"12345678"}],
    ids=lambda values: next(iter(values)),
)
def test_changed_bytes_are_noticed(
    catalogue: Catalogue, papers: int, url: str, values: dict[str, Any]
) -> None:
    round_trip(catalogue, papers, Document(id="a", text="right", metadata={"f": 2}))
    engine = create_engine(url, json_serializer=json.dumps)
    with engine.begin() as connection:
        connection.execute(update(documents).values(**values))
    engine.dispose()
    with catalogue.reading() as transaction, pytest.raises(IndexCorrupt, match="document 'a'"):
        transaction.documents.get(papers, ["a"])


def test_a_changed_id_is_noticed(catalogue: Catalogue, papers: int, url: str) -> None:
    round_trip(catalogue, papers, Document(id="a"))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(documents).values(id="b"))
    engine.dispose()
    with catalogue.reading() as transaction, pytest.raises(IndexCorrupt, match="document 'b'"):
        transaction.documents.get(papers, ["b"])
