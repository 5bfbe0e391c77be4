"""Makes the files beside it: one state of a collection with substrings and tokens, in format 3.

They were written once and must open for ever: never make them again for format 3. Run
``python -m tests.golden.format_v3.make_format_v3 NEW_FOLDER`` to compare by hand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram import NgramSegment, SymbolBatch
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
    from collections.abc import Sequence

    from mnemic.indexes.storage import Directory

DOCUMENTS = "s000000000001-00000000000000a1"
FIRST, SECOND = "s000000000002-00000000000000b2", "s000000000003-00000000000000c3"
NEXT = "s000000000003-00000000000000d4"
TEXTS = [b"title\xffthe text", b"", "天気 text".encode(), b"more text"]
BOUNDARY = 49_152
TOKENS = {0: [11, 12, BOUNDARY, 40_000, 12], 1: [], 3: [12, 40_000, 12], 5: [7, 40_000]}
STARTS = {0: 3, 1: 0, 3: 0, 5: 0}
"""Where the tokens of the text begin, behind those of the title and the boundary."""


def segment(
    directory: Directory, name: str, ordinals: Sequence[int], boundary: int
) -> SegmentEntry:
    """Write the tokens of some documents, and where their texts begin."""
    rows = [TOKENS[ordinal] for ordinal in ordinals]
    numbers = [ordinals, range(len(rows) + 1), [STARTS[o] for o in ordinals], [*map(len, rows)]]
    placed = SpanSegment.build(SpanBatch(*(np.asarray(values, np.int64) for values in numbers)))
    tokens = NgramSegment.build(SymbolBatch.of_tokens(rows, boundary + 1))
    files = placed.save(directory, f"{name}.spans"), tokens.save(directory, f"{name}.ngram")
    return SegmentEntry(
        id=name,
        documents=len(rows),
        files=files,
        first_ordinal=ordinals[0],
        last_ordinal=ordinals[-1],
    )


def track(
    model: str, boundary: int, next_ordinal: int, segments: tuple[SegmentEntry, ...]
) -> TrackEntry:
    """Tokens of a model with ids below the boundary."""
    return TrackEntry(
        fingerprint=Fingerprint(f"tokenizer:{model}", {"vocabulary": boundary}, "0a1b"),
        spec={"kind": "tokens", "model": model, "vocabulary": boundary},
        next_ordinal=next_ordinal,
        segments=segments,
    )


def documents(directory: Directory) -> SegmentEntry:
    """The documents themselves, here only by their ordinals and their bytes."""
    arrays = {"ordinals": np.asarray([0, 1, 3, 5], np.int64)}
    files = (
        write_arrays(directory, f"{DOCUMENTS}.ordinals", kind="ordinals", arrays=arrays),
        NgramSegment.build(SymbolBatch.of_bytes(TEXTS)).save(directory, f"{DOCUMENTS}.ngram"),
    )
    return SegmentEntry(id=DOCUMENTS, documents=4, files=files, first_ordinal=0, last_ordinal=5)


def make(directory: Directory) -> Manifest:
    """Write all the files and commit the manifest."""
    pieces = (
        segment(directory, FIRST, [0, 1, 3], BOUNDARY),
        segment(directory, SECOND, [5], BOUNDARY),
    )
    under_way = segment(directory, NEXT, [1, 3], 151_643)
    manifest = Manifest(
        generation=5,
        next_ordinal=6,
        deletion_seq=2,
        segments=(documents(directory),),
        fingerprints={"analyzer": Fingerprint("analyzer:english", {"stem": True}, "00ff")},
        tracks={
            "tokens": track("small", BOUNDARY, 6, pieces),
            "tokens-next": track("larger", 151_643, 4, (under_way,)),
        },
    )
    ManifestStore(directory).commit(manifest)
    return manifest


if __name__ == "__main__":
    make(FileDirectory(sys.argv[1]))
