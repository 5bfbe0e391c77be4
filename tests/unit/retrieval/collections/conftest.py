"""A collection with hash encoders; a test that wants another one has fixtures of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import DENSE, SPARSE, HashModels
from tests.unit.retrieval.collections.embedded import opened

from mnemic.catalogue import jobs
from mnemic.retrieval.collections import embedding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for another process or after a failure."""
    monkeypatch.setattr(embedding, "ELSEWHERE_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "BACKOFF_SECONDS", 0.0)


@pytest.fixture
def models() -> HashModels:
    return HashModels()


@pytest.fixture
def workspace(tmp_path: Path, models: HashModels) -> Iterator[Workspace]:
    workspace = opened(tmp_path / "data", models)
    yield workspace
    models.released.set()
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace, models: HashModels) -> Collection:
    return workspace.create("papers", encoders=[models.open(spec) for spec in (DENSE, SPARSE)])
