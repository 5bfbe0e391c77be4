"""Damaged vectors are found out, and as little as possible is encoded again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hash_encoder import (
    DENSE,
    SPARSE,
    HashModels,
)
from tests.unit.retrieval.collections.embedded import (
    assert_exact,
    found,
    opened,
    pending,
    some,
    wait,
)

from mnemic.errors import (
    IndexCorrupt,
)
from mnemic.retrieval.collections import flush as flushing
from mnemic.retrieval.vectors import Track

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace

BOTH = (DENSE, SPARSE)

pytestmark = pytest.mark.usefixtures("impatient")


def damaged(tmp_path: Path, suffix: str, number: int = 0) -> Path:
    """Change one byte in the middle of a file."""
    path = sorted((tmp_path / "data" / "collections").rglob(f"*.{suffix}"))[number]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("suffix", ["dense", "spans"])
def test_a_rebuild_keeps_what_can_be_read_of_the_vectors(
    papers: Collection,
    models: HashModels,
    workspace: Workspace,
    tmp_path: Path,
    suffix: str,
) -> None:
    papers.reindex([models.open(DENSE)])
    for number in range(3):
        papers.add(some(4, 4 * number))
        wait(papers)
    workspace.close()
    path = damaged(tmp_path, suffix, 1)
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    with pytest.raises(IndexCorrupt, match=path.name):
        found(reopened)
    encoded = len(models.encoded)
    reopened.rebuild()
    reopened.embed()
    assert_exact(reopened, models, (DENSE,))
    assert 0 < len(models.encoded) - encoded < encoded
    assert reopened.verify() == []
    again.close()


@pytest.mark.parametrize("suffix", ["dense", "spans"])
def test_verify_sees_damaged_vectors(papers: Collection, tmp_path: Path, suffix: str) -> None:
    papers.add(some(4))
    wait(papers)
    path = damaged(tmp_path, suffix)
    [problem] = papers.verify()
    assert path.name in problem


def test_verify_sees_documents_without_their_vectors(papers: Collection) -> None:
    papers.add(some(4), encode="later")
    replica = papers._replica
    papers.embed()
    assert papers.verify() == []
    tracks = dict(replica.snapshot.tracks)
    tracks["dense"] = tracks["dense"].over((), 4)
    flushing.extend(papers._writer._access, tracks)
    assert papers.verify() == ["4 stored documents are not among the dense vectors"]


def test_a_damaged_manifest_costs_the_vectors_and_nothing_else(
    papers: Collection, models: HashModels, workspace: Workspace, tmp_path: Path
) -> None:
    papers.add(some(4))
    wait(papers)
    workspace.close()
    [manifest] = (tmp_path / "data").rglob("MANIFEST.json")
    manifest.write_bytes(b"damage")
    again = opened(tmp_path / "data", models)
    reopened = again.collection("papers")
    with pytest.raises(IndexCorrupt):
        found(reopened)
    reopened.rebuild()
    assert pending(reopened) == {"dense": 4, "sparse": 4}
    reopened.embed()
    assert_exact(reopened, models)
    again.close()


def test_tracks_of_an_unknown_kind_are_corrupt_and_can_be_rebuilt(
    papers: Collection, models: HashModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.add(some(4))
    wait(papers)
    tracks = dict(papers._replica.snapshot.tracks)
    tracks["multi"] = Track(tracks["dense"].fingerprint, {"kind": "multi", "model": "colbert"})
    flushing.extend(papers._writer._access, tracks)
    papers._replica.forget()
    with pytest.raises(IndexCorrupt, match="'multi' cannot be searched"):
        papers._replica.refresh()
    papers.rebuild()
    papers._replica.forget()
    papers._replica.refresh()
    assert_exact(papers, models)
