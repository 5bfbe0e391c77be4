from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from tests.counts import scaled
from tests.unit.catalogue.databases import fresh_url

from mnemic.catalogue import Catalogue
from mnemic.errors import Unavailable
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTINEL = "sentinel-7f3a"
FILES = """
    SELECT pg_relation_filepath(oid) FROM pg_class
    WHERE oid = CAST(:name AS regclass)
       OR oid = (SELECT reltoastrelid FROM pg_class WHERE oid = CAST(:name AS regclass))
       OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = CAST(:name AS regclass))
"""


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


def test_a_reader_of_the_state_before_holds_an_erase_up(url: str) -> None:
    with Catalogue.open(url, lock_wait=0.2) as catalogue, catalogue.reading() as transaction:
        transaction.collections.all()
        with catalogue.transaction() as writer:
            writer.collections.create("papers", settings={})
        with pytest.raises(Unavailable, match="reader"):
            catalogue.scrub()
        assert transaction.collections.all() == []


def test_a_scrubbed_catalogue_is_whole(catalogue: Catalogue, papers: int) -> None:
    with catalogue.transaction() as transaction:
        documents = [secret(str(number)) for number in range(50)]
        transaction.documents.insert(papers, documents, on_duplicate="error")
        transaction.documents.delete(papers, [document.id for document in documents[::2]])
    catalogue.scrub()
    assert catalogue.check() == []
    with catalogue.reading() as transaction:
        kept = [document.id for document in documents[1::2]]
        assert transaction.documents.get(papers, kept) == documents[1::2]


@pytest.mark.postgres
def test_erase_leaves_no_byte_in_the_tables_of_postgresql() -> None:
    # Tests beside this one hold sessions in the same database, all of them short.
    with fresh_url("postgresql") as url, Catalogue.open(url, lock_wait=60) as catalogue:
        with catalogue.transaction() as transaction:
            papers = transaction.collections.create("papers", settings={}).id
            documents = [secret(str(number), size=300 * number) for number in range(40)]
            transaction.documents.insert(papers, documents, on_duplicate="error")
        assert SENTINEL.encode() in table_bytes(url)
        with catalogue.transaction() as transaction:
            transaction.documents.delete(papers, [document.id for document in documents])
        assert SENTINEL.encode() in table_bytes(url)
        catalogue.scrub()
        assert SENTINEL.encode() not in table_bytes(url)


def fail_a_job(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        transaction.jobs.enqueue("encode", {})
        job = transaction.jobs.lease(["encode"], owner="w", seconds=60)
        assert job is not None
        transaction.jobs.fail(job, f"cannot encode {SENTINEL}")


def test_erase_leaves_no_byte_in_the_errors_of_jobs(erasable: Catalogue, sqlite_url: str) -> None:
    fail_a_job(erasable)
    assert remains(sqlite_url)
    with erasable.transaction() as transaction:
        transaction.jobs.recall(["encode"])
    erasable.scrub()
    assert remains(sqlite_url) == {}


@pytest.mark.postgres
def test_erase_leaves_no_byte_in_the_errors_of_jobs_in_postgresql() -> None:
    with fresh_url("postgresql") as url, Catalogue.open(url, lock_wait=60) as catalogue:
        fail_a_job(catalogue)
        with catalogue.transaction() as transaction:
            transaction.jobs.recall(["encode"])
        assert SENTINEL.encode() in table_bytes(url, "jobs")
        catalogue.scrub()
        assert SENTINEL.encode() not in table_bytes(url, "jobs")


def table_bytes(url: str, name: str = "documents") -> bytes:
    """The files of a table, its indexes and its overflow, as they lie on the disk."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        table = connection.execute(text(FILES), {"name": name}).scalars().all()
        read = text("SELECT pg_read_binary_file(:path)")
        files = [connection.execute(read, {"path": path}).scalar_one() for path in table]
    engine.dispose()
    return b"".join(map(bytes, files))
