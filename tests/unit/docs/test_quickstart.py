"""What the front page says can be typed: its examples run, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.models import pulled
from tests.unit.packaging.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str) -> str:
    """The one example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def run(command: list[str], folder: Path) -> str:
    """What a command prints where the default model is pulled; its failure is the test's."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "MNEMIC_CACHE": str(pulled(["minilm"]).cache)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_python_example_is_short_and_runs(tmp_path: Path) -> None:
    code = block("python")
    assert len(code.splitlines()) <= 20
    for _ in range(2):
        printed = run([sys.executable, "-c", code], tmp_path).splitlines()
        assert printed[0].startswith("a ")
        assert "Rerank" in printed[0]
        assert printed[1].startswith("BM25 (lucene")
        assert printed[2:] == ["['a']", "['b', 'a']"]


@pytest.mark.slow
def test_the_command_line_example_runs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    lines = [line for line in block("sh").splitlines() if line]
    printed = [run(["bash", "-c", line], tmp_path) for line in lines]
    assert all(line.startswith("mnemic ") for line in lines)
    assert all(printed)
    assert "hits by z-score(bm25,dense)" in printed[2]
    assert '"hits"' in printed[4]


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"`make ([\w-]+)`", README):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_every_setting_and_command_is_listed_by_help() -> None:
    commands = run(["mnemic", "--help"], ROOT)
    named = {words[1] for line in README.splitlines() if (words := line.split())[:1] == ["mnemic"]}
    assert all(command in commands for command in named)
