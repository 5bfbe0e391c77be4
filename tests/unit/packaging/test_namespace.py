"""The import namespace is exactly the top-level packages."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = [
    "api",
    "catalogue",
    "eval",
    "indexes",
    "llm",
    "memory",
    "rag",
    "rerank",
    "retrieval",
    "sdk",
    "training",
]


@pytest.mark.parametrize("part", PARTS)
def test_namespace_entry_is_a_link_to_the_top_level_folder(part: str) -> None:
    link = ROOT / "src" / "mnemic" / part
    assert link.is_symlink()
    assert link.resolve() == ROOT / part


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_importable_under_mnemic(part: str) -> None:
    assert importlib.util.find_spec(f"mnemic.{part}") is not None
