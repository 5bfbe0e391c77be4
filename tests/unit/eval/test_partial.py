"""Part files: torn ends are cut, damage is named, two writers never share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.errors import Conflict, Forbidden, IndexCorrupt, MnemicError
from mnemic.eval.files import write_atomically
from mnemic.eval.partial import PartFile

if TYPE_CHECKING:
    from pathlib import Path

FIRST = {"q1": {"a": 1.25}, "q2": {}}
SECOND = {"q3": {"b": 0.1}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.trec.part"
    with PartFile(path, fingerprint="f", resume=False) as part:
        part.append(FIRST)
        part.append(SECOND)
    return path


def test_batches_come_back(path: Path) -> None:
    with PartFile(path, fingerprint="f", resume=True) as part:
        assert part.rankings == {**FIRST, **SECOND}
        part.append({"q4": {}})
    with PartFile(path, fingerprint="f", resume=True) as part:
        assert list(part.rankings) == ["q1", "q2", "q3", "q4"]


def test_every_torn_end_leaves_whole_batches(path: Path) -> None:
    content = path.read_bytes()
    ends = [0, *(i + 1 for i, byte in enumerate(content) if byte == 10)]
    expected = [{}, {}, FIRST, {**FIRST, **SECOND}]
    for size in range(len(content) + 1):
        path.write_bytes(content[:size])
        with PartFile(path, fingerprint="f", resume=True) as part:
            whole = sum(end <= size for end in ends) - 1
            assert part.rankings == expected[whole]


def test_a_damaged_batch_before_the_last_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1.25", b"1.26"))
    with pytest.raises(IndexCorrupt, match="damaged at byte"):
        PartFile(path, fingerprint="f", resume=True)


def test_another_fingerprint_is_refused_and_nothing_lost(path: Path) -> None:
    with pytest.raises(Conflict, match="without --resume"):
        PartFile(path, fingerprint="g", resume=True)
    with PartFile(path, fingerprint="f", resume=True) as part:
        assert part.rankings == {**FIRST, **SECOND}


def test_two_writers_are_kept_apart(path: Path) -> None:
    with (
        PartFile(path, fingerprint="f", resume=True),
        pytest.raises(Conflict, match="another process"),
    ):
        PartFile(path, fingerprint="f", resume=True)


def test_a_folder_in_the_way_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "x.part").mkdir()
    with pytest.raises(MnemicError):
        PartFile(tmp_path / "x.part", fingerprint="f", resume=False)


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    def chunks() -> object:
        yield b"new"
        raise Forbidden("in the middle")

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(Forbidden):
        write_atomically(tmp_path / "file", chunks())  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"
