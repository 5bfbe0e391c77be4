"""Archives of test collections unpack once, whole or not at all."""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.datasets import find_data_set, unpacked

if TYPE_CHECKING:
    from pathlib import Path


def archive(path: Path, members: dict[str, str]) -> Path:
    with tarfile.open(path, "w:xz") as file:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            file.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_folder_is_preferred_to_an_archive(tmp_path: Path) -> None:
    packed = archive(tmp_path / "tiny.tar.xz", {"tiny/corpus.jsonl": "{}"})
    assert find_data_set("tiny", tmp_path) == packed
    (tmp_path / "tiny").mkdir()
    assert find_data_set("tiny", tmp_path) == tmp_path / "tiny"
    assert find_data_set("other", tmp_path) is None


def test_processes_that_race_all_get_the_whole_folder(tmp_path: Path) -> None:
    packed = archive(tmp_path / "tiny.tar.xz", {"tiny/corpus.jsonl": "{}"})
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: unpacked(packed, cache), range(4)))
    assert {folder.name for folder in folders} == {"tiny"}
    assert (folders[0] / "corpus.jsonl").read_text() == "{}"
    assert len(list(cache.iterdir())) == 1


def test_a_changed_archive_is_unpacked_anew(tmp_path: Path) -> None:
    first = unpacked(archive(tmp_path / "tiny.tar.xz", {"tiny/a": "1"}), tmp_path / "cache")
    second = unpacked(archive(tmp_path / "tiny.tar.xz", {"tiny/a": "2"}), tmp_path / "cache")
    assert ((first / "a").read_text(), (second / "a").read_text()) == ("1", "2")


def test_a_member_that_points_outside_is_refused(tmp_path: Path) -> None:
    packed = archive(tmp_path / "tiny.tar.xz", {"../escaped": "x"})
    with pytest.raises(OSError, match="escaped"):
        unpacked(packed, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
