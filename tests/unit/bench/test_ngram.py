"""The bench of the substring core measures: small texts, real engines, real child processes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bench.ngram import __main__ as bench
from bench.ngram import samples, texts
from bench.ngram.agreement import agreement
from bench.ngram.child import Task
from bench.ngram.runs import Plan, run
from bench.ngram.targets import row
from scripts.tables import TABLES
from scripts.tables_ngram import RENDERERS
from tests.models import pulled

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["the", "river", "Größe", "runs", "漢字", "past", "a", "city", "and", "under", "bridge"]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of 400 kB, a document on each line."""
    draw = np.random.default_rng(1)
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    rows = (" ".join(draw.choice(WORDS, draw.integers(1, 40))) for _ in range(4000))
    path.write_text("".join(f"{line}\n" for line in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def text(lines: Path, tmp_path_factory: pytest.TempPathFactory) -> texts.Text:
    """20 kB of it, prepared."""
    folder = tmp_path_factory.mktemp("prepared") / "small"
    return texts.prepare(texts.of_file(lines), 20_000, folder, source="lines")


def test_a_text_is_whole_documents_up_to_its_size(lines: Path, text: texts.Text) -> None:
    expected = lines.read_bytes().split(b"\n")[: len(text)]
    assert list(text.items()) == expected
    assert 20_000 - 400 < len(text.symbols) <= 20_000
    assert text.facts["copies"] == 1


def test_few_documents_are_repeated_with_edits(tmp_path: Path) -> None:
    item = b"abcdefghijklmnopqrstuvwxyz " * 20
    found = texts.prepare(iter([item]), 3 * len(item), tmp_path / "t", source="one")
    first, second, third = found.items()
    assert first == item != second != third
    assert sorted(second) == sorted(item)
    assert found.facts["copies"] == 3


def test_a_prepared_text_is_used_again_only_for_the_same_question(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    texts.prepare(iter([b"one"]), 3, folder, source="a")
    again = texts.prepare(iter([b"two"]), 3, folder, source="a")
    assert list(again.items()) == [b"one"]
    other = texts.prepare(iter([b"two"]), 3, folder, source="b")
    assert list(other.items()) == [b"two"]


def test_a_text_with_the_separator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds U\+001E"):
        texts.prepare(iter([b"a\x1eb"]), 3, tmp_path / "t", source="bad")


@pytest.mark.parametrize("length", samples.LENGTHS)
def test_patterns_are_whole_characters_of_one_document(text: texts.Text, length: int) -> None:
    found = samples.patterns(text.symbols, text.offsets, length, 50)
    documents = list(text.items())
    assert found.shape == (50 * samples.MORE, length)
    for pattern in found[:50]:
        assert any(pattern.tobytes() in document for document in documents)
        pattern.tobytes().decode()


def test_spans_lie_in_their_documents(text: texts.Text) -> None:
    documents, starts, ends = samples.spans(text.offsets, 100, 200)
    lengths = text.offsets[documents + 1] - text.offsets[documents]
    assert (starts >= 0).all()
    assert (starts <= ends).all()
    assert (ends <= lengths).all()


def test_what_differs_is_named_and_what_nobody_else_answered_too() -> None:
    def side(name: str, **answers: Any) -> dict[str, Any]:
        return {"name": name, "task": {"system": name, "facts": {"digest": "d"}}, **answers}

    found = agreement(
        [
            side("ours", checks={"4": [1, 2, 3]}, next_checks=["x", "y"]),
            side("theirs", checks={"4": [1, 2, 4]}, next_checks=["x", ""]),
            side("third", place_checks=["p"]),
        ]
    )
    assert found["compared"] == 4
    assert found["mismatches"] == ["count bytes d 4: ours and theirs differ in 1 of 3"]
    assert found["not_compared"] == ["place bytes d"]


@pytest.mark.parametrize(
    ("sense", "measured", "met"),
    [(">=", 6.0, True), (">=", 5.999, False), ("<=", 6.001, False), ("<=", 6.0, True)],
)
def test_a_target_is_met_from_its_bound_on(sense: str, measured: float, met: bool) -> None:
    assert row("what", "fast", (sense, 6.0), measured, "x")["met"] is met


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert row("what", "fast", ("<=", 6.0), None, "x")["met"] is None


@pytest.fixture
def plan(text: texts.Text, tmp_path: Path, lines: Path) -> Plan:
    """A plan over the small text, with peers only."""
    place = tmp_path / "text"
    texts.prepare(text.items(), len(text.symbols), place, source="lines")
    return Plan(tmp_path, {0.02: place}, 0.02, ("fm-index",), 1, 0, False, 50, 60, True)


@pytest.mark.slow
def test_a_child_that_fails_says_why_and_one_that_takes_long_is_stopped(plan: Plan) -> None:
    task = Task("nothing", str(plan.texts[0.02]), str(plan.folder / "index"))
    assert "No module named 'bench.ngram.peers.nothing'" in run(task, plan)["failed"]
    slow = run(replace(task, system="limits", queries=5000), replace(plan, limit=0.01))
    assert slow["failed"] == "not finished after 0 s"
    assert run(task, replace(plan, limit=0))["failed"] == "not begun in time"


@pytest.mark.slow
def test_a_run_that_ended_well_is_resumed(plan: Plan) -> None:
    task = Task("pydivsufsort", str(plan.texts[0.02]), str(plan.folder / "index"), queries=50)
    first = run(task, plan)
    assert first["complete"]
    assert run(task, plan) == first
    assert "failed" in run(replace(task, threads=2), replace(plan, limit=0.01))


@pytest.mark.slow
def test_everything_is_measured_compared_and_quoted(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(pulled(["minilm"]).cache))
    options = ["--quick", "--text", str(lines), "--tokenizer", "minilm"]
    places = ["--folder", str(tmp_path / "work"), "--out", str(tmp_path)]
    assert bench.main([*options, *places]) == 0
    results = json.loads((tmp_path / "ngram.json").read_text())
    assert results["not_measured"] == {}
    assert results["agreement"]["mismatches"] == []
    assert results["agreement"]["compared"] > 1000
    assert {what.split()[0] for what in results["agreement"]["not_compared"]} <= {"count"}
    assert all(found["met"] is not None for found in results["targets"])
    for picture in ("growth", "count", "build"):
        assert (tmp_path / f"ngram_{picture}.svg").exists()
    for name in RENDERERS:
        shown = TABLES[name].render(results).splitlines()
        widths = {line.count("|") for line in shown if line.startswith("|")}
        assert len(widths) == 1
        assert len(shown) > 3
