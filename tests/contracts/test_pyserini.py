"""Lucene indexes keep the retriever contract, but for filters; Anserini itself does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.anserini_runtime import real_runtime
from tests.contracts.retriever_contract import CORPUS, QUESTIONS, Build, RetrieverContract

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.anserini import (
    TermVector,
    build_index,
    pyserini,
    write_documents,
    write_vectors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mnemic.retrieval import Retriever
    from mnemic.types import Document

pytestmark = [pytest.mark.anserini, pytest.mark.slow]


class _WithoutFilters(RetrieverContract):
    """The contract of a retriever that refuses every filter that leaves anything out."""

    @pytest.mark.parametrize("filter", [{"group": "animals"}, {"year": None}], ids=str)
    def test_filters_are_unsupported(self, retriever: Retriever, filter: dict[str, Any]) -> None:
        with pytest.raises(Unsupported, match="cannot filter"):
            retriever.search(QUESTIONS, 5, filter=filter)

    @pytest.mark.parametrize(("filter", "keeps"), [({}, lambda data: True)])
    def test_only_allowed_documents_come_back(
        self, retriever: Retriever, filter: dict[str, Any], keeps: Callable[[Any], bool]
    ) -> None:
        super().test_only_allowed_documents_come_back(retriever, filter, keeps)

    # Each search starts Java: one batch of all kinds instead of random ones.
    @given(queries=st.just([*QUESTIONS[:3], "", QUESTIONS[0], "\x00"]))
    def test_batches_do_not_matter(self, retriever: Retriever, queries: list[str]) -> None:
        alone = [ranking for text in queries for ranking in retriever.search([text], 5)]
        assert retriever.search(queries, 5) == alone

    def test_searching_changes_nothing(self, retriever: Retriever) -> None:
        before = retriever.search(QUESTIONS, 5)
        retriever.search(QUESTIONS[::-1], 1)
        assert retriever.search(QUESTIONS, 5) == before


class TestBM25(_WithoutFilters):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Build:
        def make(documents: Sequence[Document]) -> Retriever:
            folder = tmp_path_factory.mktemp("lucene")
            write_documents(folder / "json", documents, shard=3)
            build_index(folder / "json", folder / "index", runtime=real_runtime())
            return pyserini(folder / "index", runtime=real_runtime())

        return make


def words(texts: Sequence[str]) -> list[Mapping[str, float]]:
    """A sparse encoder: each word weighs by its length."""
    return [{word: len(word) / 10 for word in text.lower().split()[:50]} for text in texts]


class TestImpact(_WithoutFilters):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Build:
        def make(documents: Sequence[Document]) -> Retriever:
            folder = tmp_path_factory.mktemp("impact")
            vectors = words([f"{each.title} {each.text}" for each in documents])
            pairs = zip(documents, vectors, strict=True)
            rows = (TermVector(each.id, weights) for each, weights in pairs)
            write_vectors(folder / "json", rows)
            build_index(folder / "json", folder / "index", impact=True, runtime=real_runtime())
            machine = real_runtime()
            return pyserini(folder / "index", impact=True, weigh=_short, runtime=machine)

        return make


def _short(texts: Sequence[str]) -> list[Mapping[str, float]]:
    """As ``words``, without what no index holds as one term."""
    known = {word for each in CORPUS for word in f"{each.title} {each.text}".lower().split()}
    found = words(texts)
    return [{word: weight for word, weight in each.items() if word in known} for each in found]


def test_impacts_are_products_of_whole_weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("products")
    vectors = [TermVector("a", {"fox": 1.2, "##es": 0.3}), TermVector("b", {"fox": 0.2})]
    write_vectors(folder / "json", vectors)
    made = build_index(folder / "json", folder / "index", impact=True, runtime=real_runtime())
    assert (made.documents, made.empty) == (2, 0)
    retriever = pyserini(folder / "index", impact=True, runtime=real_runtime())
    (ranking,) = retriever.search(["fox fox ##es"], 5)
    assert [(hit.id, hit.score) for hit in ranking] == [("a", 270.0), ("b", 40.0)]


def test_parameters_reach_lucene(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("parameters")
    write_documents(folder / "json", CORPUS)
    build_index(folder / "json", folder / "index", store=True, runtime=real_runtime())
    scores = {
        (k1, b): pyserini(folder / "index", k1=k1, b=b, threads=2, runtime=real_runtime())
        .search(["river"], 1)[0][0]
        .score
        for k1, b in ((0.9, 0.4), (2.0, 0.4), (0.9, 0.0))
    }
    assert len(set(scores.values())) == 3


def test_a_bad_line_fails_the_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "json").mkdir()
    (folder / "json" / "x.jsonl").write_text('{"id": "a", "contents": "x"}\nnot json\n')
    with pytest.raises(InvalidInput, match="did not index everything"):
        build_index(folder / "json", folder / "index", runtime=real_runtime())
    assert not (folder / "index").exists()
