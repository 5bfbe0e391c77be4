from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.api.inprocess import ROWS, call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.fixture
def data(tmp_path: Path, source: Path) -> Path:
    folder = tmp_path / "data"
    assert call("add", folder, "-c", "papers", source).exit_code == 0
    return folder
