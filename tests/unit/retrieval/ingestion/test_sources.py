"""Which files are read: order, hidden files, links, formats, and how far reading got."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.errors import InvalidInput, NotFound
from mnemic.retrieval.ingestion import RecordError, read, total_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"_id": "{name}"}}\n')


def test_folders_are_read_sorted_without_hidden_files(
    load: Callable[..., Any], tmp_path: Path
) -> None:
    fill(tmp_path, "b.jsonl", "a/z.jsonl", "a/b.JSONL", ".hidden.jsonl", ".git/x.jsonl", "c.ndjson")
    assert load(tmp_path).ids == ["a/b.JSONL", "a/z.jsonl", "b.jsonl", "c.ndjson"]


def test_of_a_beir_folder_only_the_corpus_is_read(load: Callable[..., Any], tmp_path: Path) -> None:
    fill(tmp_path, "set/corpus.jsonl", "set/queries.jsonl", "set/SOURCE.md", "other.jsonl")
    assert load(tmp_path).ids == ["other.jsonl", "set/corpus.jsonl"]
    assert load(tmp_path / "set", format="beir").ids == ["set/corpus.jsonl"]
    with pytest.raises(InvalidInput, match="no corpus"):
        load(tmp_path, format="beir")


def test_unknown_types_are_reported(load: Callable[..., Any], tmp_path: Path) -> None:
    fill(tmp_path, "a.jsonl", "b.odt", "c")
    outcome = load(tmp_path)
    assert outcome.ids == ["a.jsonl"]
    assert [Path(error.source).name for error in outcome.errors] == ["b.odt", "c"]
    assert ".parquet" in outcome.errors[0].hint
    assert len(load(tmp_path / "b.odt", format="jsonl").ids) == 1


def test_unknown_types_in_folders_can_be_told_apart(
    load: Callable[..., Any], tmp_path: Path
) -> None:
    fill(tmp_path, "in/a.jsonl", "in/b.odt", "c.odt")
    skipped: list[RecordError] = []
    outcome = load(tmp_path / "in", tmp_path / "c.odt", on_skip=skipped.append)
    assert [Path(each.source).name for each in skipped] == ["b.odt"]
    assert [Path(each.source).name for each in outcome.errors] == ["c.odt"]


def test_a_format_chooses_the_files_of_a_folder(load: Callable[..., Any], tmp_path: Path) -> None:
    fill(tmp_path, "a.jsonl", "b.txt", "c.bin")
    outcome = load(tmp_path, format="text")
    assert [Path(name).name for name in outcome.ids] == ["b.txt"]
    assert outcome.errors == []
    with pytest.raises(InvalidInput, match="odt"):
        load(tmp_path, format="odt")


def test_links_stay_inside(load: Callable[..., Any], tmp_path: Path) -> None:
    fill(tmp_path, "in/a.jsonl", "out/b.jsonl")
    inside = tmp_path / "in"
    (inside / "l1.jsonl").symlink_to(inside / "a.jsonl")
    (inside / "l2.jsonl").symlink_to(tmp_path / "out" / "b.jsonl")
    (inside / "l3.jsonl").symlink_to(inside / "missing.jsonl")
    (inside / "l4").symlink_to(inside)
    outcome = load(inside)
    assert outcome.ids == ["in/a.jsonl", "in/a.jsonl"]
    assert [Path(error.source).name for error in outcome.errors] == ["l2.jsonl", "l3.jsonl", "l4"]


def test_pipes_are_not_opened(load: Callable[..., Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    assert "not a regular file" in load(tmp_path).errors[0].message


def test_names_that_are_no_unicode(load: Callable[..., Any], tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x")
    assert "not valid Unicode" in load(tmp_path).errors[0].message


def test_missing_paths_and_bad_limits_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="missing"):
        read([tmp_path / "missing"], on_error=print)
    with pytest.raises(InvalidInput, match="largest_record"):
        read([tmp_path], on_error=print, largest_record=0)


def test_a_file_that_vanishes_is_reported(tmp_path: Path) -> None:
    fill(tmp_path, "a.jsonl", "b.jsonl")
    errors: list[str] = []
    records = read([tmp_path], on_error=lambda error: errors.append(error.message))
    (tmp_path / "a.jsonl").unlink()
    assert [record.document.id for record in records] == ["b.jsonl"]
    assert errors == ["cannot be read: No such file or directory"]


def test_progress_ends_at_the_total(load: Callable[..., Any], tmp_path: Path) -> None:
    fill(tmp_path, "a.jsonl", "b.txt", "c.jsonl")
    seen = [record.bytes_read for record in load(tmp_path).records]
    assert seen == sorted(seen)
    assert seen[-1] == total_bytes([tmp_path])
