"""mnemic ngram count and find: what they print, as JSON and for people."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.api.inprocess import answer, call

from mnemic.api.cli import patience


def test_count_answers_in_one_object(data: Path) -> None:
    found = answer("ngram", "count", data, "--collection", "papers", "token")
    assert found == {"collection": "papers", "notes": [], "pattern": "token", "count": 2}


def test_several_patterns_are_counted_in_their_order(data: Path) -> None:
    found = answer("ngram", "count", data, "-c", "papers", "漢字", "t", "zzz")
    assert [row["count"] for row in found["counts"]] == [1, 4, 0]
    assert [row["pattern"] for row in found["counts"]] == ["漢字", "t", "zzz"]


def test_options_say_what_is_counted(data: Path) -> None:
    def count(pattern: str, *chosen: str) -> int:
        return int(answer("ngram", "count", data, "-c", "papers", pattern, *chosen)["count"])

    assert (count("first"), count("first", "--ignore-case")) == (0, 1)
    assert (count("on"), count("on", "--whole-word"), count("one", "-w")) == (1, 0, 1)
    assert (count("re", "--begins", "word"), count("g", "--ends", "field")) == (2, 1)
    assert count("token", "--filter", '{"year": 2024}') == 1


def test_counts_are_shown_to_people(data: Path) -> None:
    shown = call("ngram", "count", data, "-c", "papers", "token", "dense", "\x1b").stdout
    assert shown.splitlines() == [
        "2 occurrences of token",
        "1 occurrence of dense",
        "1 occurrence of \\x1b",
    ]


def test_find_answers_in_one_object(data: Path) -> None:
    found = answer("ngram", "find", data, "-c", "papers", "token", "--context", "7")
    assert (found["pattern"], found["total"], found["documents"]) == ("token", 2, 2)
    assert found["occurrences"][0] == {
        "id": "a",
        "field": "text",
        "start": 7,
        "end": 12,
        "before": "single ",
        "match": "token",
        "after": " rerank",
    }
    none = answer("ngram", "find", data, "-c", "papers", "token", "--limit", "0")
    assert (none["total"], none["occurrences"]) == (2, [])


def test_occurrences_are_shown_without_obeying_their_text(data: Path) -> None:
    shown = call("ngram", "find", data, "-c", "papers", "token").stdout
    assert shown.splitlines()[:2] == [
        "2 occurrences in 2 documents",
        "a text 7: single token reranking",
    ]
    assert "\x1b" not in shown
    assert "a token \\x1b[31m is but" in shown
    assert (
        "0 occurrences in 0 documents" in call("ngram", "find", data, "-c", "papers", "zz").stdout
    )


def test_several_patterns_stand_together(data: Path) -> None:
    found = answer("ngram", "find", data, "-c", "papers", "token", "piece")
    assert (found["clauses"], found["window"]) == ([["token"], ["piece"]], None)
    assert (found["total"], found["documents"]) == (1, 1)
    [meeting] = found["meetings"]
    assert [(place["id"], place["match"]) for place in meeting] == [("b", "token"), ("b", "piece")]
    near = answer("ngram", "find", data, "-c", "papers", "token", "piece", "--window", "9")
    assert near["total"] == 0
    shown = call("ngram", "find", data, "-c", "papers", "token", "piece").stdout.splitlines()
    assert shown[0] == "1 place in 1 document"
    assert shown[2].startswith("  b text")


def test_clauses_are_ands_of_ors(data: Path) -> None:
    clauses = [["dense", "token"], ["retrieval", "reranking"]]
    found = answer("ngram", "find", data, "-c", "papers", "--clauses", json.dumps(clauses))
    assert found["clauses"] == clauses
    assert sorted(meeting[0]["id"] for meeting in found["meetings"]) == ["a", "c"]
    single = answer("ngram", "find", data, "-c", "papers", "--clauses", '[["dense", "single"]]')
    assert single["documents"] == 2


@pytest.mark.parametrize(
    "clauses", ["x", "{}", "[1]", '["a"]', "[[]]", "[[1]]", '[["a"], []]', "[" * 100_000]
)
def test_clauses_of_another_form_are_bad_input(data: Path, clauses: str) -> None:
    result = call("ngram", "find", data, "-c", "papers", "--clauses", clauses)
    assert result.exit_code == 4
    assert "--clauses" in result.stderr


@pytest.mark.parametrize("command", ["count", "find"])
def test_bad_input_ends_with_its_code(data: Path, command: str) -> None:
    assert call("ngram", command, data, "-c", "papers").exit_code == 2
    assert call("ngram", command, data, "-c", "papers", "x", "--ends", "line").exit_code == 2
    assert call("ngram", command, data, "-c", "papers", "").exit_code == 4
    assert call("ngram", command, data, "-c", "papers", "x", "--filter", "[]").exit_code == 4
    assert call("ngram", command, data, "-c", "papers", "x", "--actor", "eve").exit_code == 1
    missing = call("ngram", command, data, "-c", "paper", "x")
    assert missing.exit_code == 3
    assert "mnemic inspect" in missing.stderr


def test_a_window_needs_several_patterns(data: Path) -> None:
    asked = ("ngram", "find", data, "-c", "papers", "token", "--window")
    assert call(*asked, "9").exit_code == 2
    assert call(*asked, "0", "piece").exit_code == 2


def test_damage_ends_with_five_and_doctor_cures_it(data: Path) -> None:
    [path] = data.rglob("*.ngram")
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    result = call("ngram", "count", data, "-c", "papers", "token")
    assert result.exit_code == 5
    assert path.name in result.stderr
    assert call("doctor", data).exit_code == 5
    assert call("doctor", data, "--repair").exit_code == 0
    assert answer("ngram", "count", data, "-c", "papers", "token")["count"] == 2


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder of a version that had no n-grams."""
    stored = Path(__file__).parents[1] / "golden" / "folder_v1" / "data"
    return Path(shutil.copytree(stored, tmp_path / "old"))


