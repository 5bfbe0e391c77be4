"""Readers of a collection's substrings while it is written: every answer is of one moment."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mnemic.retrieval.collections import Collection

READERS = 3
STEPS = scaled(25, 1_000)
TWINS = ["left twin", "right twin"]
"""One stands in the even documents, the other in the odd ones, which come and go in pairs."""


def pair(number: int) -> list[Document]:
    return [
        Document(id=f"{number}{side}", title=f"{side} ö {number}", text=f"the {side} twin is here")
        for side in ("left", "right")
    ]


class Writer:
    """Everything that changes a collection, in pairs."""

    def __init__(self, papers: Collection, seed: int) -> None:
        self.papers, self.chance = papers, random.Random(seed)
        self.pairs: list[int] = []
        self.next = 0

    def step(self) -> None:
        kinds = [self.add, self.add, self.delete, self.upsert, self.papers.flush]
        self.chance.choice([*kinds, self.papers.compact, self.erase, self.papers.rebuild])()

    def add(self) -> None:
        new = range(self.next, self.next + self.chance.randint(1, 6))
        self.next = new.stop
        self.papers.add([document for number in new for document in pair(number)])
        self.pairs += new

    def delete(self) -> None:
        assert self.papers.delete(self.chosen()) % 2 == 0

    def erase(self) -> None:
        if chosen := self.chosen():
            self.papers.erase(chosen)

    def upsert(self) -> None:
        known = self.chance.sample(self.pairs, min(2, len(self.pairs)))
        self.papers.upsert([document for number in known for document in pair(number)])

    def chosen(self) -> list[str]:
        gone = self.chance.sample(self.pairs, min(self.chance.randint(1, 4), len(self.pairs)))
        self.pairs = [number for number in self.pairs if number not in gone]
        return [document.id for number in gone for document in pair(number)]


def check_counts(papers: Collection) -> None:
    left, right, ends = papers.substrings.count([*TWINS, "twin is here"])
    assert left == right
    assert ends == left + right


def check_places(papers: Collection) -> None:
    found = papers.substrings.find("twin is", limit=1_000)
    assert found.total % 2 == 0
    for hit in found.occurrences:
        assert hit.field == "text"
        assert hit.before.endswith(("left ", "right "))


def check_search(papers: Collection) -> None:
    left, right = (papers.search(word, 1_000) for word in ("left", "right"))
    assert all(hit.id.endswith("left") for hit in left)
    assert all(hit.id.endswith("right") for hit in right)


def read(papers: Collection, done: threading.Event, check: Callable[[Collection], None]) -> int:
    rounds = 0
    while not done.is_set() or rounds < 3:
        check(papers)
        rounds += 1
    return rounds


@pytest.mark.slow
@pytest.mark.parametrize("apart", [False, True], ids=["same workspace", "another workspace"])
def test_readers_see_one_moment_each(tmp_path: Path, apart: bool) -> None:
    workspace = Workspace.open(tmp_path, settings=Settings())
    papers = workspace.create("papers")
    papers.add(pair(-1))
    papers.flush()
    reading = Workspace.open(tmp_path, settings=Settings()) if apart else workspace
    try:
        pairs = written_while_read(papers, reading.collection("papers"))
        assert papers.substrings.count(TWINS) == [pairs + 1] * 2
        assert papers.verify() == []
    finally:
        reading.close()
        workspace.close()


def written_while_read(papers: Collection, shared: Collection) -> int:
    done, writer = threading.Event(), Writer(papers, seed=7)
    with ThreadPoolExecutor(READERS) as pool:
        checks = (check_counts, check_places, check_search)
        readers = [pool.submit(read, shared, done, check) for check in checks]
        try:
            for _ in range(STEPS):
                writer.step()
        finally:
            done.set()
        assert all(reader.result() >= 3 for reader in readers)
    return len(writer.pairs)
