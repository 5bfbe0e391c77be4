"""The measurements measure: small collections, real processes, a picture at the end."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from bench.corpus import batches
from bench.ingest import bytes_below, limit_per_second, main
from bench.memory import Sampler
from bench.open import first_query
from scripts.machine import machine, one_line
from scripts.tables import TABLES

from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty documents as a data set, where the measurements look for it."""
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    rows = [{"_id": str(place), "title": "", "text": f"river city {place}"} for place in range(40)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr("bench.corpus.DATA", folder.parent)
    return folder


def test_batches_hold_everything_once() -> None:
    documents = [Document(id=str(place)) for place in range(7)]
    assert [len(batch) for batch in batches(iter(documents), 3)] == [3, 3, 1]


def test_memory_of_a_process_is_sampled() -> None:
    with Sampler(os.getpid(), every=0.01) as sampler:
        ballast = bytearray(64 << 20)
    assert sampler.peak_mib() >= len(ballast) / 2**20
    assert all(len(row) == 3 for row in sampler.curve())


def test_the_limit_is_a_rate_and_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    before = bytes_below(tmp_path)
    assert limit_per_second(tmp_path, [tiny], None) > 0
    assert bytes_below(tmp_path) == before


@pytest.mark.slow
def test_ingestion_and_opening_are_measured_and_quoted(tiny: Path, tmp_path: Path) -> None:
    environment = pytest.MonkeyPatch()
    environment.setenv("MNEMIC_DATA", str(tiny.parent))
    out, store = tmp_path / "out", tmp_path / "work" / "store"
    try:
        main(["--sets", "tiny", "--out", str(out), "--store", str(store)])
    finally:
        environment.undo()
    results = json.loads((out / "ingest.json").read_text())
    assert results["passages"] == 40
    assert (out / "ingest.png").exists()
    assert "| seconds |" in TABLES["ingest"].render(results)
    total, opened = first_query(store, query="river city", eager=False)
    assert 0 < opened < total


def test_a_caption_names_the_machine() -> None:
    facts = machine()
    assert facts["versions"]["python"] in one_line(facts)
