from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from mnemic.retrieval.collections import Workspace, planning
from mnemic.retrieval.collections.merging import FAN_IN, run_to_merge, size_class
from mnemic.retrieval.collections.planning import MERGED_DOCUMENTS
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path


def settle(sizes: list[int]) -> list[int]:
    while run := run_to_merge(sizes, most=MERGED_DOCUMENTS):
        sizes[run] = [sum(sizes[run])]
    return sizes


def most_segments(sizes: list[int]) -> float:
    """Few of each class, and as many of those that are too large to merge as there must be."""
    return (FAN_IN - 1) * (size_class(max(sizes)) + 1) + sum(sizes) / (MERGED_DOCUMENTS / FAN_IN)


@pytest.mark.parametrize("flushed", [1, 500, 20_000])
def test_segments_stay_few_and_copies_are_logarithmic(flushed: int) -> None:
    sizes: list[int] = []
    for _ in range(1_000):
        sizes = settle([*sizes, flushed])
    assert sum(sizes) == 1_000 * flushed
    assert len(sizes) <= most_segments(sizes)


def test_random_sizes_stay_few() -> None:
    source = random.Random(7)
    sizes: list[int] = []
    for _ in range(1_000):
        sizes = settle([*sizes, int(10 ** source.uniform(0, 5.5))])
    assert len(sizes) <= most_segments(sizes)
    assert max(sizes) <= MERGED_DOCUMENTS


def test_many_flushes_keep_every_document(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, settings=Settings())
    papers = workspace.create("papers")
    for number in range(20):
        papers.add([Document(id=str(number), text=f"word{number} common")])
        papers.flush()
    papers.settle()
    assert papers.stats().segments < FAN_IN
    assert len(papers.search("common", 100)) == 20
    assert [hit.id for hit in papers.search("word13", 10)] == ["13"]
    workspace.close()


def test_a_mostly_deleted_segment_is_rewritten(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, settings=Settings())
    papers = workspace.create("papers")
    papers.add([Document(id=str(number), text="common") for number in range(10)])
    papers.flush()
    papers.delete([str(number) for number in range(4)])
    papers.settle()
    assert papers.stats().deleted == 0
    assert len(papers.search("common", 100)) == 6
    workspace.close()


@pytest.mark.parametrize(("kilobytes", "segments"), [(0, 1), (30, 8)])
def test_long_documents_count_by_their_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kilobytes: int, segments: int
) -> None:
    monkeypatch.setattr(planning, "MERGED_DOCUMENTS", 150)
    source = random.Random(7)
    workspace = Workspace.open(tmp_path, settings=Settings())
    papers = workspace.create("papers")
    for number in range(8):
        papers.add([Document(id=str(number), text=source.randbytes(512 * kilobytes).hex())])
        papers.flush()
    papers.settle()
    assert papers.stats().segments == segments
    workspace.close()
