"""ARCHITECTURE.md has one heading per folder, and each says which question it answers."""

from __future__ import annotations

import re

import pytest
from tests.unit.packaging.tree import PARTS, ROOT, packages

TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)/\n\n(.+?)(?=\n#|\Z)", TEXT, re.MULTILINE | re.DOTALL))
CODE = sorted(
    {*PARTS, *packages(), "src/mnemic", "tests", "bench", "scripts", "docs", "indexes/native"}
)


@pytest.mark.parametrize("folder", CODE)
def test_every_folder_has_a_heading_and_a_question(folder: str) -> None:
    assert folder in SECTIONS
    assert "?" in SECTIONS[folder].splitlines()[0] + SECTIONS[folder].replace("\n", " ")[:120]


@pytest.mark.parametrize("folder", SECTIONS)
def test_every_heading_has_a_folder(folder: str) -> None:
    assert (ROOT / folder).is_dir()


def test_the_layers_are_those_of_the_linter() -> None:
    floor = TEXT.split("```")[1]
    places = [floor.index(f"{part}/") for part in ("api", "sdk", "training", "eval", "rag")]
    assert places == sorted(places)
    assert all(f"{part}/" in floor for part in PARTS)
