"""CSV and TSV: headers, quoting, bad rows."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.retrieval.ingestion import Fields
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(path: Path, content: str) -> Path:
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    return path


def test_columns_quotes_and_newlines(load: Callable[..., Any], tmp_path: Path) -> None:
    content = '\ufeffID,Title,text,year\r\n1,A,"b, ""c""\nd",0123\r\n\r\n2,,x,\r\n'
    outcome = load(write(tmp_path / "a.csv", content))
    assert outcome.documents == [
        Document(id="1", title="A", text='b, "c"\nd', metadata={"year": "0123"}),
        Document(id="2", text="x", metadata={"year": ""}),
    ]


def test_numeric_columns(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,text,n\n1,x,5\n2,x,2.5\n3,x,\n4,x,many\n5,x,inf\n")
    outcome = load(path, fields=Fields(numeric=("n",)))
    assert [dict(document.metadata) for document in outcome.documents] == [
        {"n": 5},
        {"n": 2.5},
        {"n": None},
    ]
    assert [error.line for error in outcome.errors] == [5, 6]


def test_tsv_takes_quotes_as_they_are(load: Callable[..., Any], tmp_path: Path) -> None:
    outcome = load(write(tmp_path / "a.tsv", 'id\ttext\n1\t"half a quote\n2\t5" pipe\n'))
    assert [document.text for document in outcome.documents] == ['"half a quote', '5" pipe']


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,b,c,d", "row: 4, in the header: 3"),
        ("a,b", "row: 2, in the header: 3"),
        ('a,"b"c,d', "bad row"),
        (",b,c", "id is empty"),
        ("a,b,\udcff", "invalid UTF-8"),
        ("a," + "b" * 300 + ",c", "more than the limit"),
    ],
)
def test_a_bad_row_is_reported(
    load: Callable[..., Any], tmp_path: Path, row: str, message: str
) -> None:
    path = write(tmp_path / "a.csv", f"id,title,text\n1,b,c\n{row}\n2,b,c\n")
    outcome = load(path, largest_record=200)
    assert outcome.ids == ["1", "2"]
    (error,) = outcome.errors
    assert message in error.message
    assert error.line == 3


def test_an_open_quote_is_reported_with_its_lines(load: Callable[..., Any], tmp_path: Path) -> None:
    outcome = load(write(tmp_path / "a.csv", 'id,text\n1,x\n2,"open\n3,x\n4,x\n'))
    assert outcome.ids == ["1"]
    assert "lines 3 to 5" in outcome.errors[0].message


def test_an_open_quote_never_fills_memory(load: Callable[..., Any], tmp_path: Path) -> None:
    content = 'id,text\n1,"open\n' + "x,y\n" * 2000
    outcome = load(write(tmp_path / "a.csv", content), largest_record=1000)
    assert "more than the limit" in outcome.errors[0].message
    assert outcome.ids[-1:] == ["x"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("name,text", "no id column"),
        ("id,year", "neither text nor title"),
        ("id,text,text", "occur twice"),
        ('id,"te"xt', "bad row"),
    ],
)
def test_a_bad_header_stops_the_file(
    load: Callable[..., Any], tmp_path: Path, header: str, message: str
) -> None:
    outcome = load(write(tmp_path / "a.csv", f"{header}\n1,2,3\n"))
    assert outcome.ids == []
    (error,) = outcome.errors
    assert message in error.message


def test_a_chosen_column_must_exist(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,text\n1,x\n")
    assert "'body'" in load(path, fields=Fields(text="body")).errors[0].message


def test_gzipped_table_and_header_alone(load: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id,text\n1,x\n"))
    write(tmp_path / "b.csv", "id,text\n")
    write(tmp_path / "c.csv", "")
    outcome = load(tmp_path)
    assert outcome.ids == ["1"]
    assert outcome.errors == []
