"""Texts are read after the search; they may have changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.collections.embedded import opened

from mnemic.retrieval.vectors.retriever import VectorSpec
from mnemic.types import Document, Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.hash_encoder import HashModels

    from mnemic.retrieval.collections import Collection

pytestmark = pytest.mark.usefixtures("impatient")

LONG = " ".join(f"common word{number}." for number in range(40))
OTHER = " ".join(f"quite another text{number}." for number in range(80))
WANTED = "word39 word38"


@dataclass
class Late:
    """Finds passages, and then something happens before their texts are read."""

    collection: Collection
    happens: Callable[[], object]
    snippet: str = ""
    name: str = "late"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        found = VectorSpec("dense").bind(self.collection).search(queries, k, filter=filter)
        assert all(hit.passage for ranking in found for hit in ranking)
        self.happens()
        return [
            replace(each, hits=tuple(replace(hit, snippet=self.snippet) for hit in each))
            for each in found
        ]


@pytest.fixture
def filled(papers: Collection) -> Collection:
    papers.add([Document(id="x", text=LONG)], encode="later")
    papers.embed()
    return papers


def test_a_passage_that_is_still_there_is_kept(filled: Collection) -> None:
    [hit] = filled.search(WANTED, retriever=Late(filled, bool))
    assert hit.passage is not None
    start, end = hit.passage
    assert 0 < start < end <= len(LONG)
    assert hit.snippet in LONG[start:end]


def test_a_passage_that_the_text_is_too_short_for_is_not_given(filled: Collection) -> None:
    def shorten() -> None:
        filled.add([Document(id="x", text="short")], on_duplicate="replace", encode="later")

    [hit] = filled.search(WANTED, retriever=Late(filled, shorten))
    assert (hit.text, hit.passage, hit.snippet) == ("short", (0, 5), "short")


def test_a_passage_of_a_version_that_another_process_replaced_is_not_given(
    filled: Collection, models: HashModels, tmp_path: Path
) -> None:
    filled.close()
    with_other = opened(tmp_path / "data", models)

    def exchange() -> None:
        other = with_other.collection("papers")
        other.add([Document(id="x", text=OTHER)], on_duplicate="replace", encode="later")

    late = Late(filled, exchange, snippet="of the old text")
    [hit] = filled.search("text60 text61", retriever=late)
    assert hit.passage is not None
    start, end = hit.passage
    assert hit.snippet == OTHER[start:end]
    assert "text60" in hit.snippet
    with_other.close()


def test_what_another_process_has_removed_is_left_out(
    filled: Collection, models: HashModels, tmp_path: Path
) -> None:
    filled.close()
    with_other = opened(tmp_path / "data", models)
    late = Late(filled, lambda: with_other.collection("papers").delete(["x"]))
    assert len(filled.search(WANTED, retriever=late)) == 0
    with_other.close()


class Elsewhere:
    """Knows what it finds from somewhere else."""

    name = "elsewhere"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        hits = (Hit(id="x", score=1.0, passage=(7, 14), snippet="its own"),)
        return [Ranking(Query(str(query)), hits) for query in queries]


def test_a_retriever_with_a_source_of_its_own_is_believed(
    filled: Collection, models: HashModels, tmp_path: Path
) -> None:
    again = opened(tmp_path / "data", models)
    [hit] = again.collection("papers").search("word0", retriever=Elsewhere())
    assert (hit.text, hit.passage, hit.snippet) == (LONG, (7, 14), "its own")
    again.close()
