from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled

from mnemic.catalogue import Catalogue
from mnemic.errors import Unavailable
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTINEL = "sentinel-7f3a"


@pytest.fixture
def erasable(sqlite_url: str) -> Iterator[Catalogue]:
    with Catalogue.open(sqlite_url, lock_wait=0.2) as catalogue:
        yield catalogue


def remains(url: str) -> dict[str, int]:
    folder = Path(url.removeprefix("sqlite:///")).parent
    found = {path.name: path.read_bytes().count(SENTINEL.encode()) for path in folder.iterdir()}
    return {name: count for name, count in found.items() if count}


def secret(identifier: str, size: int = 100) -> Document:
    fields = {"title": SENTINEL, "metadata": {SENTINEL: SENTINEL}}
    return Document(id=f"{identifier}-{SENTINEL}", text=SENTINEL + "x" * size, **fields)  # type: ignore[arg-type]


def test_erase_leaves_no_byte(erasable: Catalogue, sqlite_url: str) -> None:
    with erasable.transaction() as transaction:
        papers = transaction.collections.create("papers", settings={}).id
        documents = [secret(str(number), size=300 * number) for number in range(40)]
        transaction.documents.insert(papers, documents, on_duplicate="error")
        transaction.documents.insert(papers, [Document(id="kept")], on_duplicate="error")
    assert remains(sqlite_url)
    with erasable.transaction() as transaction:
        ids = [document.id for document in documents]
        transaction.documents.delete(papers, ids)
        transaction.audit.append("alice", "documents.erase", "papers", {}, document_ids=ids)
    erasable.scrub()
    assert remains(sqlite_url) == {}
    with erasable.reading() as transaction:
        assert transaction.documents.get(papers, ["kept"]) == [Document(id="kept")]
        assert transaction.documents.by_ordinals(papers, [40])


@pytest.mark.parametrize("seed", range(scaled(4, 40)))
def test_erase_leaves_no_byte_of_pages_that_were_split(
    erasable: Catalogue, sqlite_url: str, seed: int
) -> None:
    draw = random.Random(seed)
    with erasable.transaction() as transaction:
        papers = transaction.collections.create("papers", settings={}).id
    for step in range(30):
        with erasable.transaction() as transaction:
            sizes = [draw.choice([0, 500, 900, 3000, 9000]) for _ in range(draw.randrange(1, 60))]
            batch = [secret(f"{draw.random()}-{step}", size) for size in sizes]
            batch += [Document(id=f"{draw.random()}", text="y" * size) for size in sizes]
            transaction.documents.insert(papers, batch, on_duplicate="error")
            gone = [document.id for document in batch if draw.random() < 0.3]
            transaction.documents.delete(papers, gone)
    with erasable.transaction() as transaction:
        batches = transaction.documents.iterate(papers)
        ids = [item.document.id for batch in batches for item in batch]
        transaction.documents.delete(papers, [name for name in ids if SENTINEL in name])
    erasable.scrub()
    assert remains(sqlite_url) == {}


def test_a_reader_of_the_state_before_holds_an_erase_up(erasable: Catalogue) -> None:
    with erasable.reading() as transaction:
        transaction.collections.all()
        with erasable.transaction() as writer:
            writer.collections.create("papers", settings={})
        with pytest.raises(Unavailable, match="reader"):
            erasable.scrub()
    erasable.scrub()


def test_scrub_does_nothing_that_postgresql_would_not_allow(catalogue: Catalogue) -> None:
    catalogue.scrub()
    assert catalogue.check() == []
