"""Embedding and reindexing with PostgreSQL as the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import DENSE, OTHER_DENSE, SPARSE, HashModels
from tests.unit.catalogue.databases import fresh_url
from tests.unit.retrieval.collections.embedded import assert_exact, opened, pending, some

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.postgres


def test_two_processes_embed_and_reindex(tmp_path: Path) -> None:
    models = HashModels()
    with fresh_url("postgresql") as url:
        first, second = (opened(tmp_path, models, catalogue=url) for _ in range(2))
        papers = first.create("papers", encoders=[models.open(DENSE), models.open(SPARSE)])
        papers.add(some(8))
        papers.embed()
        assert_exact(papers, models)
        papers.close()
        other = second.collection("papers")
        other.delete(["d1"])
        other.add(some(3, 8), encode="later")
        other.reindex([models.open(OTHER_DENSE), models.open(SPARSE)])
        assert pending(other) == {"dense": 0, "sparse": 0}
        assert_exact(other, models, (OTHER_DENSE, SPARSE))
        other.erase(["d2"])
        other.close()
        papers._replica.refresh()
        assert_exact(papers, models, (OTHER_DENSE, SPARSE))
        assert papers.verify() == []
        second.close()
        first.close()
