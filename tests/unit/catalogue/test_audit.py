from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from mnemic.catalogue import Catalogue
from mnemic.catalogue.tables import audit
from mnemic.errors import Forbidden, IndexCorrupt, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Executable


def append(catalogue: Catalogue, count: int = 3) -> None:
    with catalogue.transaction() as transaction:
        for number in range(count):
            transaction.audit.append("alice", "documents.add", "collection:x", {"n": number})


def append_and_fail(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        transaction.audit.append("bob", "undone", "nothing", {})
        transaction.audit.append("bob", "", "", {})


def force(url: str, *statements: Executable) -> None:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
    finally:
        engine.dispose()


def drop_triggers(url: str) -> list[Executable]:
    if url.startswith("sqlite"):
        return [text(f"DROP TRIGGER audit_no_{what}") for what in ("update", "delete")]
    return [text("ALTER TABLE audit DISABLE TRIGGER ALL")]


def test_lines_are_numbered_without_gaps(catalogue: Catalogue) -> None:
    append(catalogue)
    with pytest.raises(InvalidInput):
        append_and_fail(catalogue)
    append(catalogue, 1)
    with catalogue.reading() as transaction:
        assert [entry.seq for entry in transaction.audit.iterate()] == [1, 2, 3, 4]
        assert [entry.seq for entry in transaction.audit.iterate(start=3)] == [3, 4]
        assert transaction.audit.verify() == 4


def test_a_line_says_who_did_what_when(catalogue: Catalogue) -> None:
    append(catalogue, 1)
    with catalogue.reading() as transaction:
        (entry,) = transaction.audit.iterate()
    assert (entry.actor, entry.action, entry.subject) == ("alice", "documents.add", "collection:x")
    assert (entry.detail, entry.at) == ({"n": 0}, 1_000_000.0)


def test_document_ids_stand_only_as_keyed_hashes(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        ids = ["secret-id", "other"]
        entry = transaction.audit.append("a", "erase", "x", {"count": 2}, document_ids=ids)
        keyed = [transaction.audit.keyed(name) for name in ids]
    assert entry.detail == {"count": 2, "documents": keyed}
    assert "secret" not in str(entry)
    assert len(set(keyed)) == 2


def test_two_catalogues_hash_differently(catalogue: Catalogue, sqlite_url: str) -> None:
    with (
        Catalogue.open(sqlite_url) as other,
        catalogue.reading() as here,
        other.reading() as there,
    ):
        assert here.audit.keyed("a") != there.audit.keyed("a")


def test_many_lines_cross_the_batches(catalogue: Catalogue) -> None:
    append(catalogue, 2001)
    with catalogue.reading() as transaction:
        assert transaction.audit.verify() == 2001


@pytest.mark.parametrize("statement", [update(audit).values(actor="eve"), delete(audit)])
def test_the_database_refuses_to_change_a_line(
    catalogue: Catalogue, url: str, statement: Executable
) -> None:
    append(catalogue)
    with pytest.raises(DBAPIError, match="append-only"):
        force(url, statement)
    with catalogue.reading() as transaction:
        assert transaction.audit.verify() == 3


def test_postgresql_refuses_to_truncate(catalogue: Catalogue, url: str) -> None:
    append(catalogue)
    if not url.startswith("sqlite"):
        with pytest.raises(DBAPIError, match="append-only"):
            force(url, text("TRUNCATE audit"))
    with catalogue.reading() as transaction:
        assert transaction.audit.verify() == 3


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (update(audit).where(audit.c.seq == 2).values(actor="eve"), 2),
        (update(audit).where(audit.c.seq == 1).values(at=5.0), 1),
        (delete(audit).where(audit.c.seq == 2), 2),
        (delete(audit).where(audit.c.seq == 3), 3),
        (delete(audit), 1),
        (
            insert(audit).from_select(
                ["seq", "at", "actor", "action", "subject", "detail", "hash"],
                select(
                    audit.c.seq + 3,
                    audit.c.at,
                    audit.c.actor,
                    audit.c.action,
                    audit.c.subject,
                    audit.c.detail,
                    audit.c.hash,
                ).where(audit.c.seq == 1),
            ),
            4,
        ),
    ],
)
def test_the_chain_shows_what_was_done_past_the_triggers(
    catalogue: Catalogue, url: str, statement: Executable, line: int
) -> None:
    append(catalogue)
    force(url, *drop_triggers(url), statement)
    with (
        catalogue.reading() as transaction,
        pytest.raises(IndexCorrupt, match=f"line {line} of the audit log"),
    ):
        transaction.audit.verify()


def test_reading_cannot_append(catalogue: Catalogue) -> None:
    with catalogue.reading() as transaction, pytest.raises(Forbidden):
        transaction.audit.append("a", "b", "c", {})
