"""Documents as Anserini's JSON: what is written, what comes back, what is refused."""

from __future__ import annotations

import gzip
import json
import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.errors import Conflict, InvalidInput, NotFound
from mnemic.retrieval.anserini import read_documents, write_documents
from mnemic.types import Document

DOCUMENTS = [
    Document(id="b 1", text="red fox", title="Foxes", metadata={"year": 1999, "tags": ["a"]}),
    Document(id="ö 東京", text="line\nbreak\ttab"),
    Document(id="e"),
    Document(id="t", title="only a title"),
    Document(id="n", text="Foxes\nare red", title="Foxes"),
]
text = st.text(st.characters(codec="utf-8"), max_size=20)
documents = st.lists(
    st.builds(
        Document,
        id=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
        text=text,
        title=text,
        metadata=st.dictionaries(text, st.none() | st.booleans() | st.integers(0, 9) | text),
    ),
    unique_by=lambda document: document.id,
)


def rows(folder: Path) -> list[list[dict[str, object]]]:
    """The objects of every file, in order."""
    files = sorted(folder.iterdir())
    return [[json.loads(line) for line in file.read_text().splitlines()] for file in files]


def test_a_line_is_what_anserini_indexes(tmp_path: Path) -> None:
    assert write_documents(tmp_path / "c", DOCUMENTS[:2]) == 2
    assert rows(tmp_path / "c") == [
        [
            {
                "id": "b 1",
                "contents": "Foxes\nred fox",
                "title": "Foxes",
                "metadata": {"year": 1999, "tags": ["a"]},
            },
            {"id": "ö 東京", "contents": "line\nbreak\ttab"},
        ]
    ]


@pytest.mark.parametrize("shard", [1, 2, 4, 5, 6])
def test_documents_round_trip_over_any_shards(tmp_path: Path, shard: int) -> None:
    assert write_documents(tmp_path / "c", DOCUMENTS, shard=shard) == len(DOCUMENTS)
    assert [len(part) for part in rows(tmp_path / "c")][:-1] == [shard] * ((5 - 1) // shard)
    assert list(read_documents(tmp_path / "c")) == DOCUMENTS


def test_no_documents_make_one_empty_file(tmp_path: Path) -> None:
    assert write_documents(tmp_path / "c", []) == 0
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["docs-00000.jsonl"]
    assert list(read_documents(tmp_path / "c")) == []


@given(written=documents)
def test_any_documents_round_trip(
    tmp_path_factory: pytest.TempPathFactory, written: list[Document]
) -> None:
    folder = tmp_path_factory.mktemp("round") / "c"
    write_documents(folder, written, shard=3)
    assert list(read_documents(folder)) == written


def test_foreign_collections_are_read(tmp_path: Path) -> None:
    below = tmp_path / "c" / "part"
    below.mkdir(parents=True)
    (below / "x.json").write_text('{"id": "1", "contents": "a b", "title": "T"}\n\n')
    with gzip.open(tmp_path / "c" / "y.jsonl.gz", "wt") as file:
        file.write('{"id": "2", "contents": "c"}\n')
    (tmp_path / "c" / "README.txt").write_text("not read")
    assert list(read_documents(tmp_path / "c")) == [
        Document(id="1", text="a b", title="T"),
        Document(id="2", text="c"),
    ]


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (Document(id="a"), "comes twice"),
        (Document(id=""), "empty id"),
        (Document(id="x\ny"), "cannot stand in a run"),
        (Document(id="x\ty"), "cannot stand in a run"),
        (Document(id="x\x7f"), "cannot stand in a run"),
        (Document(id="x", text="\ud800"), "lone surrogate"),
        (Document(id="x", metadata={"when": object()}), "document 'x': metadata is not JSON"),
        (Document(id="x", metadata={"big": 2**70}), "document 'x' is not JSON"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path, second: Document, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        write_documents(tmp_path / "c", [Document(id="a"), second])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"not json", "not JSON"),
        (b'{"id": "\xff"}', "not JSON"),
        (b"[]", "no object with a string id"),
        (b'{"contents": "a"}', "no object with a string id"),
        (b'{"id": 3, "contents": "a"}', "no object with a string id"),
        (b'{"id": "", "contents": "a"}', "no object with a string id"),
        (b'{"id": "1"}', "no contents"),
        (b'{"id": "1", "contents": 3}', "contents is a int"),
        (b'{"id": "1", "contents": "a", "title": []}', "title is a list"),
        (b'{"id": "1", "contents": "a", "metadata": []}', "metadata is no object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, problem: str) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"id": "1", "contents": ""}\n' + line + b"\n")
    with pytest.raises(InvalidInput, match=problem) as caught:
        list(read_documents(tmp_path))
    assert f"{tmp_path / 'x.jsonl'}, line 2: " in caught.value.message


@pytest.mark.parametrize(
    "damage", [b"no gzip", gzip.compress(b'{"id": "1", "contents": ""}\n', mtime=0)[:-6]]
)
def test_damaged_gzip_is_a_typed_error(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(damage)
    with pytest.raises(InvalidInput, match="damaged"):
        list(read_documents(tmp_path))


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], {"at": date(2026, 1, 1)}, {1: 2, "a": {1}}]
)
def test_metadata_that_would_come_back_changed_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(InvalidInput, match="document 'a': metadata is not JSON"):
        write_documents(tmp_path / "out", [Document(id="a", metadata={"n": value})])
    assert not list(tmp_path.iterdir())


def test_the_current_folder_can_be_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert write_documents(Path(), DOCUMENTS) == len(DOCUMENTS)
    assert list(read_documents(tmp_path / "here")) == DOCUMENTS
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_places_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        write_documents(tmp_path / "no" / "c", DOCUMENTS)
    with pytest.raises(NotFound, match="does not exist"):
        list(read_documents(tmp_path / "no"))
    with pytest.raises(NotFound, match="has no JSON file"):
        list(read_documents(tmp_path))
    (tmp_path / "mine").touch()
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(Conflict, match="not empty"):
            write_documents(place, DOCUMENTS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    write_documents(tmp_path / "c", DOCUMENTS)
    assert list(read_documents(tmp_path / "c")) == DOCUMENTS


def test_a_shard_holds_something(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="shard is 0"):
        write_documents(tmp_path / "c", DOCUMENTS, shard=0)
