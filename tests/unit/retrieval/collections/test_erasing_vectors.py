"""An erased document leaves no row of its vectors in any file, whatever is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.sparse_format import encoded_lists
from tests.hash_encoder import DENSE, OTHER_DENSE, OTHER_SPARSE, SPARSE, HashModels
from tests.unit.retrieval.collections.embedded import assert_exact, opened, some

from mnemic.errors import Conflict
from mnemic.indexes.storage import FileDirectory, FileEntry, layout, open_arrays
from mnemic.retrieval.collections import commits, embedding, flush
from mnemic.types import Document

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.retrieval.collections import Collection, Workspace
    from mnemic.retrieval.vectors import Track

SECRET = Document(
    id="secret",
    title="zyzzyva",
    text="The zyzzyva sleeps in qoph tree. " * 2 + "Nobody saw the xylem quokka there.",
)
BOTH = (DENSE, SPARSE)
OTHERS = (OTHER_DENSE, OTHER_SPARSE)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "ELSEWHERE_SECONDS", 0.01)


@pytest.fixture
def models() -> HashModels:
    return HashModels()


@pytest.fixture
def workspace(tmp_path: Path, models: HashModels) -> Iterator[Workspace]:
    workspace = opened(tmp_path, models)
    yield workspace
    models.released.set()
    workspace.close()


@pytest.fixture
def papers(workspace: Workspace, models: HashModels) -> Collection:
    papers = workspace.create("papers", encoders=[models.open(spec) for spec in BOTH])
    papers.add([*some(4), SECRET, *some(4, 4)])
    papers.embed()
    return papers


def sentinels(track: Track, ordinal: int) -> list[bytes]:
    """What only this document has in the files of a track: its rows, or its terms."""
    [(piece, rows)] = [(p, r) for p in track.vectors if (r := p.passages_of(ordinal)) is not None]
    if track.kind == "dense":
        return [piece.dense.vectors[row].tobytes() for row in rows]
    others = {term for document in some(12) for term in terms_of(track, document)}
    return [b"%d" % term for term in set(terms_of(track, SECRET)) - others]


def terms_of(track: Track, document: Document) -> list[int]:
    """The vocabulary ids of a document's words."""
    from tests.hash_encoder import HashEncoder

    from mnemic.retrieval.encoders.protocols import SparseVectors
    from mnemic.retrieval.encoders.specs import EncoderSpec

    encoder = HashEncoder(EncoderSpec.from_json(track.spec))
    vectors = encoder.encode_documents([f"{document.title} {document.text}"])
    assert isinstance(vectors, SparseVectors)
    return [int(number) for number in vectors.ids]


def traces(papers: Collection, *roles: str) -> list[bytes]:
    """The secret's sentinels in these tracks; each track has some."""
    ordinal = ordinal_of(papers, "secret")
    tracks = papers._replica.snapshot.tracks
    found = [sentinels(tracks[role], ordinal) for role in roles]
    assert all(found)
    return [sentinel for part in found for sentinel in part]


def ordinal_of(papers: Collection, name: str) -> int:
    snapshot = papers._replica.snapshot
    names = snapshot.ids(np.asarray(snapshot.live))
    return int(snapshot.live[names.index(name)])


