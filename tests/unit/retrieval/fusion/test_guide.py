"""The guide's examples run, and its table is what fusion gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.unit.packaging.tree import ROOT

from mnemic.retrieval.fusion import FUSIONS, fuse
from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (ROOT / "docs" / "guides" / "fusion.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)
ROWS = re.findall(r"^\| (first|second) \|(.*)\|$", GUIDE, re.M)
GIVEN = dict(re.findall(r"^\| `([\w-]+)` \| ([a-d] -?\d.*) \|$", GUIDE, re.M))


def ranking(row: str) -> Ranking:
    cells = zip("abcd", row.split("|"), strict=True)
    hits = [Hit(id=id, score=float(cell)) for id, cell in cells if cell.strip()]
    return Ranking.ordered(Query("q"), hits)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_runs(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/guides/fusion.md", "exec"), {})
    assert "min-max, sum over the parts" in capsys.readouterr().out


@pytest.mark.parametrize("name", FUSIONS)
def test_the_table_is_what_fusion_gives(name: str) -> None:
    found = fuse([ranking(row) for _, row in ROWS], fusion=name)
    assert ", ".join(f"{hit.id} {hit.score:.4f}" for hit in found) == GIVEN[name]


def test_every_fusion_stands_in_the_guide() -> None:
    assert all(f"| `{name}` | " in GUIDE and f"**`{name}`**" in GUIDE for name in FUSIONS)
