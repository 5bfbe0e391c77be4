"""Pages point at what exists, are in the index, and quote their numbers from results files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from scripts.quote_results import MARKER, names, pages, quoted
from scripts.tables import TABLES, table
from tests.unit.packaging.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [*pages(), ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]
INDEX = (ROOT / "docs" / "README.md").read_text("utf-8")
LINK = re.compile(r"\]\(([^)#\s]+)")
FACTS = {
    "processor": "a chip",
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Linux",
    "versions": {"python": "3.11"},
    "date": "2026-11-21",
    "commit": "abc",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = [target for target in LINK.findall(text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("folder", ["guides", "decisions"])
def test_every_page_is_in_the_index(folder: str) -> None:
    found = sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md"))
    assert found
    assert [name for name in found if f"]({folder}/{name})" not in INDEX] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_quoted_numbers_are_those_of_the_results(page: Path) -> None:
    text = page.read_text("utf-8")
    assert quoted(text) == text, "run `make docs`"


def test_every_table_is_quoted() -> None:
    quoted_somewhere = {name for page in pages() for name in names(page.read_text("utf-8"))}
    assert quoted_somewhere == set(TABLES)


def test_every_marker_is_closed() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        assert len(re.findall("<!-- results:", text)) == len(MARKER.findall(text))


def test_a_table_is_made_from_its_file(tmp_path: Path) -> None:
    assert "Not measured yet" in table("open", tmp_path)
    figure = {"median_ms": 120.4, "max_ms": 200.0, "runs_ms": [120.4, 200.0]}
    target = tmp_path / "bench" / "results" / "open.json"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps({"machine": FACTS, "figures": {"warm": figure}}))
    page = "before\n<!-- results: open -->\nstale 99\n<!-- end -->\nafter\n"
    text = quoted(page, root=tmp_path)
    assert "| warm | 120 | 200 | 2 |" in text
    assert "a chip, 2 cores" in text
    assert "stale" not in text
    assert quoted(text, root=tmp_path) == text


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        quoted("<!-- results: nothing -->\n<!-- end -->\n")
