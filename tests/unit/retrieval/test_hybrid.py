from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import mnemic
from mnemic.retrieval import Retriever, SupportsExplanation, bm25, hybrid
from mnemic.retrieval.fusion import RRF, MinMax, fuse
from mnemic.retrieval.hybrid import HybridRetriever, HybridSpec
from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mnemic.sdk import Collection

TEXTS = {
    "a": "red river",
    "b": "a red car beside the long slow river, far away from any red thing at all",
    "c": "river river river",
    "d": "a car",
}
FUSED = ["rrf", "min-max", "z-score", "log-odds"]
TWO: Any = hybrid(["bm25", bm25(k1=2.0)], fusion="rrf")


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Collection]:
    with mnemic.open(tmp_path) as database:
        papers = database.collection("papers", create=True)
        papers.add([mnemic.Document(id=id, text=text) for id, text in TEXTS.items()])
        yield papers


@dataclass(frozen=True)
class Fixed:
    """Always the same documents, and a note of what was asked."""

    name: str
    scores: dict[str, float]
    asked: list[int] = field(default_factory=list)

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        self.asked.append(k)
        hits = [Hit(id=id, score=score) for id, score in self.scores.items()]
        asked = [Query(query) if isinstance(query, str) else query for query in queries]
        return [Ranking.ordered(query, hits)[:k] for query in asked]


LEFT = Fixed("left", {"x": 3.0, "y": 2.0, "z": 1.0})
RIGHT = Fixed("right", {"y": 9.0, "w": 8.0})


def test_it_works_through_a_collection(papers: Collection) -> None:
    ranking = papers.search("red river", retriever=TWO)
    parts = [papers.search("red river", retriever=each) for each in ("bm25", bm25(k1=2.0))]
    assert [hit.id for hit in ranking] == [hit.id for hit in fuse(parts)]
    assert ranking[0].score == 2 / 61
    assert ranking[0].text == TEXTS[ranking[0].id]
    assert ranking[0].snippet


def test_many_queries_are_as_one_by_one(papers: Collection) -> None:
    queries = ["red river", "car", "", "nothing here"]
    many = papers.search_many(queries, 3, retriever=TWO)
    assert many == [papers.search(query, 3, retriever=TWO) for query in queries]
    assert papers.search_many([], retriever=TWO) == []
    assert {hit.text for hit in papers.search_many(["car"], retriever=TWO, text=False)[0]} == {""}


@pytest.mark.parametrize("fusion", FUSED)
def test_it_explains_through_a_collection(papers: Collection, fusion: str) -> None:
    spec: Any = hybrid(["bm25", bm25(k1=2.0)], fusion=fusion, weights=[0.7, 0.3])
    ranking = papers.search("red river", 2, retriever=spec, explain=True)
    plain = papers.search("red river", 2, retriever=spec)
    assert [(hit.id, hit.score) for hit in ranking] == [(hit.id, hit.score) for hit in plain]
    for hit in ranking:
        assert hit.explanation is not None
        assert hit.explanation.value == hit.score
        assert sum(part.value for part in hit.explanation.parts) == pytest.approx(hit.score)
        nested = [part.parts[0].description for part in hit.explanation.parts]
        assert ["k1=0.9" in nested[0], "k1=2" in nested[1]] == [True, True]


def test_parts_that_cannot_explain_are_explained_from_outside() -> None:
    found = HybridRetriever((LEFT, RIGHT)).search_explained("q", 1)
    assert found[0].explanation is not None
    left, right = found[0].explanation.parts
    assert (left.parts, right.parts) == ((), ())
    assert left.description == "left: weight 1 * 0.016129, 1 / (60 + rank) at rank 2 with score 2"


def test_hybrids_nest(papers: Collection) -> None:
    spec: Any = hybrid([TWO, "bm25"], fusion="min-max")
    ranking = papers.search("red river", retriever=spec, explain=True)
    assert papers.retriever(spec).name == "min-max(rrf(bm25,bm25),bm25)"
    assert ranking[0].explanation is not None
    inner = ranking[0].explanation.parts[0].parts[0]
    assert inner.description.startswith("rrf")
    assert len(inner.parts) == 2


