"""Makes the files beside it: one state of a collection with vectors, in format 2.

They were written once and must open for ever: never make them again for format 2. Run
``python -m tests.golden.format_v2.make_format_v2 NEW_FOLDER`` to compare by hand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from tests.golden.sparse_v1 import make_sparse_v1 as sparse_v1

from mnemic.indexes.dense import DenseBatch, DenseSegment
from mnemic.indexes.spans import SpanBatch, SpanSegment
from mnemic.indexes.storage import (
    FileDirectory,
    Manifest,
    ManifestStore,
    SegmentEntry,
    TrackEntry,
    write_arrays,
)
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory, FileEntry

DOCUMENTS = "s000000000001-00000000000000a1"
FIRST, SECOND = "s000000000002-00000000000000b2", "s000000000003-00000000000000c3"
WORDS, NEXT = "s000000000003-00000000000000d4", "s000000000004-00000000000000e5"
VECTORS = [[3.0, 4.0, 0.0], [0.0, -0.5, 0.0], [0.0, 0.0, 0.0]]
"""Passages of document 0 (two), 1 (none) and 3 (one); document 5 has the first one alone."""
SPANS = ([0, 1, 3], [0, 2, 2, 3], [0, 7, 0], [9, 20, 0])
WEIGHTS = {b"7": {1: 1.25}, b"70000": {0: 0.5, 1: 2.0}}
"""Of ids in decimal digits, by passage; in postings of version 1."""
NEXT_SPEC = {"model": "larger", "kind": "dense", "metric": "ip", "é": [None, 0.5, 2**53]}


def segment(
    directory: Directory,
    name: str,
    spans: tuple[list[int], ...],
    vectors: DenseSegment | FileEntry,
) -> SegmentEntry:
    """Write spans and vectors of some documents; those that are an entry are written already."""
    placed = SpanSegment.build(SpanBatch(*(np.asarray(values, np.int64) for values in spans)))
    file = placed.save(directory, f"{name}.spans")
    if isinstance(vectors, DenseSegment):
        vectors = vectors.save(directory, f"{name}.dense")
    return SegmentEntry(
        id=name,
        documents=placed.document_count,
        files=(file, vectors),
        first_ordinal=spans[0][0],
        last_ordinal=spans[0][-1],
    )


def dense(directory: Directory) -> TrackEntry:
    """Two segments, of passages and of whole documents."""
    rows = np.asarray(VECTORS, np.float32)
    owners = np.asarray([0, 0, 2], np.int64)
    passages = DenseSegment.build(DenseBatch(rows, "cosine", owners, 3))
    whole = DenseSegment.build(DenseBatch(rows[:1], "cosine"))
    return TrackEntry(
        fingerprint=Fingerprint("encoder:small", {"dims": 3, "window": 256}, "0a1b"),
        spec={"model": "small", "kind": "dense", "metric": "cosine", "passage_tokens": None},
        next_ordinal=6,
        segments=(
            segment(directory, FIRST, SPANS, passages),
            segment(directory, SECOND, ([5], [0, 1], [0], [4]), whole),
        ),
    )


def sparse(directory: Directory) -> TrackEntry:
    """One segment of weighted ids, in decimal digits."""
    file = sparse_v1.write(
        directory, f"{WORDS}.sparse", sparse_v1.arrays(WEIGHTS, [1, 2], "impacts")
    )
    spans = ([0, 1, 3], [0, 1, 1, 2], [0, 0], [9, 3])
    return TrackEntry(
        fingerprint=Fingerprint("encoder:words", {}, "2c3d"),
        spec={"model": "words", "kind": "sparse", "top_k": 8},
        next_ordinal=4,
        segments=(segment(directory, WORDS, spans, file),),
    )


def growing(directory: Directory) -> TrackEntry:
    """A track that will replace another one, and has come to document 0."""
    rows = DenseSegment.build(DenseBatch(np.asarray([[1.0, -2.0]], np.float32), "ip"))
    return TrackEntry(
        fingerprint=Fingerprint("encoder:larger", {}, "4e5f"),
        spec=NEXT_SPEC,
        next_ordinal=1,
        segments=(segment(directory, NEXT, ([0], [0, 1], [0], [9]), rows),),
    )


def documents(directory: Directory) -> SegmentEntry:
    """The documents themselves, here only by their ordinals."""
    ordinals = np.asarray([0, 1, 3, 5], np.int64)
    arrays = {"ordinals": ordinals}
    file = write_arrays(directory, f"{DOCUMENTS}.ordinals", kind="ordinals", arrays=arrays)
    return SegmentEntry(id=DOCUMENTS, documents=4, files=(file,), first_ordinal=0, last_ordinal=5)


def make(directory: Directory) -> Manifest:
    """Write all the files and commit the manifest."""
    manifest = Manifest(
        generation=4,
        next_ordinal=6,
        deletion_seq=2,
        segments=(documents(directory),),
        fingerprints={"analyzer": Fingerprint("analyzer:english", {"stem": True}, "00ff")},
        tracks={
            "dense": dense(directory),
            "dense-next": growing(directory),
            "sparse": sparse(directory),
        },
    )
    ManifestStore(directory).commit(manifest)
    return manifest


if __name__ == "__main__":
    make(FileDirectory(sys.argv[1]))
