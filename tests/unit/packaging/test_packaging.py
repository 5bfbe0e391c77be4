"""The import namespace is exactly the top-level packages, and survives losing its links."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.unit.packaging.tree import PARTS, ROOT

import mnemic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("part", PARTS)
def test_namespace_entry_is_a_link_to_the_top_level_folder(part: str) -> None:
    link = ROOT / "src" / "mnemic" / part
    assert link.is_symlink()
    assert link.readlink().as_posix() == f"../../{part}"
    assert link.resolve() == ROOT / part


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_importable_under_mnemic(part: str) -> None:
    assert importlib.util.find_spec(f"mnemic.{part}") is not None


def test_there_is_no_other_entry() -> None:
    entries = {path.name for path in (ROOT / "src" / "mnemic").iterdir()} - {"__pycache__"}
    real = {"__init__.py", "errors.py", "py.typed", "settings.py", "types.py"}
    assert entries == {*PARTS, *real}


def test_lost_links_are_restored_and_said(tmp_path: Path) -> None:
    for part in PARTS:
        (tmp_path / part).mkdir()
        (tmp_path / part / "__init__.py").touch()
    (tmp_path / "src" / "mnemic").mkdir(parents=True)
    # A zip file without links holds their targets as text.
    (tmp_path / "src" / "mnemic" / "eval").write_text("../../eval")
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "restore_links.sh", tmp_path / "scripts")
    first = subprocess.run([script], capture_output=True, text=True, check=True)
    second = subprocess.run([script], capture_output=True, text=True, check=True)
    assert all((tmp_path / "src" / "mnemic" / part / "__init__.py").exists() for part in PARTS)
    assert all(f"src/mnemic/{part} is not a link" in first.stderr for part in PARTS)
    assert second.stderr == ""


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == mnemic.__version__


def test_the_core_needs_no_model_no_server_and_no_driver() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    core = " ".join(project["dependencies"]).lower()
    heavy = ("torch", "transformers", "faiss-gpu", "fastapi", "psycopg", "pyserini", "pyarrow")
    assert not [name for name in heavy if name in core]
