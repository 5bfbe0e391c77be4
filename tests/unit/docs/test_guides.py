"""The quick start and the search guide: every command and program on them runs, in their order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.models import pulled
from tests.unit.packaging.tree import ROOT

BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def printed(page: str, folder: Path, cache: Path) -> list[str]:
    """What the blocks of a guide print, each of which must succeed."""
    found = []
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for language, code in BLOCK.findall((ROOT / "docs" / "guides" / page).read_text("utf-8")):
        shell = ["bash", "-euo", "pipefail", "-c"]
        done = subprocess.run(
            [*(shell if language == "sh" else [sys.executable, "-c"]), code],
            cwd=folder,
            env={**os.environ, "PATH": path, "MNEMIC_CACHE": str(cache)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        found.append(done.stdout)
    return found


@pytest.fixture(scope="module")
def cache() -> Path:
    return pulled(["minilm"]).cache


def test_the_quick_start_can_be_typed(tmp_path: Path, cache: Path) -> None:
    pull, add, search, beside, program, exam = printed("quickstart.md", tmp_path, cache)
    assert "minilm" in pull
    assert "6 added" in add
    assert "6 encoded" in add
    meaning, code, animals = re.split(r"^\d+ hits? by .*$", search, flags=re.MULTILINE)[1:]
    assert "1. dog" in meaning
    assert "1. err" in code
    assert "cat" not in animals
    assert "bm25 (nothing found)" in beside
    assert program.splitlines()[0].startswith("dog")
    assert program.splitlines()[-1] == "bee"
    assert "hybrid" in exam
    assert (tmp_path / "report" / "report.html").exists()


def test_the_search_guide_can_be_typed(tmp_path: Path, cache: Path) -> None:
    blocks = printed("search.md", tmp_path, cache)
    assert len(blocks) == 5
    assert "1. a" in blocks[1]
    assert "(bm25,dense)" in blocks[2]
    assert "0 waiting" not in blocks[4]
    assert "dense vectors by minilm: 2 documents" in blocks[4]
