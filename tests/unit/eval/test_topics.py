"""Topics in and out, and every way in which they can be wrong."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput, NotFound
from mnemic.eval.trec import read_topics, write_topics
from mnemic.types import Query

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

NIST = """<top>

<num> Number: 301
<title> International Organized Crime

<desc> Description:
Identify organizations that participate
in international crime.

<narr> Narrative:
A relevant document must <b>name</b> the organization.
</top>
<top><num>q 2</num><title>Topic: fish &lt;</title></top>
"""
QUERIES = [
    Query("red fox", "2"),
    Query('o\'clock \\ "quoted" 東京', "a b"),
    Query("x", "10", {"description": "what is x", "narrative": "any x"}),
    Query("Topic: number: cats", "Number: 5", {"description": "Description: a", "narrative": "b"}),
]
TIPSTER = """<top>
<head> Tipster Topic Description
<num> Number:  051
<dom> Domain:  International Economics
<title> Topic:  Airbus Subsidies
<desc> Description:
Document will discuss them.
<smry> Summary:
A summary.
<narr> Narrative:
All of it.
<con> Concept(s):
1. Airbus
<fac> Factor(s):
<nat> Nationality: U.S.
</fac>
<def> Definition(s):
</top>
"""


def test_tsv_is_an_id_a_tab_and_a_text(tmp_path: Path) -> None:
    write_topics(tmp_path / "t.tsv", [Query("a\tb \r\n c", "1"), Query(" fox", "x y")])
    assert (tmp_path / "t.tsv").read_text() == "1\ta b c\nx y\tfox\n"
    assert read_topics(tmp_path / "t.tsv") == [Query("a b c", "1"), Query("fox", "x y")]


def test_nist_topics_are_read(tmp_path: Path) -> None:
    (tmp_path / "topics").write_text(NIST)
    first, second = read_topics(tmp_path / "topics")
    assert (first.id, first.text) == ("301", "International Organized Crime")
    assert first.metadata == {
        "description": "Identify organizations that participate in international crime.",
        "narrative": "A relevant document must <b>name</b> the organization.",
    }
    assert second == Query("fish &lt;", "q 2")


def test_parts_of_the_first_trecs_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "topics").write_text(TIPSTER)
    parts = {"description": "Document will discuss them.", "narrative": "All of it."}
    assert read_topics(tmp_path / "topics") == [Query("Airbus Subsidies", "051", parts)]


def test_an_id_that_would_make_it_trecs_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'<TOP>1' looks as"):
        write_topics(tmp_path / "t", [Query("a", "<TOP>1")])
    assert not list(tmp_path.iterdir())


def test_another_part_can_be_the_text(tmp_path: Path) -> None:
    (tmp_path / "topics").write_text(NIST.split("<top><num>")[0])
    (query,) = read_topics(tmp_path / "topics", field="desc")
    assert query.text.startswith("Identify organizations")
    assert query.metadata["title"] == "International Organized Crime"


@pytest.mark.parametrize("form", ["tsv", "trec"])
def test_topics_round_trip(tmp_path: Path, form: Literal["tsv", "trec"]) -> None:
    kept = QUERIES if form == "trec" else [Query(query.text, query.id) for query in QUERIES]
    for name in ("t", "t.gz"):
        write_topics(tmp_path / name, QUERIES, form=form)
        assert read_topics(tmp_path / name) == kept
    assert gzip.decompress((tmp_path / "t.gz").read_bytes()) == (tmp_path / "t").read_bytes()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("1\ta\n2 b\n", "line 2: not an id, a tab and a text"),
        ("1\ta\n2\t \n", "line 2: not an id"),
        ("1\ta\n \tb\n", "line 2: not an id"),
        ("1\ta\n1\tb\n", "line 2: query '1' is there twice"),
        ("<top>\n<title> a\n</top>\n", "line 1: the topic has no <num>"),
        ("<top>\n<num> 1\n</top>\n", "line 1: topic '1' has no <title>"),
        ("<top>\n<num> 1\n<title> a\n", "line 1: <top> without </top>"),
        ("<top>\n<top>\n", "line 2: <top> inside of <top>"),
        ("<top><num>1<title>a</top>\n<num> 2\n", "line 2: <num> outside of <top>"),
        ("<top><num>1<title>a</top>\n</top>\n", "line 2: </top> outside of <top>"),
        ("<top><num>1<title>a</top>\n<top><num>1<title>a</top>", "line 2: query '1' is there"),
    ],
)
def test_a_bad_topic_is_named(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "bad").write_text(content)
    with pytest.raises(InvalidInput) as caught:
        read_topics(tmp_path / "bad")
    assert f"bad, {problem}" in caught.value.message


def test_no_topics_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert read_topics(tmp_path / "empty") == []
    with pytest.raises(NotFound):
        read_topics(tmp_path / "missing")


@pytest.mark.parametrize(
    "queries",
    [
        [Query("a")],
        [Query("a", "x\ty")],
        [Query("a", " x")],
        [Query(" \n", "x")],
        [Query("a", "x"), Query("b", "x")],
        [Query("a <title> b", "x")],
        [Query("a", "x", {"narrative": "</top>"})],
        [Query("\ud800", "x")],
    ],
)
def test_what_no_file_can_hold_is_not_written(tmp_path: Path, queries: list[Query]) -> None:
    with pytest.raises(InvalidInput):
        write_topics(tmp_path / "t", queries, form="trec")
    assert not list(tmp_path.iterdir())
