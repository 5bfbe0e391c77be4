"""Retrieval by n-grams from the command line: searched, fused, explained and evaluated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.api.inprocess import answer, call
from tests.contracts.small_llama import make_llama
from tests.unit.eval.overlap import write_dataset

import mnemic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with mnemic.open(tmp_path / "data") as database:
        database.collection("papers", create=True).add(
            [
                mnemic.Document(id="a", text="the red fox crosses", metadata={"n": 1}),
                mnemic.Document(id="b", text="a fox, and red cars", metadata={"n": 2}),
            ]
        )
    return tmp_path / "data"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with room for the usual prompt."""
    folder = make_llama(tmp_path_factory.mktemp("models") / "llama")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 1_024}))
    return folder


def found(*arguments: str | Path) -> list[str]:
    return [hit["id"] for hit in answer("search", *arguments)["hits"]]


@pytest.mark.parametrize("name", ["ngram", "rrf(bm25,ngram)"])
def test_a_search_by_ngrams(data: Path, name: str) -> None:
    assert found(data, "-c", "papers", "red fox", "--retriever", name) == ["a", "b"]


def test_a_search_by_ngrams_is_filtered_and_explained(data: Path) -> None:
    asked = (data, "-c", "papers", "red fox", "--retriever", "ngram", "--explain")
    (hit,) = answer("search", *asked, "--filter", '{"n": 2}')["hits"]
    told = [part["description"] for part in hit["explanation"]["parts"]]
    assert any("word 'fox' once: text 2-5" in text for text in told)


def test_retrievers_by_ngrams_are_evaluated(tmp_path: Path, llama: Path) -> None:
    pets = write_dataset(tmp_path / "pets")
    names = ["ngram", f"ngram:{llama}"]
    asked = [part for name in names for part in ("--retriever", name)]
    rows = answer("eval", "run", "--dataset", pets, *asked)["results"]
    assert [row["retriever"] for row in rows] == names
    assert all(row["measures"]["R@100"] >= 0.75 for row in rows)


def test_one_evaluation_has_one_model_that_writes(tmp_path: Path, llama: Path) -> None:
    pets = write_dataset(tmp_path / "pets")
    asked = ["--retriever", f"ngram:{llama}", "--retriever", "rrf(bm25,ngram:other)"]
    done = call("eval", "run", "--dataset", pets, *asked)
    assert done.exit_code != 0
    assert "several models" in done.output
