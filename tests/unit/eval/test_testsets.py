"""Items of a test set out of JSON lines: what is read, and what is named and passed over."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.errors import InvalidInput, NotFound
from mnemic.eval.testsets import USUAL_FIELDS, TestSet, file_of

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.ingestion import RecordError
    from mnemic.retrieval.ngram.overlap import Item


def read(path: Path, *fields: str, largest: int = 1 << 20) -> tuple[list[Item], list[RecordError]]:
    bad: list[RecordError] = []
    return list(TestSet(path, fields, bad.append, largest).items()), bad


def written(folder: Path, *rows: object) -> Path:
    path = folder / "test.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_line_is_an_item(tmp_path: Path) -> None:
    path = written(tmp_path, {"_id": "a", "text": "one"}, {"id": 7, "text": "two"}, {"text": ""})
    items, bad = read(path)
    assert [(each.id, each.texts) for each in items] == [
        ("a", ("one",)),
        ("7", ("two",)),
        ("line 3", ("",)),
    ]
    assert bad == []


@pytest.mark.parametrize("name", USUAL_FIELDS)
def test_usual_fields_are_found(tmp_path: Path, name: str) -> None:
    [item] = read(written(tmp_path, {"other": "x", name: "found"}))[0]
    assert item.texts == ("found",)


def test_fields_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, {"text": "t", "question": "q", "choices": ["a", "b"]})
    [item] = read(path, "question", "choices")[0]
    assert item.texts == ("q", "a", "b")


def test_beir_folders_have_their_questions(tmp_path: Path) -> None:
    questions = tmp_path / "queries.jsonl"
    questions.write_text('{"_id": "1", "text": "one"}\n')
    assert file_of(tmp_path) == file_of(questions) == questions


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json", "not JSON"),
        (b'{"text": "a"', "not JSON"),
        (b'{"text": "\xff"}', "not JSON"),
        (b'{"text": "\\ud800"}', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no field of a usual name; it has no fields"),
        (b'{"body": "x"}', "it has 'body'"),
        (b'{"text": 3}', "'text' is a int, not a string"),
        (b'{"text": null, "body": "x"}', "'text' is a NoneType, not a string"),
        (b'{"text": [1]}', "'text' is a list"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, said: str) -> None:
    path = tmp_path / "test.jsonl"
    path.write_bytes(b'{"text": "one"}\n\n' + line + b'\n{"text": "two"}')
    items, [error] = read(path)
    assert [each.texts for each in items] == [("one",), ("two",)]
    assert (error.source, error.line) == (str(path), 3)
    assert said in error.message
    assert error.hint


@pytest.mark.parametrize("record", [{"text": "a"}, {"body": None}, {"body": {"a": 1}}])
def test_a_field_that_was_asked_for_must_be_there(tmp_path: Path, record: dict[str, Any]) -> None:
    items, [error] = read(written(tmp_path, record), "body")
    assert items == []
    assert "'body'" in error.message


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, {"text": "x" * 5_000_000}, {"text": "short"})
    items, [error] = read(path, largest=1_000_000)
    assert [each.texts for each in items] == [("short",)]
    assert (error.line, "5,000,013 bytes" in error.message) == (1, True)


def test_compressed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "one"}\n' * 3))
    assert len(read(path)[0]) == 3


@pytest.mark.parametrize("cut", [0, 5, -12])
def test_a_damaged_file_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "test.jsonl.gz"
    whole = gzip.compress(b"".join(b'{"text": "%d"}\n' % number for number in range(9_999)))
    path.write_bytes(whole[:cut] if cut else b"no gzip at all")
    [error] = read(path)[1]
    assert "cannot be read on" in error.message


def test_what_was_read_reaches_the_size(tmp_path: Path) -> None:
    path = written(tmp_path, {"text": "one"}, {"text": "two"})
    source = TestSet(path, (), print)
    assert source.bytes_read == 0
    list(source.items())
    assert source.bytes_read == source.size == path.stat().st_size


def test_an_empty_file_has_no_items(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_bytes(b"\n \n")
    assert read(path) == ([], [])


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="absent"):
        read(tmp_path / "absent.jsonl")
    with pytest.raises(InvalidInput, match="directory"):
        read(tmp_path)
