from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from mnemic.api.cli.whole_file import typed, whole_file
from mnemic.errors import Forbidden, InvalidInput, LimitExceeded, NotFound, Unavailable

if TYPE_CHECKING:
    from pathlib import Path


def test_replaces_a_file_with_the_usual_mode(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def fail_while_writing(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"new")
        raise InvalidInput("no")


def test_an_error_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(InvalidInput):
        fail_while_writing(path)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="missing"), whole_file(tmp_path / "missing" / "out"):
        pass


def test_what_the_system_says_becomes_an_error_of_the_tree() -> None:
    kinds = {28: LimitExceeded, 30: Forbidden, 13: Forbidden, 2: NotFound, 5: Unavailable}
    for number, kind in kinds.items():
        assert type(typed(OSError(number, "why"), "file")) is kind
