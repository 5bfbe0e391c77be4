"""Processes that encode the same collection at the same time share the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.hash_encoder import DENSE, SPARSE, HashModels
from tests.unit.retrieval.collections.embedded import assert_exact, opened, pending

from mnemic.retrieval.encoders.inputs import inputs

ROOT = Path(__file__).parents[4]
CHILD = [sys.executable, "-m", "tests.unit.retrieval.collections.encoding_process"]


def begun(folder: Path, start: int, count: int) -> subprocess.Popen[str]:
    """A process whose documents are stored, and which waits to encode them."""
    child = subprocess.Popen(
        [*CHILD, str(folder), str(start), str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_no_passage_is_encoded_twice(tmp_path: Path) -> None:
    models = HashModels()
    workspace = opened(tmp_path, models)
    papers = workspace.create("papers", encoders=[models.open(DENSE), models.open(SPARSE)])
    children = [begun(tmp_path, start, 12) for start in (0, 12)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    encoded = [text for answer in answers for text in json.loads(answer)]
    papers._replica.refresh()
    assert pending(papers) == {"dense": 0, "sparse": 0}
    assert_exact(papers, models)
    encoders = [models.quiet(spec) for spec in (DENSE, SPARSE)]
    expected = [p.text for e in encoders for item in papers.documents() for p in inputs(item, e)]
    assert sorted(encoded) == sorted(expected)
    assert len(papers) == 24
    workspace.close()