def test_an_older_folder_counts_right_and_says_how_to_keep_the_index(old: Path) -> None:
    asked = ("ngram", "count", old, "-c", "papers", "replaced: abab")
    found = answer(*asked)
    assert found["count"] == 1
    assert ["mnemic compact" in note for note in found["notes"]] == [True, True]
    assert answer("inspect", old)["collections"][0]["ngram_missing"] == 12
    assert call("compact", old).exit_code == 0
    again = answer(*asked)
    assert (again["count"], again["notes"]) == (1, [])
    assert answer("inspect", old)["collections"][0]["ngram_missing"] == 0


def test_doctor_warns_of_an_older_folder_and_repairs_it(old: Path) -> None:
    [check] = [c for c in answer("doctor", old)["checks"] if c["name"] == "collection papers"]
    assert check["state"] == "warning"
    assert "substrings of 12 documents" in check["detail"]
    checks = answer("doctor", old, "--repair")["checks"]
    assert [c["state"] for c in checks if c["name"] == "collection papers"] == ["repaired"]
    checks = answer("doctor", old)["checks"]
    assert [c["state"] for c in checks if c["name"] == "collection papers"] == ["ok"]


def test_bytes_that_are_no_text_are_named(data: Path) -> None:
    result = call("ngram", "count", data, "-c", "papers", os.fsdecode(b"a\xff"))
    assert result.exit_code == 4
    assert "pattern is no UTF-8: the byte 0xff at character 1" in result.stderr
    assert "hint: " in result.stderr


def test_looking_at_every_occurrence_is_said_when_it_takes_long(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.0)
    asked = (
        "ngram",
        "count",
        data,
        "-c",
        "papers",
        "t",
        "--filter",
        '{"year": {"$exists": false}}',
    )
    assert "with a filter, every occurrence is looked at" in call(*asked).stderr
    assert call(*asked, "--json").stderr == ""
    assert call(*asked[:-2]).stderr == ""
    found = call("ngram", "find", *asked[2:])
    assert found.stderr.count("with a filter, every occurrence is looked at") == 1
