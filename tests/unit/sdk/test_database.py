from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

import mnemic
from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis import AnalyzerSpec
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "../../etc/passwd",
    "a/b\\c",
    "CON",
    "x" * 128,
    "'; DROP TABLE documents; --",
    "%s %d {0}",
    "漢字 🙂",
    "-rf",
    ".",
    "[bold]x[/bold]",
]
BAD_NAMES: list[Any] = ["", "x" * 129, "a\0b", "a\nb", "\ud800", " a", "a ", None, 1, b"a", ["a"]]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_data_and_never_a_path(tmp_path: Path, name: str) -> None:
    with mnemic.open(tmp_path / "data") as database:
        database.collection(name, create=True).add([mnemic.Document(id="a", text="word")])
    with mnemic.open(tmp_path / "data") as database:
        assert database.collections() == [name]
        assert [hit.id for hit in database.collection(name).search("word")] == ["a"]
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused_and_nothing_made(database: mnemic.Database, name: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="collection name"):
        database.collection(name, create=True)
    assert database.collections() == []


def test_a_missing_collection_is_not_made_unasked(database: mnemic.Database) -> None:
    with pytest.raises(mnemic.NotFound, match="papers"):
        database.collection("papers")
    database.collection("papers", create=True)
    assert database.collection("papers") is database.collection("papers", create=True)
    assert "papers" in database


def test_drop_removes_the_collection_and_its_files(tmp_path: Path) -> None:
    with mnemic.open(tmp_path) as database:
        database.collection("x", create=True).add([mnemic.Document(id="a", text="word")])
        database.collection("x").flush()
        first = database.storage_key("x")
        database.drop("x")
        assert database.collections() == []
        assert len(database.collection("x", create=True)) == 0
        assert database.storage_key("x") != first
    with mnemic.open(tmp_path) as database, pytest.raises(mnemic.NotFound):
        database.drop("y")


def test_a_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(mnemic.InvalidInput, match="is a file"):
        mnemic.open(path)


@pytest.mark.parametrize("path", ["", None, 3, b"", "a\0b"])
def test_a_bad_path_is_refused(path: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="path"):
        mnemic.open(path)


@pytest.mark.parametrize("actor", ["", 1, b"a", "a\nb", "x" * 129])
def test_a_bad_actor_is_refused(tmp_path: Path, actor: Any) -> None:
    with pytest.raises(mnemic.InvalidInput, match="actor"):
        mnemic.open(tmp_path, actor=actor)


def test_without_create_an_empty_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(mnemic.NotFound):
        mnemic.open(tmp_path / "none", create=False)
    assert list(tmp_path.iterdir()) == []


def test_grants_say_who_may_do_what(tmp_path: Path) -> None:
    with mnemic.open(tmp_path, actor="alice") as alice:
        alice.collection("x", create=True).add([mnemic.Document(id="a", text="word")])
        alice.grant("x", "bob", "reader")
    with mnemic.open(tmp_path, actor="bob") as bob:
        assert len(bob.collection("x").search("word")) == 1
        with pytest.raises(mnemic.Forbidden):
            bob.collection("x").add([mnemic.Document(id="b")])
        with pytest.raises(mnemic.Forbidden):
            bob.grant("x", "eve", "reader")
        with pytest.raises(mnemic.Forbidden):
            bob.drop("x")
    with mnemic.open(tmp_path, actor="eve") as eve:
        assert eve.collections() == []
        with pytest.raises(mnemic.Forbidden):
            eve.collection("x")


def test_a_revoked_grant_is_gone_at_once(tmp_path: Path) -> None:
    with mnemic.open(tmp_path) as admin, mnemic.open(tmp_path, actor="bob") as bob:
        admin.collection("x", create=True)
        admin.grant("x", "bob", "reader")
        collection = bob.collection("x")
        admin.revoke("x", "bob")
        with pytest.raises(mnemic.Forbidden):
            collection.search("word")


