"""mnemic add in process: what is stored, skipped and refused, and what it says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.api.inprocess import answer, call

from mnemic.api.cli.app import cli

if TYPE_CHECKING:
    from pathlib import Path


def test_add_reports_what_became_of_every_record(tmp_path: Path, source: Path) -> None:
    report = answer("add", tmp_path / "data", "--collection", "papers", source)
    counts = {key: value for key, value in report.items() if key != "seconds"}
    assert counts == {
        "collection": "papers",
        "added": 3,
        "replaced": 0,
        "skipped": 0,
        "same_content": 0,
        "records": 3,
        "resumed_at": 0,
        "without_text": 0,
        "errors": 0,
        "first_errors": [],
        "skipped_files": 0,
        "first_skipped": [],
        "documents": 3,
        "encoded": 0,
        "pending": 0,
        "encoders": [],
        "tokens": [],
    }


def test_add_warns_of_documents_without_text(tmp_path: Path, source: Path) -> None:
    source.write_text('{"_id": "a", "text": null}\n{"_id": "b"}\n{"_id": "c", "title": "T"}\n')
    result = call("add", tmp_path / "data", "-c", "p", source, "--strict")
    assert result.exit_code == 0
    assert "3 added" in result.stdout
    assert "warning: 2 documents without text" in result.stderr
    assert answer("add", tmp_path / "data", "-c", "p", source)["without_text"] == 2


def test_files_of_unknown_type_in_a_folder_are_skipped(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    source.rename(folder / "rows.jsonl")
    (folder / "photo.png").write_bytes(b"PNG")
    result = call("add", tmp_path / "data", "-c", "p", folder, "--strict")
    assert result.exit_code == 0
    assert "1 file of unknown type skipped" in result.stderr
    assert "bad" not in result.stderr
    report = answer("add", tmp_path / "data", "-c", "p", folder)
    assert (report["errors"], report["skipped_files"]) == (0, 1)
    assert report["first_skipped"] == [str(folder / "photo.png")]


def test_a_folder_in_which_everything_is_skipped_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "photo.png").write_bytes(b"PNG")
    result = call("add", tmp_path / "data", "-c", "p", tmp_path / "in")
    assert result.exit_code == 4
    assert "nothing was read; 1 file skipped" in result.stderr


def test_a_place_with_nothing_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "rows.jsonl").touch()
    for place in ("in", "rows.jsonl"):
        result = call("add", tmp_path / "data", "-c", "p", tmp_path / place)
        assert result.exit_code == 0
        assert result.stderr.startswith(f"nothing to read was found in {tmp_path / place}\n")
    result = CliRunner().invoke(cli, ["add", str(tmp_path / "data"), "-c", "p", "-"], input="")
    assert result.stderr.startswith("nothing to read was found in stdin\n")


def test_a_mistyped_field_leaves_the_stored_text(data: Path, source: Path) -> None:
    result = call("add", data, "-c", "papers", source, "--text-field", "txet")
    assert result.exit_code == 4
    assert "no field 'txet' among '_id'" in result.stderr
    assert (
        answer("get", data, "-c", "papers", "a")["documents"][0]["text"] == "single token reranking"
    )


@pytest.mark.parametrize(("given", "shared"), [([], 3), (["--overlap", "0"], 0)])
def test_small_passages_need_no_overlap_option(
    tmp_path: Path, source: Path, given: list[str], shared: int
) -> None:
    text = " ".join(f"One two w{number}." for number in range(20))
    source.write_text(json.dumps({"_id": "a", "text": text}) + "\n")
    call("add", tmp_path / "data", "-c", "p", source, "--chunk", "15", *given)
    first, second = answer("get", tmp_path / "data", "-c", "p", "a#1", "a#2")["documents"]
    start, end = second["metadata"]["start"], first["metadata"]["end"]
    assert len(text[start:end].split()) == shared


def test_add_again_skips_what_has_not_changed(data: Path, source: Path) -> None:
    assert answer("add", data, "-c", "papers", source)["skipped"] == 3
    source.write_text(json.dumps({"_id": "a", "text": "other"}) + "\n")
    report = answer("add", data, "-c", "papers", source)
    assert (report["replaced"], report["documents"]) == (1, 3)


def test_add_can_refuse_or_skip_what_exists(data: Path, source: Path) -> None:
    refused = call("add", data, "-c", "papers", source, "--on-duplicate", "error")
    assert refused.exit_code == 1
    assert "error: " in refused.stderr
    skipped = answer("add", data, "-c", "papers", source, "--on-duplicate", "skip")
    assert skipped["skipped"] == 3


def test_add_reads_a_folder_of_many_formats(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "one.txt").write_text("plain words")
    (folder / "two.md").write_text("# Heading\n\nmarked words")
    (folder / "three.csv").write_text("key,body\nk1,tabled words\n")
    fields = ("--id-field", "key", "--text-field", "body")
    report = answer("add", tmp_path / "data", "-c", "notes", folder, *fields)
    assert report["added"] == 3
    found = answer("search", tmp_path / "data", "words", "-c", "notes")
    assert len(found["hits"]) == 3


def test_add_stores_passages_that_point_into_their_document(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    text = " ".join(f"Sentence number {i} is here." for i in range(100))
    path.write_text(json.dumps({"_id": "long", "text": text}))
    options = ("--chunk", "20", "--overlap", "5")
    assert answer("add", tmp_path / "d", "-c", "p", path, *options)["added"] > 5
    [hit] = answer("search", tmp_path / "d", "-c", "p", "number 37", "-k", "1")["hits"]
    place = hit["metadata"]
    assert place["document"] == "long"
    assert text[place["start"] : place["end"]] == hit["text"]


def test_add_reports_bad_records_and_keeps_the_good(tmp_path: Path) -> None:
    path, log = tmp_path / "bad.jsonl", tmp_path / "errors.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n{broken\n{"text": "no id"}\n[1]\n')
    result = call("add", tmp_path / "d", "-c", "p", path, "--errors", log)
    assert result.exit_code == 0
    assert f"{path}:2: " in result.stderr
    assert "warning: 3 bad records" in result.stderr
    assert [json.loads(line)["line"] for line in log.read_text().splitlines()] == [2, 3, 4]
    assert call("add", tmp_path / "d", "-c", "p", path, "--strict").exit_code == 4


def test_add_shows_twenty_bad_records_and_counts_all(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n' + "{\n" * 50)
    result = call("add", tmp_path / "d", "-c", "p", path)
    assert result.stderr.count(f"{path}:") == 20
    assert "warning: 50 bad records" in result.stderr


def test_add_of_nothing_readable_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{\n" * 3)
    report = answer("add", tmp_path / "d", "-c", "p", path, code=4)
    assert (report["errors"], report["documents"]) == (3, 0)
    assert [each["line"] for each in report["first_errors"]] == [1, 2, 3]
    assert answer("inspect", tmp_path / "d")["collections"] == []


def test_add_of_a_missing_file_makes_nothing(tmp_path: Path) -> None:
    assert call("add", tmp_path / "d", "-c", "p", tmp_path / "none").exit_code == 3
    assert list(tmp_path.iterdir()) == []