def test_filters_reach_the_parts(papers: Collection) -> None:
    papers.add([mnemic.Document(id="e", text="red river", metadata={"year": 2024})])
    ranking = papers.search("red river", retriever=TWO, filter={"year": 2024})
    assert [hit.id for hit in ranking] == ["e"]
    with pytest.raises(mnemic.InvalidInput, match="bogus"):
        papers.search("red river", 0, retriever=TWO, filter={"$bogus": 1})


def test_n_grams_can_be_a_part(papers: Collection) -> None:
    spec: Any = hybrid(["bm25", "ngram"])
    found = papers.search("red river", retriever=spec)
    words = papers.search("red river", retriever="bm25")
    assert {hit.id for hit in found} >= {hit.id for hit in words}
    assert len(words) > 0


@pytest.mark.parametrize("name", ["dense", "sparse", "hybrid"])
def test_parts_that_the_collection_lacks_say_how_to_get_them(papers: Collection, name: str) -> None:
    spec: Any = hybrid(["bm25", name])
    with pytest.raises(mnemic.Unsupported, match=r"no (dense|sparse) vectors") as caught:
        papers.search("red river", retriever=spec)
    assert "mnemic models pull" in caught.value.hint


@pytest.mark.parametrize("part", ["bm52", 1, object(), BaseException])
def test_other_parts_are_refused_when_bound(papers: Collection, part: Any) -> None:
    spec: Any = hybrid(["bm25", part])
    with pytest.raises(mnemic.InvalidInput):
        papers.retriever(spec)


@pytest.mark.parametrize(
    ("parts", "given", "said"),
    [
        ([], {}, "parts is empty"),
        ("bm25", {}, "parts is a str"),
        (3, {}, "parts is a int"),
        (["bm25", None], {}, r"parts\[1\] is None"),
        (["bm25"], {"fusion": "best"}, "no fusion named 'best'"),
        (["bm25"], {"fusion": None}, "fusion is None"),
        (["bm25"], {"weights": [1, 2]}, "2 numbers for 1 parts"),
        (["bm25"], {"weights": [0]}, "all weights are 0"),
        (["bm25"], {"depth": 0}, "depth=0"),
        (["bm25"], {"depth": True}, "depth=True"),
        (["bm25"], {"depth": 10.0}, "depth=10.0"),
    ],
)
def test_refusals(parts: Any, given: dict[str, Any], said: str) -> None:
    with pytest.raises(mnemic.InvalidInput, match=said):
        hybrid(parts, **given)


def test_values_made_by_hand_are_checked_too() -> None:
    name: Any = "rrf"
    with pytest.raises(mnemic.InvalidInput, match="fusion is a name"):
        HybridSpec(("bm25",), name)
    with pytest.raises(mnemic.InvalidInput, match="parts is empty"):
        HybridRetriever(())


def test_they_are_values() -> None:
    assert hybrid(["bm25", bm25()]) == HybridSpec(("bm25", bm25()), RRF(), None, 100)
    assert hash(hybrid(["bm25"], weights=[2])) == hash(hybrid(["bm25"], weights=[2.0]))
    retriever = HybridRetriever((LEFT, RIGHT), MinMax(), (0.7, 0.3))
    assert isinstance(retriever, Retriever)
    assert isinstance(retriever, SupportsExplanation)
    assert retriever.name == "min-max(left@0.7,right@0.3)"
    with pytest.raises(FrozenInstanceError):
        retriever.depth = 3  # type: ignore[misc]


def test_each_part_is_asked_once_for_its_depth() -> None:
    left = Fixed("left", LEFT.scores)
    retriever = HybridRetriever((left, RIGHT), depth=2)
    assert [hit.id for hit in retriever.search(["q", "r"], 1)[0]] == ["y"]
    assert len(retriever.search(["q"], 5)[0]) == 4
    assert [len(ranking) for ranking in retriever.search(["q"], 0)] == [0]
    assert left.asked == [2, 5, 0]


def test_a_part_with_weight_0_is_not_asked() -> None:
    left, right = Fixed("left", LEFT.scores), Fixed("right", RIGHT.scores)
    retriever = HybridRetriever((left, right), weights=(1.0, 0.0))
    assert retriever.search(["q"], 5) == HybridRetriever((left,)).search(["q"], 5)
    assert right.asked == []
