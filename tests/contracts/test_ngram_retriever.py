"""Retrieval by n-grams keeps the retriever contract, with and without a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.retriever_contract import (
    CORPUS,
    QUESTIONS,
    Build,
    ExactRetrieverContract,
    RetrieverContract,
)
from tests.contracts.small_llama import small_llama

import mnemic
from mnemic.retrieval import ngram
from mnemic.retrieval.ngram.generation import Writing
from mnemic.retrieval.ngram.prompts import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mnemic.retrieval import NgramSpec, Retriever
    from mnemic.sdk import Database
    from mnemic.types import Document

# The small llama's window has 64 tokens, and each is a byte.
WRITING = Writing(
    body=Prompt("{question}:"),
    title=Prompt("= {question}:"),
    beams=4,
    tokens=6,
    question_tokens=40,
)


def in_segments(database: Database, documents: Sequence[Document]) -> mnemic.Collection:
    """Several segments on disk, deleted documents in each, and a tail."""
    collection = database.collection(f"documents {len(database.collections())}", create=True)
    for place, document in enumerate(documents):
        ghost = mnemic.Document(id=f"ghost {place}", text=f"{document.text} river")
        collection.add([ghost, document])
        collection.delete([ghost.id])
        if place % 3 == 1:
            collection.flush()
    return collection


class TestInMemory(ExactRetrieverContract):
    """Everything in the tail that no flush has reached."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with mnemic.open(tmp_path_factory.mktemp("memory")) as database:

            def make(documents: Sequence[Document]) -> Retriever:
                name = f"documents {len(database.collections())}"
                collection = database.collection(name, create=True)
                collection.add(documents)
                return collection.retriever("ngram")

            yield make


class TestInSegments(ExactRetrieverContract):
    """Segments with deleted documents, and every n-gram too frequent to be looked up at first."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        with mnemic.open(tmp_path_factory.mktemp("segments")) as database:
            yield lambda documents: in_segments(database, documents).retriever(
                ngram(phrase=0.5, repetition=0.5, single_key=0.2, longest=3)
            )


class TestWritten(RetrieverContract):
    """A tiny causal model writes titles and texts."""

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
        spec = ngram(model=str(small_llama()), writing=WRITING)
        with mnemic.open(tmp_path_factory.mktemp("written")) as database:

            def make(documents: Sequence[Document]) -> Retriever:
                collection = in_segments(database, documents)
                collection.index_tokens(str(small_llama()))
                written: Retriever = collection.retriever(spec)
                return written

            yield make


@pytest.mark.parametrize("model", [None, "llama"])
def test_explanations_add_up(tmp_path: Path, model: str | None) -> None:
    with mnemic.open(tmp_path) as database:
        collection = in_segments(database, CORPUS)
        spec: NgramSpec = ngram(single_key=0.3)
        if model:
            collection.index_tokens(str(small_llama()))
            spec = ngram(single_key=0.3, model=str(small_llama()), writing=WRITING)
        for question in QUESTIONS:
            ranking = collection.search(question, 5, retriever=spec, explain=True)
            assert [hit.id for hit in ranking] == [
                hit.id for hit in collection.search(question, 5, retriever=spec)
            ]
            for hit in ranking:
                assert hit.explanation
                total = sum(part.value for part in hit.explanation.parts)
                assert total == pytest.approx(hit.score) == hit.explanation.value
