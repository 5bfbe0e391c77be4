"""Programs on pages define the names that they use; extras and sizes are the real ones."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from scripts.quote_results import pages
from tests.models import pulled
from tests.unit.docs.blocks import blocks, page
from tests.unit.packaging.tree import ROOT

from mnemic.llm.models import inspect, known

PROGRAMS = [
    pytest.param(code, id=f"{path.relative_to(ROOT)}-{number}")
    for path in pages()
    for number, (language, code) in enumerate(blocks(path.read_text("utf-8")))
    if language == "python"
]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = {*PROJECT["optional-dependencies"]}
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("code", PROGRAMS)
def test_a_program_defines_the_names_that_it_uses(code: str) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,F822,F823", "-"]
    done = subprocess.run(ruff, input=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_extras_on_pages_exist() -> None:
    text = "".join(path.read_text("utf-8") for path in pages())
    named = {
        name
        for names in re.findall(r"(?:mnemic|'\.)\[([\w,]+)\]", text)
        for name in names.split(",")
    }
    assert {"files", "parquet", "llm", "pyserini"} <= named <= EXTRAS


def test_the_front_page_names_every_extra() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ", README.partition("## In Python")[0], re.MULTILINE)
    assert {*rows} == EXTRAS - {"dev"}


def test_the_front_page_says_where_the_command_is_before_it_is_used() -> None:
    before, _, _ = README.partition("## In Python")
    assert ". .venv/bin/activate" in before
    assert "pip install ." in before
    assert "\nVENV ?= .venv\n" in (ROOT / "Makefile").read_text("utf-8")


def test_the_sizes_of_models_are_real() -> None:
    cells = [[cell.strip() for cell in row.split("|")] for row in page("models.md").splitlines()]
    sizes = {row[1].strip("`"): row[5:7] for row in cells if len(row) == 8}
    there = pulled(["minilm", "splade-tiny", "wordllama"])
    for name, model in known().items():
        assert sizes[name][0] == f"{model.bytes / 1e6:.1f} MB"
    for name in ("minilm", "splade-tiny", "wordllama"):
        megabytes = inspect(name, settings=there).bytes / 1e6
        assert float(sizes[name][1].split()[0]) == pytest.approx(megabytes, abs=0.2)
