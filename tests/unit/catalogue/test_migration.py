from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import CheckConstraint, create_engine, inspect, text

from mnemic.catalogue import Catalogue
from mnemic.catalogue.migration import FOLDER, HEAD
from mnemic.catalogue.tables import metadata
from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput, NotFound, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Table

OPEN = """
import sys
from mnemic.catalogue import Catalogue
Catalogue.open(sys.argv[1], create=len(sys.argv) > 2).close()
print("alembic" in sys.modules)
"""


def run(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_head_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrations_and_tables_agree(catalogue: Catalogue, url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
        # The one index that only the migration names; see the comment at ``jobs``.
        assert [(kind, index.name) for kind, index in differences] == [
            ("remove_index", "jobs_by_key")
        ]
        for table in metadata.sorted_tables:
            assert _checks(connection, table.name) == _declared(table)
    engine.dispose()


def _checks(connection: Connection, table: str) -> set[str]:
    return {str(item["name"]) for item in inspect(connection).get_check_constraints(table)}


def _declared(table: Table) -> set[str]:
    return {str(item.name) for item in table.constraints if isinstance(item, CheckConstraint)}


def test_alembic_is_loaded_only_to_migrate(url: str) -> None:
    words = [
        subprocess.run(
            [sys.executable, "-c", OPEN, url, *create], check=True, capture_output=True, text=True
        ).stdout.strip()
        for create in (["create"], ["create"], [])
    ]
    assert words == ["True", "False", "False"]


def test_many_processes_may_create_it_at_once(url: str) -> None:
    children = [subprocess.Popen([sys.executable, "-c", OPEN, url, "create"]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]


def test_a_newer_schema_is_refused_with_both_versions(url: str) -> None:
    Catalogue.open(url).close()
    run(url, "UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(FormatTooNew, match=f"0999.*{HEAD}"):
        Catalogue.open(url)


def test_the_tables_of_another_program_are_left_alone(url: str) -> None:
    run(url, "CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(IndexCorrupt, match="another program: recipes"):
        Catalogue.open(url)


def test_an_unknown_schema_version_is_refused(url: str) -> None:
    run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    run(url, "INSERT INTO alembic_version VALUES ('00zz')")
    with pytest.raises(IndexCorrupt, match="00zz"):
        Catalogue.open(url)


def test_nothing_is_created_unless_asked(url: str) -> None:
    with pytest.raises(NotFound):
        Catalogue.open(url, create=False)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="missing does not exist"):
        Catalogue.open(f"sqlite:///{tmp_path / 'missing' / 'catalogue.sqlite'}")


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="URL") as caught:
        Catalogue.open(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    url = "postgresql+psycopg://user:secret@127.0.0.1:1/nothing"
    with pytest.raises(Unavailable, match=r"user:\*+@") as caught:
        Catalogue.open(url, lock_wait=0.1)
    assert "secret" not in str(caught.value)
