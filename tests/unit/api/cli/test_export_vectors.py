"""mnemic export --format anserini-vectors: the real splade-tiny over a few documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.models import pulled

import mnemic
from mnemic.api.cli.app import cli
from mnemic.retrieval.anserini import read_vectors
from mnemic.retrieval.anserini.vectors import quantised
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import spec_of
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

LONG = " ".join(f"Vitamin {letter} is good against scurvy." for letter in "ABCDEFGHIJKLMN" * 4)
DOCUMENTS = [
    Document(id="a", title="Vitamins", text="Vitamin C cures scurvy."),
    Document(id="b 1", text=LONG, metadata={"year": 1}),
    Document(id="none"),
]


def export(data: Path, out: Path, *options: str, cache: Path | None = None) -> Result:
    place = str(cache or pulled(["splade-tiny"]).cache)
    arguments = ["export", str(data), "-c", "papers", "--out", str(out), *options]
    return CliRunner(env={"MNEMIC_CACHE": place}).invoke(cli, arguments)


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with mnemic.open(tmp_path / "data") as database:
        database.collection("papers", create=True).add(DOCUMENTS, encode="later")
    return tmp_path / "data"


def test_documents_become_weighted_tokens(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "vectors"
    found = answer(export(data, out, "--format", "anserini-vectors", "--json"))
    assert (found["documents"], found["path"]) == (3, str(out))
    vectors = {vector.id: vector for vector in read_vectors(out)}
    assert list(vectors) == ["a", "b 1", "none"]
    assert vectors["a"].contents == "Vitamins\nVitamin C cures scurvy."
    strongest = sorted(vectors["a"].weights, key=lambda token: -vectors["a"].weights[token])
    assert {"vitamin", "scurvy"} & set(strongest[:5])
    assert vectors["none"].weights == {}


def test_weights_are_those_of_the_encoder(data: Path, tmp_path: Path) -> None:
    answer(export(data, tmp_path / "v", "--format", "anserini-vectors", "--json"))
    encoder: Any = open_encoder(spec_of("splade-tiny"), pulled(["splade-tiny"]))
    row = encoder.encode_documents(["Vitamins Vitamin C cures scurvy."])
    named = {
        encoder.token(number): float(w) for number, w in zip(row.ids, row.weights, strict=True)
    }
    (first, *_) = read_vectors(tmp_path / "v")
    assert first.weights == quantised(named)


def test_passages_have_lines_of_their_own(data: Path, tmp_path: Path) -> None:
    options = ("--format", "anserini-vectors", "--passages", "--encoder", "splade-tiny")
    found = answer(export(data, tmp_path / "v", *options, "--json"))
    ids = [vector.id for vector in read_vectors(tmp_path / "v")]
    assert ids[:3] == ["a#0", "b 1#0", "b 1#1"]
    assert (ids[-1], found["passages"]) == ("none#0", len(ids))
    assert "documents" not in found
    said = export(data, tmp_path / "again", *options)
    assert said.stdout.startswith(f"{len(ids)} passages (")


def test_a_model_that_is_not_there_names_its_command(data: Path, tmp_path: Path) -> None:
    result = export(data, tmp_path / "v", "--format", "anserini-vectors", cache=tmp_path / "cache")
    assert (result.exit_code, "mnemic models pull splade-tiny" in result.stderr) == (3, True)
    assert not list(tmp_path.glob("*v*"))


def test_a_dense_encoder_is_refused(data: Path, tmp_path: Path) -> None:
    place = pulled(["minilm"]).cache
    options = ("--format", "anserini-vectors", "--encoder", "minilm")
    result = export(data, tmp_path / "v", *options, cache=place)
    assert (result.exit_code, "minilm makes dense vectors" in result.stderr) == (1, True)
    assert not list(tmp_path.glob("*v*"))


@pytest.mark.parametrize("option", [("--encoder", "splade-tiny"), ("--passages",)])
@pytest.mark.parametrize("form", ["beir", "anserini"])
def test_other_formats_have_no_encoder(
    data: Path, tmp_path: Path, form: str, option: tuple[str, ...]
) -> None:
    result = export(data, tmp_path / "v", "--format", form, *option, cache=tmp_path)
    assert (result.exit_code, "need --format anserini-vectors" in result.stderr) == (2, True)


def test_a_folder_that_holds_something_is_kept_and_nothing_encoded(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "mine").touch()
    result = export(data, tmp_path / "v", "--format", "anserini-vectors")
    assert (result.exit_code, "not empty" in result.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "v").iterdir()] == ["mine"]
    assert not list(tmp_path.glob(".v*"))
