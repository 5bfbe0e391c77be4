"""The measurement of pruning measures: small, but with the real encoder in a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench import pruning
from scripts.tables import TABLES
from tests.models import pulled
from tests.unit.eval.overlap import write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_pruning_is_measured_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(pulled(["splade-tiny"]).cache))
    monkeypatch.setattr("bench.corpus.DATA", tmp_path)
    monkeypatch.setattr(pruning, "SETS", ("pets",))
    monkeypatch.setattr(pruning, "TOP_KS", (4, 8))
    write_dataset(tmp_path / "pets")
    pruning.main(["--out", str(tmp_path / "out.json")])
    results = json.loads((tmp_path / "out.json").read_text())
    [report] = results["results"]
    assert [row["top_k"] for row in report["results"]] == [None, 8, 4]
    assert results["machine"]["cores"] > 0
    lines = TABLES["sparse-pruning"].render(results).splitlines()
    assert [line.split("|")[2].strip() for line in lines[2:5]] == ["all", "8", "4"]
    assert "pets 4 (0 of them" in lines[-1]
