"""The two kinds of folder, which must behave alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnemic.indexes.storage import FileDirectory, RamDirectory, faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.indexes.storage import Directory


@pytest.fixture(params=["files", "memory"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Directory:
    return FileDirectory(tmp_path / "data") if request.param == "files" else RamDirectory()


@pytest.fixture
def files(tmp_path: Path) -> FileDirectory:
    return FileDirectory(tmp_path / "data")


@pytest.fixture(autouse=True)
def _no_hooks_left() -> Iterator[None]:
    yield
    faults.reset()
