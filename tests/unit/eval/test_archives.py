"""Archives: unpacked once, anew when they change, and never outside their folder."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from tests.unit.eval.overlap import write_dataset

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.eval.datasets import archives, load

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.eval.datasets import Dataset


def pack(tmp_path: Path, *extra: tarfile.TarInfo) -> Path:
    archive = tmp_path / "data" / "pets.tar.xz"
    archive.parent.mkdir(exist_ok=True)
    folder = tmp_path / "made" / "pets"
    if not folder.exists():
        write_dataset(folder)
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(folder, "pets")
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return archive


def opened(tmp_path: Path) -> Dataset:
    return load("pets", data=tmp_path / "data", cache=tmp_path / "cache")


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, 0 if target else 1
    return info


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    pack(tmp_path)
    first = opened(tmp_path)
    (first.folder / "seen").touch()
    assert first.name == "pets"
    assert (opened(tmp_path).folder / "seen").exists()


def test_a_changed_archive_is_unpacked_anew(tmp_path: Path) -> None:
    pack(tmp_path)
    first = opened(tmp_path)
    pack(tmp_path, member("pets/more.txt"))
    second = opened(tmp_path)
    assert second.folder != first.folder
    assert (second.folder / "more.txt").exists()


def test_the_path_of_an_archive_is_taken_too(tmp_path: Path) -> None:
    archive = pack(tmp_path)
    assert load(archive, data=None, cache=tmp_path / "cache").name == "pets"


@pytest.mark.parametrize(
    "bad",
    [
        member("../outside"),
        member("pets/../../outside"),
        member("/tmp/outside-of-mnemic"),
        member("pets/link", tarfile.SYMTYPE, "/etc/passwd"),
        member("pets/hard", tarfile.LNKTYPE, "pets/corpus.jsonl"),
        member("pets/pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: info.name,
)
def test_what_is_no_plain_file_inside_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    pack(tmp_path, bad)
    with pytest.raises(InvalidInput, match=r"pets\.tar\.xz holds"):
        opened(tmp_path)
    assert not list((tmp_path / "cache" / "datasets").iterdir())


def test_a_cut_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    archive = pack(tmp_path)
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        opened(tmp_path)
    assert not list((tmp_path / "cache" / "datasets").iterdir())


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_limits_hold(tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(tmp_path)
    monkeypatch.setattr(archives, limit, 2)
    with pytest.raises(LimitExceeded, match="unpacks to more than"):
        opened(tmp_path)
