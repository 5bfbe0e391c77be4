"""Makes the files beside it: one state of a collection in format 1.

They were written once, by mnemic 0.1.0, and must open for ever: never make them again for
format 1. Run ``python -m tests.golden.format_v1.make_format_v1 NEW_FOLDER`` to compare by hand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.indexes.storage import (
    FileDirectory,
    Manifest,
    ManifestStore,
    SegmentEntry,
    write_arrays,
)
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.storage import Directory, FileEntry

SEGMENT_IDS = ("s000000000001-00000000000000a1", "s000000000002-00000000000000b2")
DOCUMENTS = 11
LIVE = 0b101_1111_0111
SETTINGS = {"k1": 0.9, "fields": ["title", "text"], "nested": {"é": None}, "large": 2**60}
INTEGERS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8")


def arrays() -> dict[str, NDArray[Any]]:
    """Every dtype, the extremes of each, every kind of shape, and lengths around the alignment."""
    found: dict[str, NDArray[Any]] = {}
    for code in INTEGERS:
        limits = np.iinfo(code)
        found[f"integers.{code}"] = np.array([limits.min, 0, 1, limits.max], dtype=f"<{code}")
    for code in ("f2", "f4", "f8"):
        values = [-0.0, 1.5, float("inf"), float("nan"), 1 / 3]
        found[f"floats.{code}"] = np.array(values, dtype=f"<{code}")
    for length in (0, 1, 63, 64, 65, 128):
        found[f"bytes.{length}"] = np.arange(length, dtype="<u1")
    found["matrix"] = np.arange(12, dtype="<i4").reshape(3, 4)
    found["no rows"] = np.zeros((0, 384), dtype="<f4")
    found["scalar"] = np.array(7, dtype="<i8")
    found["booleans"] = np.array([True, False, True])
    return found


def segment(directory: Directory, number: int) -> SegmentEntry:
    """Write the files of one of the two segments; the second one has deletions."""
    identity, first = SEGMENT_IDS[number], number * DOCUMENTS
    ordinals = np.arange(first, first + DOCUMENTS, dtype="<i8")
    files = (
        write_arrays(
            directory, f"{identity}.ordinals", kind="ordinals", arrays={"ordinals": ordinals}
        ),
        write_arrays(
            directory, f"{identity}.sparse", kind="sparse", arrays=arrays(), settings=SETTINGS
        ),
    )
    return SegmentEntry(
        id=identity,
        documents=DOCUMENTS,
        files=files,
        live=_live(directory, identity) if number else None,
        deleted=2 if number else 0,
        first_ordinal=first,
        last_ordinal=first + DOCUMENTS - 1,
    )


def make(directory: Directory) -> Manifest:
    """Write all the files and commit the manifest."""
    english = Fingerprint("analyzer:english", {"stem": True, "b": 0.4}, "00ff")
    manifest = Manifest(
        generation=2,
        next_ordinal=2 * DOCUMENTS + 3,
        deletion_seq=5,
        segments=(segment(directory, 0), segment(directory, 1)),
        fingerprints={"analyzer": english},
    )
    ManifestStore(directory).commit(manifest)
    return manifest


def _live(directory: Directory, identity: str) -> FileEntry:
    """What ``write_live`` writes, under a name without random digits."""
    live = np.frombuffer(LIVE.to_bytes(2, "little"), dtype=np.uint8)
    settings = {"documents": DOCUMENTS}
    return write_arrays(
        directory, f"{identity}.live.2", kind="live", arrays={"live": live}, settings=settings
    )


if __name__ == "__main__":
    make(FileDirectory(sys.argv[1]))
