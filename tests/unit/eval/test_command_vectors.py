"""``mnemic eval run`` with vectors: what is encoded, what is charged, and what is resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.models import pulled
from tests.unit.eval.overlap import write_dataset

from mnemic.api.cli import eval_encoding
from mnemic.api.cli.app import cli
from mnemic.sdk import Collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNEMIC_CACHE", str(pulled(["minilm", "splade-tiny", "wordllama"]).cache))
        yield


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data" / "pets")


def mnemic(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def results(*arguments: object) -> dict[str, Any]:
    """The results by retriever."""
    done = mnemic("eval", "run", *arguments, "--json")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return {row["retriever"]: row for row in json.loads(done.stdout)["results"]}


def asking(*names: str) -> list[str]:
    return [part for name in names for part in ("--retriever", name)]


FUSED = ["rrf(bm25,dense)", "min-max(bm25@0.3,dense@0.7)", "log-odds(bm25,dense,sparse)/50"]


def test_every_retriever_and_fusion_can_be_evaluated(pets: Path) -> None:
    names = ["bm25", "dense", "sparse", "hybrid", *FUSED]
    rows = results("--dataset", pets, *asking(*names))
    assert list(rows) == names
    assert {name: rows[name]["resolved"] for name in FUSED} == {name: name for name in FUSED}
    # The run has both kinds of vectors, so hybrid asks both.
    assert rows["hybrid"]["resolved"].startswith("z-score(bm25,dense,sparse)")
    assert all(0 < rows[name]["measures"]["nDCG@10"] <= 1 for name in names)


def test_a_printed_name_gives_the_same_figures(pets: Path) -> None:
    first = results("--dataset", pets, *asking("hybrid"))["hybrid"]
    again = results("--dataset", pets, *asking(first["resolved"]))[first["resolved"]]
    assert first["resolved"].startswith("z-score(bm25,dense)")
    assert again["measures"] == first["measures"]


def test_each_retriever_is_charged_for_the_vectors_that_it_asks(pets: Path) -> None:
    rows = results("--dataset", pets, *asking("bm25", "dense", "sparse", *FUSED))
    words, dense, sparse = (rows[name] for name in ("bm25", "dense", "sparse"))
    for cost in ("index_seconds", "index_bytes"):
        assert words[cost] < min(dense[cost], sparse[cost])
        both = dense[cost] + sparse[cost] - words[cost]
        assert rows[FUSED[0]][cost] == dense[cost]
        assert rows[FUSED[2]][cost] == pytest.approx(both)


def test_only_what_is_needed_is_encoded(pets: Path, tmp_path: Path) -> None:
    for names, place in [
        (("bm25",), "pets"),
        (("bm25", "dense"), "pets+minilm"),
        (("hybrid",), "pets+minilm"),
        (("sparse",), "pets+splade-tiny"),
        (("rrf(dense,sparse)",), "pets+minilm+splade-tiny"),
        (("default",), "pets+minilm"),
    ]:
        out = tmp_path / "-".join(names)
        results("--dataset", pets, *asking(*names), "--out", out)
        assert [path.name for path in (out / "indexes").iterdir()] == [place]


def test_an_encoder_can_be_named(pets: Path, tmp_path: Path) -> None:
    options = ("--dataset", pets, *asking("dense"), "--out", tmp_path)
    results(*options, "--encoder", "wordllama")
    assert [path.name for path in (tmp_path / "indexes").iterdir()] == ["pets+wordllama"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([*asking("dense"), "--encoder", "none"], 4),
        ([*asking("hybrid"), "--encoder", "none"], 4),
        ([*asking("rrf(bm25,sparse)"), "--encoder", "minilm"], 4),
        ([*asking("dense"), "--encoder", "minilm", "--encoder", "wordllama"], 4),
        ([*asking("rrf(bm25,")], 4),
        ([*asking("rrf(bm25,densest)")], 4),
        ([*asking("dense"), "--encoder", "nonsense"], 4),
        (["--encoder", "none", "--encoder", "minilm"], 2),
        (["--store", "x"], 2),
        (["--collection", "x"], 2),
        (["--store", "x", "--collection", "x", "--encoder", "minilm"], 2),
        (["--store", "x", "--collection", "x"], 3),
    ],
)
def test_wrong_options_fail_before_the_work(pets: Path, options: list[str], code: int) -> None:
    done = mnemic("eval", "run", "--dataset", pets, *options)
    assert (done.exit_code, done.stdout) == (code, "")


def test_a_missing_model_fails_before_the_work(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(tmp_path))
    done = mnemic("eval", "run", "--dataset", pets, *asking("hybrid"), "--out", tmp_path / "out")
    assert done.exit_code == 3
    assert "mnemic models pull minilm" in done.stderr
    assert not (tmp_path / "out").exists()
    rows = results("--dataset", pets, *asking("default"))
    assert rows["default"]["resolved"] == "bm25"


def test_resume_uses_the_vectors_again(pets: Path, tmp_path: Path) -> None:
    options = ("--dataset", pets, "--out", tmp_path / "out", "--resume")
    first = results(*options, *asking("dense"))["dense"]
    rows = results(*options, *asking("dense", "hybrid"))
    assert rows["dense"]["latency_ms"] == first["latency_ms"]
    assert rows["hybrid"]["index_seconds"] == first["index_seconds"]


def test_interrupted_encoding_goes_on_and_keeps_its_seconds(
    pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Collection.reindex
    options = ("--dataset", pets, "--out", tmp_path, "--resume", *asking("rrf(dense,sparse)"))

    def broken(self: Collection, *, encoder: Any, progress: Any = None) -> None:
        if len(encoder) == 2:
            progress(0, 5)
            raise KeyboardInterrupt
        whole(self, encoder=encoder, progress=progress)

    monkeypatch.setattr(eval_encoding, "NOTED_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(Collection, "reindex", broken)
        assert mnemic("eval", "run", *options).exit_code == 130
    mark = tmp_path / "indexes" / "pets+minilm+splade-tiny" / "index.json"
    before = json.loads(mark.read_text())
    assert (before["complete"], set(before["vectors"])) == (False, {"dense", "sparse"})
    [row] = results(*options).values()
    after = json.loads(mark.read_text())
    assert after["complete"]
    assert after["vectors"]["dense"] == before["vectors"]["dense"]
    assert after["vectors"]["sparse"]["seconds"] > before["vectors"]["sparse"]["seconds"] > 0
    assert row["documents"] == 5


def test_within_searches_the_vectors_of_each_part(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "pets")
    for file, key in (("corpus.jsonl", "text"), ("queries.jsonl", "text")):
        rows = [json.loads(line) for line in (folder / file).read_text().splitlines()]
        for place, row in enumerate(rows):
            row["metadata"] = {"part": place % 2}
            assert key in row
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    parts = {
        row["_id"]: row["metadata"]["part"]
        for file in ("corpus.jsonl", "queries.jsonl")
        for row in map(json.loads, (folder / file).read_text().splitlines())
    }
    options = ("--dataset", folder, *asking("dense", "hybrid"), "--within", "part")
    for row in results(*options, "--out", tmp_path / "out").values():
        found = [line.split() for line in Path(row["run"]).read_text().splitlines()]
        assert found
        assert all(parts[query] == parts[document] for query, _, document, *_ in found)


def test_an_existing_collection_can_be_evaluated(pets: Path, tmp_path: Path) -> None:
    store = ("--store", tmp_path / "store", "--collection", "mine")
    assert mnemic("add", tmp_path / "store", "-c", "mine", pets).exit_code == 0
    rows = results("--dataset", pets, *store, *asking("bm25", "hybrid"))
    fresh = results("--dataset", pets, *asking("bm25", "hybrid"))
    for name in ("bm25", "hybrid"):
        assert rows[name]["measures"] == fresh[name]["measures"]
        assert rows[name]["index_seconds"] == 0
    assert rows["hybrid"]["index_bytes"] > rows["bm25"]["index_bytes"] > 0


def test_another_or_an_unfinished_collection_is_refused(pets: Path, tmp_path: Path) -> None:
    store = ("--store", tmp_path / "store", "--collection", "mine")
    mnemic("add", tmp_path / "store", "-c", "mine", pets, "--no-encode")
    done = mnemic("eval", "run", "--dataset", pets, *store[:-1], "my")
    assert (done.exit_code, f"mnemic inspect {tmp_path / 'store'}" in done.stderr) == (3, True)
    done = mnemic("eval", "run", "--dataset", pets, *store)
    assert (done.exit_code, "5 documents of 'mine' without vectors" in done.stderr) == (4, True)
    mnemic("reindex", tmp_path / "store", "-c", "mine")
    (tmp_path / "more.jsonl").write_text('{"_id": "more", "text": "one more"}\n')
    mnemic("add", tmp_path / "store", "-c", "mine", tmp_path / "more.jsonl")
    done = mnemic("eval", "run", "--dataset", pets, *store)
    assert (done.exit_code, "does not hold the documents" in done.stderr) == (4, True)