def places(folder: Path, sentinel: bytes) -> list[str]:
    """The kinds of files that hold some bytes: vectors anywhere, numbers of terms in postings."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not sentinel.isdigit():
        return [path.suffix for path in files if sentinel in path.read_bytes()]
    postings = [path for path in files if path.with_suffix(".spans").exists()]
    return [p.suffix for p in postings if p.suffix == ".sparse" and sentinel in terms_in(p)]


def terms_in(path: Path) -> set[bytes]:
    """The terms of a file of postings, which stand in it without what they share."""
    data = path.read_bytes()
    table = layout.HEADER_SIZE + layout.unpack_header(data, path.name).table_length
    entry = FileEntry(path.name, "sparse", len(data), layout.checksum_of(data[:table]))
    arrays = open_arrays(FileDirectory(path.parent), entry, kind="sparse").arrays
    return {term for term, _ in encoded_lists(arrays)}


def assert_there(folder: Path, sentinels: list[bytes]) -> None:
    assert all(places(folder, sentinel) for sentinel in sentinels)


def assert_gone(folder: Path, sentinels: list[bytes]) -> None:
    assert [sentinel for sentinel in sentinels if places(folder, sentinel)] == []


def test_an_erased_document_leaves_no_vectors(
    papers: Collection, models: HashModels, tmp_path: Path
) -> None:
    marks = traces(papers, "dense", "sparse")
    assert len(marks) > 4
    assert_there(tmp_path, marks)
    papers.flush()
    receipt = papers.erase(["secret"])
    assert (receipt.erased, receipt.rewritten) == (1, 3)
    assert_gone(tmp_path, marks)
    assert_exact(papers, models)


def test_a_deleted_version_is_erased_with_the_document(
    papers: Collection, models: HashModels, tmp_path: Path
) -> None:
    marks = traces(papers, "dense", "sparse")
    papers.upsert([Document(id="secret", text="now it is about zyzzyva trees only")])
    papers.embed()
    assert_there(tmp_path, marks)
    more = traces(papers, "dense")
    papers.erase(["secret"])
    assert_gone(tmp_path, [*marks, *more])
    assert_exact(papers, models)


def test_a_document_that_was_deleted_before_can_still_be_erased(
    papers: Collection, tmp_path: Path
) -> None:
    marks = traces(papers, "dense", "sparse")
    papers.delete(["secret"])
    assert papers.erase(["secret"]).missing == ("secret",)
    assert_gone(tmp_path, marks)


def test_erasing_after_reopening(
    papers: Collection, workspace: Workspace, models: HashModels, tmp_path: Path
) -> None:
    marks = traces(papers, "dense", "sparse")
    workspace.close()
    again = opened(tmp_path, models)
    again.collection("papers").erase(["secret"])
    assert_gone(tmp_path, marks)
    again.close()


def shadowed(papers: Collection, models: HashModels) -> threading.Thread:
    """A reindex of which the secret is committed, and which then stands still."""
    import threading

    from mnemic.retrieval.collections import encoding

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "TEXTS", 1)
        patch.setattr(encoding, "CHUNK_PASSAGES", 1)
        committed = threading.Event()
        original = papers._embedder._commit

        def commit(change: object) -> None:
            original(change)  # type: ignore[arg-type]
            track = papers._replica.snapshot.tracks.get("dense-next")
            if track is not None and track.next_ordinal > ordinal_of(papers, "secret"):
                models.hold()
                committed.set()

        patch.setattr(papers._embedder, "_commit", commit)
        target = [models.open(spec) for spec in OTHERS]
        reindexing = threading.Thread(target=papers.reindex, args=(target,))
        reindexing.start()
        assert committed.wait(60.0)
        assert models.entered.wait(60.0)
    return reindexing


def test_tracks_that_are_being_built_are_erased_as_well(
    papers: Collection, models: HashModels, tmp_path: Path
) -> None:
    reindexing = shadowed(papers, models)
    marks = traces(papers, "dense", "sparse", "dense-next")
    assert_there(tmp_path, marks)
    papers.erase(["secret"])
    assert_gone(tmp_path, marks)
    models.released.set()
    reindexing.join()
    papers.embed()
    assert_gone(tmp_path, marks)
    assert_exact(papers, models, OTHERS)


def test_erasing_while_the_document_is_being_encoded(
    papers: Collection, models: HashModels, tmp_path: Path
) -> None:
    marks = traces(papers, "dense", "sparse")
    papers.erase(["secret"])
    models.hold()
    papers.add([SECRET, *some(2, 10)])
    assert models.entered.wait(60.0)
    papers.erase(["secret"])
    models.released.set()
    papers.embed()
    assert_gone(tmp_path, marks)
    assert_exact(papers, models)


def test_a_writer_that_is_taken_over_by_an_erasure_leaves_no_vectors(
    papers: Collection, models: HashModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = traces(papers, "dense", "sparse")
    papers.add(some(4, 8))
    papers.embed()
    other, sweep, named = opened(tmp_path, models), commits.sweep_leftovers, set[str]()

    def taken_over(*given: Any) -> None:
        sweep(*given)
        monkeypatch.setattr(flush, "sweep_leftovers", sweep)
        with other.catalogue.transaction() as tx:
            tx.locks._update(f"collection:{papers.id}", expires_at=0.0)
        other.collection("papers").erase(["secret"])
        named.update(path.name for path in tmp_path.rglob("s0*"))
        assert_gone(tmp_path, marks)

    papers.delete(["d1"])  # so that every piece is written anew
    monkeypatch.setattr(flush, "sweep_leftovers", taken_over)
    with pytest.raises(Conflict):
        papers.compact()
    assert {path.name for path in tmp_path.rglob("s0*")} == named
    assert_gone(tmp_path, marks)
    other.close()
    assert_exact(papers, models)
