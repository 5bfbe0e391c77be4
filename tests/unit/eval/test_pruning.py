"""What pruning costs: each limit against all weights, and against brute force."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from tests.hash_encoder import DENSE, SPARSE, HashEncoder
from tests.models import pulled
from tests.unit.eval.overlap import QUERIES, write_dataset

from mnemic.api.cli.app import cli
from mnemic.errors import InvalidInput
from mnemic.eval.datasets.beir import open_folder
from mnemic.eval.encoded import EncodedDocuments
from mnemic.eval.measures import parse
from mnemic.eval.pruning import measure_pruning, overlap
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import SparseVectors
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mnemic.eval.datasets import Dataset

ENCODER = HashEncoder(SPARSE)
LIMITS = (1, 2, 3, 100)


@pytest.fixture
def pets(tmp_path: Path) -> Dataset:
    return open_folder(write_dataset(tmp_path / "pets"), split="test")


def weights(vectors: object, row: int = 0) -> dict[int, float]:
    assert isinstance(vectors, SparseVectors)
    some = slice(vectors.offsets[row], vectors.offsets[row + 1])
    return dict(zip(vectors.ids[some].tolist(), vectors.weights[some].tolist(), strict=True))


def by_force(dataset: Dataset, query: str, top_k: int | None) -> dict[str, float]:
    """Scores of documents by their best passage, pruned by sorting."""
    asked = weights(ENCODER.encode_queries([query]))
    scores: dict[str, float] = {}
    for document in dataset.documents():
        for piece in inputs(document, ENCODER):
            items = weights(ENCODER.encode_documents([piece.text])).items()
            kept = sorted(items, key=lambda item: (-item[1], item[0]))[:top_k]
            shared = [weight * asked[number] for number, weight in kept if number in asked]
            if shared:
                scores[document.id] = max(scores.get(document.id, 0.0), sum(shared))
    return scores


@pytest.mark.parametrize("top_k", [None, *LIMITS])
def test_rankings_are_those_of_brute_force(pets: Dataset, top_k: int | None) -> None:
    search = EncodedDocuments.encode(pets.documents(), ENCODER).search(top_k)
    questions = ENCODER.encode_queries(list(QUERIES.values()))
    assert isinstance(questions, SparseVectors)
    found = search.rankings(questions, 10)
    for query, ranking in zip(QUERIES.values(), found, strict=True):
        assert ranking == pytest.approx(by_force(pets, query, top_k))
        assert list(ranking.values()) == sorted(ranking.values(), reverse=True)


def test_passages_of_several_calls_stay_with_their_documents() -> None:
    documents = [Document(id=f"d{n}", text=f"word{n}. " * (n % 20)) for n in range(300)]
    told: list[int] = []
    encoded = EncodedDocuments.encode(documents, ENCODER, told.append)
    assert told == sorted(told)
    assert told[-1] == len(encoded.ids) == 300
    questions = ENCODER.encode_queries([f"word{n}" for n in range(300)])
    assert isinstance(questions, SparseVectors)
    found = encoded.search(1).rankings(questions, 1)
    assert [list(row) for row in found] == [[f"d{n}"] if n % 20 else [] for n in range(300)]


def test_each_limit_stands_beside_all_weights(pets: Dataset) -> None:
    report = measure_pruning(pets, ENCODER, [3, 100, 2, 3], measures=[parse("R@100")])
    assert [row.top_k for row in report.results] == [None, 100, 3, 2]
    assert (report.documents, report.queries, report.encoder) == (5, 4, "hash")
    whole, same, *_, least = report.results
    assert replace(same, top_k=None) == whole
    assert (whole.overlap, whole.differences) == ({10: 1.0, 100: 1.0}, {"R@100": 0.0})
    assert least.postings == 2 * report.passages < whole.postings
    lost = least.measures["R@100"] - whole.measures["R@100"]
    assert least.differences["R@100"] == lost < 0
    assert 0 < least.overlap[10] < 1


@pytest.mark.parametrize("top_k", LIMITS)
def test_overlap_is_that_of_brute_force(pets: Dataset, top_k: int) -> None:
    report = measure_pruning(pets, ENCODER, [top_k])
    shares = []
    for query in pets.queries:
        whole, least = by_force(pets, query.text, None), by_force(pets, query.text, top_k)
        if whole:
            shares.append(len(whole.keys() & least.keys()) / len(whole))
    assert report.results[1].overlap[100] == pytest.approx(float(np.mean(shares)))
    assert list(report.results[1].measures) == ["nDCG@10", "R@100"]


@pytest.mark.parametrize(("most", "asked"), [(1, 1), (2, 2), (3, 2), (4, 4), (99, 4)])
def test_queries_are_sampled_evenly(pets: Dataset, most: int, asked: int) -> None:
    assert measure_pruning(pets, ENCODER, [1], most_queries=most).queries == asked


@pytest.mark.parametrize(
    ("one", "other", "k", "expected"),
    [
        ([{"a": 3, "b": 2, "c": 1}], [{"b": 3, "a": 2, "d": 1}], 2, 1.0),
        ([{"a": 3, "b": 2, "c": 1}], [{"b": 3, "a": 2, "d": 1}], 1, 0.0),
        ([{"a": 3, "b": 2, "c": 1}], [{"b": 3, "a": 2, "d": 1}], 10, 2 / 3),
        ([{"a": 1}, {}], [{}, {"a": 1}], 10, 0.0),
        ([{}], [{"a": 1}], 10, 1.0),
    ],
)
def test_overlap_is_of_what_all_weights_find(
    one: list[Mapping[str, float]], other: list[Mapping[str, float]], k: int, expected: float
) -> None:
    assert overlap(one, other, k) == pytest.approx(expected)


def test_what_cannot_be_measured_is_refused(pets: Dataset) -> None:
    with pytest.raises(InvalidInput, match="top_k=0"):
        measure_pruning(pets, ENCODER, [0])
    with pytest.raises(InvalidInput, match="keeps 8 weights itself"):
        measure_pruning(pets, HashEncoder(replace(SPARSE, top_k=8)))
    with pytest.raises(InvalidInput, match="dense vectors"):
        measure_pruning(pets, HashEncoder(DENSE))
    for nothing in (replace(pets, queries=()), pets):
        with pytest.raises(InvalidInput, match="no query"):
            measure_pruning(nothing, ENCODER, most_queries=0)
    twice = [Document(id="a", text="b"), Document(id="a", text="c")]
    with pytest.raises(InvalidInput, match="one id"):
        EncodedDocuments.encode(twice, ENCODER)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(pulled(["minilm", "splade-tiny"]).cache))


@pytest.mark.usefixtures("cache")
def test_the_command_measures_a_real_encoder(tmp_path: Path) -> None:
    folder = str(write_dataset(tmp_path / "pets"))
    command = ["eval", "pruning", "--dataset", folder, "--top-k", "4", "--top-k", "8"]
    done = CliRunner().invoke(cli, [*command, "--json"])
    assert (done.exit_code, done.stderr) == (0, "")
    [report] = json.loads(done.stdout)["results"]
    assert (report["dataset"], report["encoder"], report["passages"]) == ("pets", "splade-tiny", 5)
    assert [row["top_k"] for row in report["results"]] == [None, 8, 4]
    assert [row["postings_per_passage"] for row in report["results"][1:]] == [8, 4]
    assert report["results"][0]["overlap"] == {"10": 1.0, "100": 1.0}
    shown = CliRunner().invoke(cli, command)
    assert "5 passages of 5 documents, 4 queries" in shown.stdout
    assert [line.split()[0] for line in shown.stdout.splitlines()[2:]] == ["all", "8", "4"]


@pytest.mark.usefixtures("cache")
def test_the_command_refuses_a_dense_encoder(tmp_path: Path) -> None:
    folder = str(write_dataset(tmp_path / "pets"))
    done = CliRunner().invoke(cli, ["eval", "pruning", "--dataset", folder, "--encoder", "minilm"])
    assert done.exit_code == 4
    assert "dense vectors" in done.stderr
