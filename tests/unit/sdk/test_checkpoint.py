from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mnemic.sdk.checkpoint import FOLDER, Checkpoint, Place, identity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n')
    return path


def checkpoint(tmp_path: Path, source: Path, *, key: str = "k", chunk: int = 0) -> Checkpoint:
    return Checkpoint(tmp_path, key, identity([source], chunk=chunk))


def test_a_place_is_found_again_and_forgotten_when_done(tmp_path: Path, source: Path) -> None:
    assert checkpoint(tmp_path, source).load() == Place(0, 0)
    checkpoint(tmp_path, source).save(Place(3, 5))
    assert checkpoint(tmp_path, source).load() == Place(3, 5)
    checkpoint(tmp_path, source).clear()
    checkpoint(tmp_path, source).clear()
    assert checkpoint(tmp_path, source).load() == Place(0, 0)


def test_other_collections_and_options_have_other_places(tmp_path: Path, source: Path) -> None:
    checkpoint(tmp_path, source).save(Place(3, 3))
    assert checkpoint(tmp_path, source, key="other").load() == Place()
    assert checkpoint(tmp_path, source, chunk=200).load() == Place()


def test_changed_input_is_read_from_the_start(tmp_path: Path, source: Path) -> None:
    checkpoint(tmp_path, source).save(Place(3, 3))
    os.utime(source, ns=(1, 1))
    assert checkpoint(tmp_path, source).load() == Place()
    source.write_text("longer than before, in any case")
    assert checkpoint(tmp_path, source).load() == Place()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'{"inputs": 1}', b"\xff\xfe", b'{"inputs": 1, "place": {"x": 1}}'],
)
def test_a_damaged_place_costs_only_time(tmp_path: Path, source: Path, damage: bytes) -> None:
    checkpoint(tmp_path, source).save(Place(3, 3))
    [file] = (tmp_path / FOLDER).iterdir()
    file.write_bytes(damage)
    assert checkpoint(tmp_path, source).load() == Place()


@pytest.mark.parametrize("place", ['{"records": -1, "pending": 0}', '{"records": "1"}', "{}"])
def test_an_impossible_place_is_none(tmp_path: Path, source: Path, place: str) -> None:
    saved = checkpoint(tmp_path, source)
    saved.save(Place(3, 3))
    [file] = (tmp_path / FOLDER).iterdir()
    text = file.read_text()
    file.write_text(text.replace('{"records": 3, "pending": 3}', place))
    assert saved.load() == Place()
