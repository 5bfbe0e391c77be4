"""What the front page says can be typed: its examples run, in a folder of their own."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.models import pulled
from tests.unit.docs.blocks import blocks, printed
from tests.unit.packaging.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def examples(language: str) -> list[str]:
    """The examples in a language."""
    return [code for written, code in blocks(README) if written == language]


def run(code: str, folder: Path, language: str = "sh") -> str:
    """What an example prints where the default model is pulled; it must succeed."""
    cache = str(pulled(["minilm"]).cache)
    return printed([(language, code)], folder, MNEMIC_CACHE=cache)[0]


def test_the_python_example_is_short_and_runs(tmp_path: Path) -> None:
    (code,) = examples("python")
    assert len(code.splitlines()) <= 20
    for _ in range(2):
        lines = run(code, tmp_path, "python").splitlines()
        assert lines[0].startswith("a ")
        assert "Rerank" in lines[0]
        assert lines[1].startswith("BM25 (lucene")
        assert lines[2:] == ["['a']", "['b', 'a']"]


@pytest.mark.slow
def test_the_command_line_example_runs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    lines = [line for line in examples("sh")[0].splitlines() if line]
    answers = [run(line, tmp_path) for line in lines]
    assert all(line.startswith("mnemic ") for line in lines)
    assert all(answers)
    assert "hits by z-score(bm25,dense)" in answers[2]
    assert '"hits"' in answers[4]


def shorten(folder: Path) -> None:
    """Leave the documents that judgements name: encoding all of them takes a minute."""
    judged = (folder / "qrels" / "test.tsv").read_text("utf-8")
    lines = (folder / "corpus.jsonl").read_text("utf-8").splitlines(keepends=True)
    named = [line for line in lines if f"\t{json.loads(line)['_id']}\t" in judged]
    assert 0 < len(named) < len(lines)
    (folder / "corpus.jsonl").write_text("".join(named), "utf-8")


@pytest.mark.slow
def test_the_evaluation_example_runs_on_what_the_demo_makes(tmp_path: Path) -> None:
    corpus = "demo-data/python-docs"
    assert "DEMO := demo-data" in MAKEFILE
    assert "$(DEMO)/data --collection python-docs $(DEMO)/python-docs" in MAKEFILE
    run(f"mnemic eval build-python-docs {corpus} --queries 20", tmp_path)
    shorten(tmp_path / corpus)
    run(f"mnemic add demo-data/data --collection python-docs {corpus} --encoder minilm", tmp_path)
    measured, compared = (run(line, tmp_path) for line in examples("sh")[1].splitlines())
    assert "hybrid" in measured
    assert "nDCG@10" in compared
    assert (tmp_path / "report" / "report.html").exists()


def test_the_two_commands_are_in_the_makefile() -> None:
    for command in re.findall(r"`make ([\w-]+)`", README):
        assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE), command


def test_every_setting_and_command_is_listed_by_help() -> None:
    commands = run("mnemic --help", ROOT)
    named = {words[1] for line in README.splitlines() if (words := line.split())[:1] == ["mnemic"]}
    assert all(command in commands for command in named)
