"""JSON lines: fields, every way in which a line can be bad, limits and compression."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.retrieval.ingestion import Fields
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = b'{"_id": "ok", "text": "t"}\n'


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("line", "document"),
    [
        (b'{"_id":"a","title":"T","text":"x"}', Document(id="a", title="T", text="x")),
        (b'{"id":7,"contents":"x"}', Document(id="7", text="x")),
        (
            b'{"id":"a","content":"x","year":2024}',
            Document(id="a", text="x", metadata={"year": 2024}),
        ),
        (
            b'{"_id":"a","metadata":{"k":1},"k":2,"id":"b"}',
            Document(id="a", metadata={"k": 1, "id": "b"}),
        ),
        (b'{"_id":"a","title":null,"text":null,"metadata":null}', Document(id="a")),
        (b'{"_id":"a","text":"nul \\u0000 inside"}', Document(id="a", text="nul \0 inside")),
    ],
)
def test_fields(load: Callable[..., Any], tmp_path: Path, line: bytes, document: Document) -> None:
    outcome = load(write(tmp_path / "a.jsonl", line))
    assert outcome.documents == [document]
    assert outcome.errors == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"_id": "a"', "malformed JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'{"text": "x"}', "no id"),
        (b'{"_id": null}', "no id"),
        (b'{"_id": ""}', "id is empty"),
        (b'{"_id": true}', "id is a boolean"),
        (b'{"_id": 1.5}', "id is a number"),
        (b'{"_id": ["a"]}', "id is a list"),
        (b'{"_id": "a\\u0000b"}', "NUL"),
        (b'{"_id": "' + b"x" * 513 + b'"}', "513 bytes"),
        (b'{"_id": "a", "text": 5}', "text is a number"),
        (b'{"_id": "a", "title": {}}', "title is an object"),
        (b'{"_id": "a", "metadata": []}', "metadata is a list"),
        (b'{"_id": "a", "text": "\\ud800"}', "malformed JSON"),
        (b'{"_id": "a", "text": "\xff"}', "invalid UTF-8"),
        (b'{"_id": "a", "text": "\xed\xa0\x80"}', "invalid UTF-8"),
        (b'{"_id": "a", "x": NaN}', "malformed JSON"),
        (b'{"_id": "a", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "malformed JSON"),
    ],
)
def test_a_bad_line_is_reported_and_reading_goes_on(
    load: Callable[..., Any], tmp_path: Path, line: bytes, message: str
) -> None:
    path = write(tmp_path / "a.jsonl", GOOD + line + b"\n" + GOOD)
    outcome = load(path)
    assert outcome.ids == ["ok", "ok"]
    (error,) = outcome.errors
    assert message in error.message
    assert (error.source, error.line) == (str(path), 2)
    assert error.hint


def test_byte_order_mark_blank_lines_and_carriage_returns(
    load: Callable[..., Any], tmp_path: Path
) -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") + b"\r\n  \n" + GOOD.rstrip()
    outcome = load(write(tmp_path / "a.jsonl", content))
    assert outcome.ids == ["ok", "ok"]
    assert outcome.errors == []


def test_named_fields(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"key":"k","id":"i","body":"b","text":"t"}')
    outcome = load(path, fields=Fields(id="key", text="body"))
    assert outcome.documents == [Document(id="k", text="b", metadata={"id": "i", "text": "t"})]


@pytest.mark.parametrize("chosen", ["id", "title", "text"])
def test_a_chosen_field_that_a_record_lacks_makes_it_bad(
    load: Callable[..., Any], tmp_path: Path, chosen: str
) -> None:
    rows = b'{"_id":"a","key":"k"}\n{"_id":"b","text":"t"}\n{"_id":"c","key":"x"}\n'
    names: dict[str, Any] = {chosen: "key"}
    outcome = load(write(tmp_path / "a.jsonl", rows), fields=Fields(**names))
    assert len(outcome.documents) == 2
    (error,) = outcome.errors
    assert (error.line, error.message) == (2, "no field 'key' among '_id', 'text'")


def test_a_chosen_field_may_be_null(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"_id":"a","body":null}')
    assert load(path, fields=Fields(text="body")).documents == [Document(id="a")]


def test_a_line_over_the_limit_never_fills_memory(load: Callable[..., Any], tmp_path: Path) -> None:
    with (path := tmp_path / "a.jsonl").open("wb") as file:
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + GOOD)
    tracemalloc.start()
    outcome = load(path, largest_record=1 << 16)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.ids == ["ok"]
    assert "67,108,865 bytes" in outcome.errors[0].message
    assert peak < 8 << 20


def test_a_line_of_exactly_the_limit_is_read(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", GOOD * 2)
    assert load(path, largest_record=len(GOOD) - 1).ids == ["ok", "ok"]
    assert len(load(path, largest_record=len(GOOD) - 2).errors) == 2


@pytest.mark.slow
def test_a_document_of_50_megabytes(load: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"_id":"big","text":"' + b"word " * 10_000_000 + b'"}')
    assert len(load(path).documents[0].text) == 50_000_000


def test_gzip_and_damaged_gzip(load: Callable[..., Any], tmp_path: Path) -> None:
    packed = gzip.compress(GOOD * 1000)
    assert len(load(write(tmp_path / "a.jsonl.gz", packed)).ids) == 1000
    for name, content in {"cut": packed[:-20], "foreign": b"not gzip at all", "empty": b""}.items():
        outcome = load(write(tmp_path / f"{name}.jsonl.gz", content))
        assert [error.line for error in outcome.errors] == ([] if name == "empty" else [0])
