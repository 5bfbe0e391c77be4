from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, event, text

from mnemic.catalogue import Catalogue
from mnemic.errors import IndexCorrupt, LimitExceeded, MnemicError, Unavailable
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

READ_ONLY = """
import os, pathlib, sys
from mnemic.catalogue import Catalogue
from mnemic.errors import Forbidden
# Everything is imported by now, from folders that another user may not be allowed to enter.
Catalogue.open(sys.argv[1]).close()
path = pathlib.Path(sys.argv[1].removeprefix("sqlite:///"))
path.chmod(0o444)
path.parent.chmod(0o555)
if os.geteuid() == 0:
    os.setuid(65534)  # the superuser may write anywhere
try:
    with Catalogue.open(sys.argv[1]) as catalogue, catalogue.transaction() as transaction:
        transaction.collections.create("more", settings={})
except Forbidden as error:
    print(error)
"""


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def fill(url: str, count: int = 200) -> int:
    with Catalogue.open(url) as catalogue, catalogue.transaction() as transaction:
        papers = transaction.collections.create("papers", settings={}).id
        documents = [Document(id=str(number), text="x" * 500) for number in range(count)]
        transaction.documents.insert(papers, documents, on_duplicate="error")
    return papers


def use(url: str) -> None:
    with Catalogue.open(url) as catalogue:
        problems = catalogue.check()
        if problems:
            raise IndexCorrupt(problems[0])
        with catalogue.transaction() as transaction:
            for record in transaction.collections.all():
                for _ in transaction.documents.iterate(record.id):
                    pass
                transaction.documents.insert(
                    record.id, [Document(id="new")], on_duplicate="replace"
                )


@pytest.mark.parametrize("content", [b"x", b"not a database at all" * 100, b"SQLite format 3\0"])
def test_a_foreign_file_is_named(sqlite_url: str, content: bytes) -> None:
    path_of(sqlite_url).write_bytes(content)
    with pytest.raises(IndexCorrupt, match=r"catalogue\.sqlite"):
        Catalogue.open(sqlite_url)
    assert path_of(sqlite_url).read_bytes() == content


def test_a_folder_in_the_file_s_place_is_named(sqlite_url: str) -> None:
    path_of(sqlite_url).mkdir()
    with pytest.raises(IndexCorrupt, match="is a folder"):
        Catalogue.open(sqlite_url)


def test_an_empty_file_becomes_a_catalogue(sqlite_url: str) -> None:
    path_of(sqlite_url).touch()
    assert fill(sqlite_url) == 1


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_file_is_named(sqlite_url: str, keep: float) -> None:
    fill(sqlite_url)
    content = path_of(sqlite_url).read_bytes()
    path_of(sqlite_url).write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(IndexCorrupt, match=r"catalogue\.sqlite|malformed"):
        use(sqlite_url)


def test_overwritten_pages_end_in_typed_errors(sqlite_url: str) -> None:
    fill(sqlite_url)
    content = path_of(sqlite_url).read_bytes()
    for page in range(1, len(content) // 4096):
        broken = bytearray(content)
        broken[page * 4096 : page * 4096 + 2048] = os.urandom(2048)
        path_of(sqlite_url).write_bytes(broken)
        with pytest.raises(MnemicError):
            use(sqlite_url)


def test_a_damaged_json_value_is_named(sqlite_url: str) -> None:
    papers = fill(sqlite_url, 1)
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE documents SET metadata = '{broken'"))
    engine.dispose()
    with (
        Catalogue.open(sqlite_url) as catalogue,
        catalogue.reading() as transaction,
        pytest.raises(IndexCorrupt, match=r"catalogue\.sqlite.*JSON"),
    ):
        transaction.documents.by_ordinals(papers, [0])


@pytest.fixture
def small_disk(sqlite_url: str) -> Iterator[str]:
    """A database that SQLite lets grow no further, as on a full disk."""
    fill(sqlite_url)

    def limit(connection: Any, _record: Any) -> None:
        if "sqlite3" in type(connection).__module__:
            connection.execute("PRAGMA max_page_count = 1").close()

    event.listen(Engine, "connect", limit)
    yield sqlite_url
    event.remove(Engine, "connect", limit)


def test_a_full_disk_loses_nothing(small_disk: str) -> None:
    with Catalogue.open(small_disk) as catalogue:
        with pytest.raises(LimitExceeded, match=r"catalogue\.sqlite.*full"):
            overfill(catalogue)
        with catalogue.reading() as transaction:
            assert transaction.documents.count(1) == 200
            assert len(transaction.documents.get(1, ["0", "199"])) == 2


def overfill(catalogue: Catalogue) -> None:
    with catalogue.transaction() as transaction:
        documents = [Document(id=f"more{number}", text="x" * 9000) for number in range(500)]
        transaction.documents.insert(1, documents, on_duplicate="error")


def test_a_read_only_folder_is_forbidden() -> None:
    folder = Path(tempfile.mkdtemp(prefix="mnemic-"))
    url = f"sqlite:///{folder / 'catalogue.sqlite'}"
    fill(url)
    command = [sys.executable, "-c", READ_ONLY, url]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    folder.chmod(0o755)
    shutil.rmtree(folder)
    assert "catalogue.sqlite" in ended.stdout


def test_a_file_that_stays_locked_is_unavailable(sqlite_url: str) -> None:
    fill(sqlite_url)
    with (
        Catalogue.open(sqlite_url, lock_wait=0.1) as catalogue,
        catalogue.transaction(),
        pytest.raises(Unavailable, match=r"catalogue\.sqlite.*locked"),
    ):
        overfill(catalogue)


def test_a_locked_row_of_postgresql_is_unavailable(url: str) -> None:
    with Catalogue.open(url, lock_wait=0.3) as catalogue:
        with catalogue.transaction() as transaction:
            papers = transaction.collections.create("papers", settings={}).id
        with catalogue.transaction() as transaction:
            transaction.collections.update_settings(papers, {"a": 1})
            with pytest.raises(Unavailable, match="try again"):
                overfill(catalogue)
