"""Vector retrievers over a collection: passages, blank queries, explanations, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import DENSE, SPARSE, HashModels
from tests.unit.retrieval.collections.embedded import opened, some

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.vectors.retriever import VectorRetriever, VectorSpec, dense, sparse
from mnemic.types import Document, Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.retrieval.collections import Collection
    from mnemic.retrieval.vectors.retriever import Role

ROLES: tuple[Role, ...] = ("dense", "sparse")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    models = HashModels()
    workspace = opened(tmp_path_factory.mktemp("data"), models)
    papers = workspace.create("papers", encoders=[models.open(DENSE), models.open(SPARSE)])
    papers.add(some(8))
    papers.embed()
    yield papers
    workspace.close()


def bound(papers: Collection, role: Role, *, per_passage: bool = False) -> VectorRetriever:
    return VectorSpec(role, per_passage).bind(papers)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("text", ["", " \n\t", "!?", "\x00"])
def test_a_query_without_words_finds_nothing(papers: Collection, role: Role, text: str) -> None:
    retriever = bound(papers, role)
    [blank, full] = retriever.search([text, "common"], 5)
    assert (len(blank), len(full)) == (0, 5)
    assert len(retriever.search_explained(text, 5)) == 0


@pytest.mark.parametrize("per_passage", [False, True])
@pytest.mark.parametrize("role", ROLES)
def test_explanations_have_the_scores(papers: Collection, role: Role, *, per_passage: bool) -> None:
    retriever = bound(papers, role, per_passage=per_passage)
    explained = retriever.search_explained("common word3 more", 100)
    [plain] = retriever.search(["common word3 more"], 100)
    assert [(hit.id, hit.score, hit.passage) for hit in explained] == [
        (hit.id, hit.score, hit.passage) for hit in plain
    ]
    assert len(plain) >= 8
    for hit in explained:
        assert hit.explanation is not None
        assert hit.explanation.value == hit.score


@pytest.mark.parametrize("role", ROLES)
def test_hits_point_at_the_passage(papers: Collection, role: Role) -> None:
    wanted = "Title 5 common word5 and word6 more more more more"
    [documents] = bound(papers, role).search([wanted], 100)
    [passages] = bound(papers, role, per_passage=True).search([wanted], 100)
    assert len(passages) > len(documents) == 8
    places = [(hit.id, hit.passage) for hit in passages]
    assert len(set(places)) == len(places)
    assert {(hit.id, hit.passage) for hit in documents} <= set(places)


@pytest.mark.parametrize("role", ROLES)
def test_the_best_passage_is_where_the_words_are(papers: Collection, role: Role) -> None:
    text = "nothing here at all to see. " * 3 + "Zebras graze. " + "and nothing more again. " * 3
    papers.add([Document(id="zebra", text=text)])
    papers.embed()
    [ranking] = bound(papers, role).search(["zebras graze"], 1)
    [hit] = ranking
    assert hit.passage is not None
    assert "Zebras graze" in text[slice(*hit.passage)]
    papers.delete([hit.id])
    assert hit.id == "zebra"


@pytest.mark.parametrize("role", ROLES)
def test_no_queries_and_no_hits(papers: Collection, role: Role) -> None:
    retriever = bound(papers, role)
    assert retriever.search([], 5) == []
    assert [len(ranking) for ranking in retriever.search(["common", Query("word3")], 0)] == [0, 0]
    assert len(retriever.search_explained("common", 0)) == 0
    with pytest.raises(InvalidInput, match="k is -1"):
        retriever.search(["common"], -1)


def test_names_and_specs() -> None:
    assert (dense(), sparse()) == (VectorSpec("dense"), VectorSpec("sparse"))
    assert dense(per_passage=True).per_passage
    with pytest.raises(InvalidInput, match="'lexical'"):
        VectorSpec("lexical")  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
def test_a_collection_without_vectors_says_the_commands(
    tmp_path_factory: pytest.TempPathFactory, role: Role
) -> None:
    workspace = opened(tmp_path_factory.mktemp("plain"), HashModels())
    plain = workspace.create("plain")
    with pytest.raises(Unsupported, match=f"'plain' has no {role} vectors") as caught:
        bound(plain, role).search(["common"], 5)
    assert "mnemic models pull" in caught.value.hint
    assert "reindex DIR --collection plain" in caught.value.hint
    workspace.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_malformed_filter_is_refused(papers: Collection, role: Role) -> None:
    with pytest.raises(InvalidInput):
        bound(papers, role).search(["common"], 5, filter={"$bogus": 1})
