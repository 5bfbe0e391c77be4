"""Nothing acknowledged is lost when the writer is killed, at a fault point or at any time."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled

from mnemic.indexes.storage import faults
from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection

CHILD = Path(__file__).with_name("collection_child.py")
KILLS = scaled(20, 200)
ROUNDS = 4


def run_and_kill(folder: Path, seed: int, source: random.Random) -> list[str]:
    """Run the child until it dies at a fault point, or kill it from outside; its lines."""
    command = [sys.executable, str(CHILD), str(folder), str(seed)]
    if source.random() < 0.5:
        command += [source.choice(faults.POINTS), str(source.randint(1, 12))]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    ready = child.stdout.readline()
    if ready:
        time.sleep(source.uniform(0.0, 0.6))
    child.kill()
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    return rest.splitlines()


def replay(lines: list[str], live: set[str], unsure: set[str]) -> None:
    for line in lines:
        action, _, name = line.partition(" ")
        if action in ("adding", "deleting"):
            live.discard(name)
            unsure.add(name)
        elif action == "add":
            unsure.discard(name)
            live.add(name)
        elif action == "delete":
            unsure.discard(name)


def check(papers: Collection, live: set[str], unsure: set[str]) -> set[str]:
    stored = {document.id for document in papers.documents()}
    assert live <= stored <= live | unsure
    assert papers.verify() == []
    found = {hit.id for hit in papers.search("common", 10**6)}
    assert found == stored
    assert papers.substrings.count(["common word"]) == [len(stored)]
    return stored


@pytest.mark.parametrize("group", range(KILLS // ROUNDS))
def test_nothing_acknowledged_is_lost(group: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown by pytest when the test fails
    source = random.Random(seed)
    live: set[str] = set()
    acknowledged = 0
    for _ in range(ROUNDS):
        unsure: set[str] = set()
        lines = run_and_kill(tmp_path, source.randrange(2**31), source)
        acknowledged += len(lines)
        replay(lines, live, unsure)
        if not (tmp_path / "catalogue.sqlite").exists():
            assert not live
            continue
        workspace = Workspace.open(tmp_path, settings=Settings(lock_wait=10.0))
        if "papers" not in workspace.names():
            assert not live
        else:
            live = check(workspace.collection("papers"), live, unsure)
        workspace.close()
    assert acknowledged > 0
