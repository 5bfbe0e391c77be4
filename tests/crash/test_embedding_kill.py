"""A writer that encodes is killed at every durable step; no vector or token is lost or wrong."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.counts import scaled
from tests.crash.embedding_child import settings, text_of
from tests.hash_encoder import DENSE, OTHER_DENSE, HashEncoder, HashModels, best_by_force
from tests.unit.retrieval.collections.embedded import QUERY, assert_exact, found, pending
from tests.unit.retrieval.collections.tokenised import assert_tokenised

from mnemic.indexes.storage import FileDirectory, ManifestStore, faults
from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.collections import Workspace, embedding
from mnemic.retrieval.collections.wanted import wanted_tokens
from mnemic.retrieval.encoders.inputs import inputs
from mnemic.retrieval.encoders.protocols import DenseVectors
from mnemic.retrieval.encoders.specs import EncoderSpec
from mnemic.types import Document

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLS = scaled(20, 200)
ROUNDS = 5
MOST_HITS = 60
CHILD = [sys.executable, "-m", "tests.crash.embedding_child"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "ELSEWHERE_SECONDS", 0.01)


def killed(folder: Path, seed: int, point: str, hits: int) -> list[str]:
    """What the child said until it died at a fault point, or came to its end."""
    command = [*CHILD, str(folder), str(seed), point, str(hits)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout.splitlines()


def replay(lines: list[str], live: set[str], unsure: set[str], erased: set[str]) -> None:
    """Take over what was acknowledged, and what may or may not have happened."""
    for line in lines:
        action, _, name = line.partition(" ")
        if action in ("adding", "erasing"):
            live.discard(name)
            unsure.add(name)
        elif action in ("add", "erase"):
            unsure.discard(name)
            (live if action == "add" else erased).add(name)


def wanted(papers: Collection) -> list[EncoderSpec]:
    return [EncoderSpec.from_json(want.spec) for want in papers.encoders]


def assert_nothing_wrong(papers: Collection) -> None:
    """Whatever is found before the rest is encoded has the right score."""
    documents = list(papers.documents())
    for role, track in papers._replica.snapshot.tracks.items():
        if role not in ("dense", "sparse"):
            continue
        encoder = HashEncoder(EncoderSpec.from_json(track.spec))
        expected = dict(best_by_force(documents, QUERY, encoder))
        for name, score in found(papers, encoder.kind):
            assert abs(score - expected[name]) < 1e-5


def assert_tokens(papers: Collection) -> None:
    """Where there shall be tokens, they are those of every document."""
    want = wanted_tokens(papers._replica.settings)
    assert [item.role for item in papers.stats().tokens] == (["tokens"] if want else [])
    if want:
        assert_tokenised(papers, Tokenizer.open(want.spec["model"]))


def assert_no_leftovers(papers: Collection, folder: Path) -> None:
    """Every file in the collection's folder is one of the manifest's, once it is flushed."""
    [home] = (folder / "collections").iterdir()
    directory = FileDirectory(home)
    manifest = ManifestStore(directory).load()
    assert manifest is not None
    assert set(directory.names()) == {entry.name for entry in manifest.files} | {"MANIFEST.json"}


def assert_no_vectors_of(names: set[str], folder: Path) -> None:
    """No file holds a row of an erased document."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for name in names:
        for row in rows_of(name):
            assert not any(row in data for data in files), name


def rows_of(name: str) -> list[bytes]:
    """The float32 rows of a document's passages, as the dense encoders' files have them."""
    rows = []
    for spec in (DENSE, OTHER_DENSE):
        encoder = HashEncoder(spec)
        texts = [piece.text for piece in inputs(Document(id=name, text=text_of(name)), encoder)]
        vectors = encoder.encode_documents(texts)
        assert isinstance(vectors, DenseVectors)
        exact = vectors.values.astype(np.float64)
        unit = exact / np.sqrt((exact * exact).sum(axis=1, keepdims=True))
        rows += [row.astype(np.float32).tobytes() for row in unit]
    return rows


def check(folder: Path, live: set[str], unsure: set[str], erased: set[str]) -> set[str]:
    """Open what is left, compare it, finish it, compare again; what is stored."""
    models = HashModels()
    workspace = Workspace.open(folder, settings=settings(), open_encoder=models)
    papers = workspace.collection("papers")
    stored = {document.id for document in papers.documents()}
    assert live <= stored <= live | unsure
    assert papers.verify() == []
    assert_nothing_wrong(papers)
    papers.embed()
    assert not any(pending(papers).values())
    assert papers.roles == tuple(sorted(spec.kind for spec in wanted(papers)))
    assert_exact(papers, models, wanted(papers))
    assert_tokens(papers)
    assert papers.verify() == []
    more = Document(id="next", text=f"after generation {papers.stats().generation}")
    papers.add([more], on_duplicate="replace", encode="later")
    assert papers.flush() or not papers.stats().tail
    papers.settle()
    assert_no_leftovers(papers, folder)
    assert_no_vectors_of(erased | (unsure - stored), folder)
    workspace.close()
    return stored | {"next"}


def plan(seed: int) -> list[tuple[str, int]]:
    """Every point in turn, each time after another number of passes."""
    chance = random.Random(seed)
    points = [*faults.POINTS] * (KILLS // len(faults.POINTS) + 1)
    return [(point, chance.randint(1, MOST_HITS)) for point in points[:KILLS]]


@pytest.mark.parametrize("group", range(KILLS // ROUNDS))
def test_vectors_survive_a_kill_at_every_point(group: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**31)
    print(f"seed {seed}")  # shown by pytest when the test fails
    live: set[str] = set()
    erased: set[str] = set()
    for step, (point, hits) in enumerate(plan(seed)[group * ROUNDS : (group + 1) * ROUNDS]):
        unsure: set[str] = set()
        lines = killed(tmp_path, seed + step, point, hits)
        replay(lines, live, unsure, erased)
        print(f"killed at {point} after {hits}: {len(lines)} lines, {len(live)} live")
        if lines:
            live = check(tmp_path, live, unsure, erased)


def test_a_vector_on_disk_is_recognised(tmp_path: Path) -> None:
    """The search for bytes of vectors finds those that are there."""
    workspace = Workspace.open(tmp_path, settings=settings(), open_encoder=HashModels())
    papers = workspace.create("papers", encoders=[HashEncoder(DENSE)])
    papers.add([Document(id="there", text=text_of("there"))])
    papers.embed()
    with pytest.raises(AssertionError, match="there"):
        assert_no_vectors_of({"there"}, tmp_path)
    papers.erase(["there"])
    assert_no_vectors_of({"there"}, tmp_path)
    workspace.close()
