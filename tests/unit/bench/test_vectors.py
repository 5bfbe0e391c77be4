"""The measurements of vectors measure: small, but with the real index, encoder and processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bench import dense_flat, encode, hybrid
from scripts.tables import TABLES
from tests.models import pulled

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["wings lift an aircraft", "rivers carry water", "a theorem has a proof"]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of the tests, for this process and its children."""
    monkeypatch.setenv("MNEMIC_CACHE", str(pulled(["minilm"]).cache))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three documents and a judged query, where the measurements look for data sets."""
    folder = tmp_path / "data" / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": str(n), "text": text}) for n, text in enumerate(TEXTS)]
    (folder / "corpus.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "airplane"}) + "\n")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t0\t1\n")
    monkeypatch.setattr("bench.corpus.DATA", folder.parent)
    return folder


def test_turns_alternate_and_count_every_batch() -> None:
    asked: list[str] = []
    batches = iter([np.zeros((1, 1), np.float32)] * 4)
    sides = {"a": lambda _: asked.append("a"), "b": lambda _: asked.append("b")}
    times = dense_flat.turns(sides, batches, 60)
    assert asked == ["a", "b", "b", "a", "a", "b", "b", "a"]
    assert {name: len(values) for name, values in times.items()} == {"a": 4, "b": 4}


def test_turns_end_when_their_time_is_over() -> None:
    batches = iter([np.zeros((1, 1), np.float32)] * 99)
    times = dense_flat.turns({"a": lambda _: None}, batches, 0)
    assert len(times["a"]) == dense_flat.LEAST_ROUNDS


@pytest.mark.slow
def test_dense_search_is_measured_beside_faiss_and_quoted(tmp_path: Path) -> None:
    small = ["--rows", "2000", "--dims", "16", "--queries", "1000", "--seconds", "0", "--out"]
    dense_flat.main([*small, str(tmp_path)])
    results = json.loads((tmp_path / "dense_flat.json").read_text())
    assert len(results["results"]) == 12
    assert all(row["same_ids"] > 0.99 for row in results["results"])
    assert "faiss" in results["machine"]["versions"]
    shown = TABLES["dense-flat"].render(results)
    assert "| cosine, 1,000, 100 |" in shown


@pytest.mark.parametrize("tokens", encode.LENGTHS)
@pytest.mark.usefixtures("cache")
def test_texts_have_the_tokens_they_are_said_to_have(tokens: int) -> None:
    from mnemic.llm.models.store import locate
    from mnemic.llm.onnx.text_model import TextModel

    rows = TextModel.open(locate("minilm")).tokenize(encode.texts_of(20, tokens, 1)).rows
    assert {len(row) for row in rows} == {tokens}


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_a_side_encodes_in_a_process_of_its_own_and_is_quoted() -> None:
    with encode.Side("minilm") as side:
        rows = encode.measure([side], texts=4, rounds=2)
    assert [row["tokens"] for row in rows] == list(encode.LENGTHS)
    assert all(row["texts_per_second"] > 0 < row["loaded_mib"] <= row["peak_mib"] for row in rows)
    assert "| minilm |" in TABLES["encode"].render({"results": rows})


def test_a_side_that_cannot_start_says_why() -> None:
    side = encode.Side("nothing")
    with pytest.raises(RuntimeError, match="there is no encoder 'nothing'"), side:
        pass


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(tmp_path))
    found = encode.missing()
    assert found["minilm"] == "run mnemic models pull minilm"
    assert encode.RIVAL in found


@pytest.mark.slow
@pytest.mark.usefixtures("cache", "tiny")
def test_latency_is_measured_for_every_retriever_and_quoted(tmp_path: Path) -> None:
    hybrid.main(["--set", "tiny", "--rounds", "2", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "hybrid.json").read_text())
    assert (results["documents"], results["queries"]) == (3, 1)
    assert list(results["latency_ms"]) == ["encoding", *hybrid.RETRIEVERS]
    assert "| hybrid |" in TABLES["hybrid"].render(results)