def test_a_bad_role_is_refused(database: mnemic.Database) -> None:
    database.collection("x", create=True)
    with pytest.raises(mnemic.InvalidInput, match="king"):
        database.grant("x", "bob", "king")  # type: ignore[arg-type]


def test_the_language_belongs_to_the_collection(database: mnemic.Database) -> None:
    german = database.collection("g", create=True, language="german")
    german.add([mnemic.Document(id="a", text="die Häuser")])
    assert [hit.id for hit in german.search("Haus")] == ["a"]
    assert database.collection("g", analyzer=AnalyzerSpec(language="german")) is german
    with pytest.raises(mnemic.Conflict, match="german"):
        database.collection("g", create=True, language="french")
    with pytest.raises(mnemic.InvalidInput, match="klingon"):
        database.collection("k", create=True, language="klingon")
    with pytest.raises(mnemic.InvalidInput, match="both"):
        database.collection("k", language="french", analyzer=AnalyzerSpec())


def test_an_encoder_without_its_model_says_which_command_to_run(
    database: mnemic.Database,
) -> None:
    with pytest.raises(mnemic.NotFound) as caught:
        database.collection("x", create=True, encoder="minilm")
    assert "mnemic models pull minilm" in caught.value.hint
    assert database.collections() == []


def test_an_unknown_encoder_is_refused(database: mnemic.Database) -> None:
    with pytest.raises(mnemic.InvalidInput, match="maxilm"):
        database.collection("x", create=True, encoder="maxilm")
    unknown: Any = 7
    with pytest.raises(mnemic.InvalidInput, match="int"):
        database.collection("x", create=True, encoder=unknown)


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = mnemic.open(tmp_path)
    database.close()
    database.close()
    with pytest.raises(mnemic.InvalidInput, match="closed"):
        database.collections()
    assert "closed" in repr(database)


def test_repr_says_where_and_who(tmp_path: Path) -> None:
    with mnemic.open(tmp_path, actor="alice") as database:
        assert repr(database) == f"<mnemic.Database {str(tmp_path)!r}, actor 'alice'>"
        assert repr(database.collection("x", create=True)) == "<mnemic.Collection 'x'>"


def test_a_catalogue_elsewhere_is_used(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    with mnemic.open(tmp_path / "data", catalogue=url, settings=Settings()) as database:
        database.collection("x", create=True)
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert not (tmp_path / "data" / "catalogue.sqlite").exists()


@pytest.mark.parametrize("name", ["a?b", "a?mode=ro", "a%20b", "a#b", "a b", "é", "a;b", "a:b@c"])
def test_a_folder_of_any_name_keeps_its_own_data(tmp_path: Path, name: str) -> None:
    with mnemic.open(tmp_path / name) as db:
        db.collection("papers", create=True).add([mnemic.Document(id="x", text="word")])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with mnemic.open(tmp_path / name, create=False) as db:
        assert [hit.id for hit in db.collection("papers").search("word")] == ["x"]


def test_a_collection_that_was_made_again_is_another_one(tmp_path: Path) -> None:
    with mnemic.open(tmp_path) as one, mnemic.open(tmp_path) as other:
        one.collection("papers", create=True).add([mnemic.Document(id="old", text="word")])
        assert len(other.collection("papers")) == 1
        one.drop("papers")
        one.collection("papers", create=True).add([mnemic.Document(id="new", text="word")])
        assert [hit.id for hit in other.collection("papers").search("word")] == ["new"]


def test_an_unknown_language_makes_nothing(tmp_path: Path) -> None:
    with mnemic.open(tmp_path) as db:
        with pytest.raises(InvalidInput, match="klingon"):
            db.collection("papers", create=True, language="klingon")
        with pytest.raises(InvalidInput, match="analyzer"):
            db.collection("papers", create=True, analyzer=cast("Any", 5))
        assert db.collections() == []
