"""The tombstones of a segment on disk: one bitmap file per generation that changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.storage import bitmaps
from mnemic.indexes.storage.arrays import write_arrays
from mnemic.indexes.storage.failures import corrupt
from mnemic.indexes.storage.names import segment_file_name
from mnemic.indexes.storage.reader import open_arrays

if TYPE_CHECKING:
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage.directory import Directory
    from mnemic.indexes.storage.records import FileEntry, SegmentEntry

KIND = "live"


def write_live(
    directory: Directory, segment_id: str, *, generation: int, live: Bitmap, documents: int
) -> FileEntry:
    """Write the live bitmap of a segment for the manifest of a generation.

    Raises:
        InvalidInput: The bitmap does not cover ``documents``, or the id is not one of ours.
        LimitExceeded: The disk is full.
        Forbidden: The folder is read-only.
    """
    exact = bitmaps.from_bool(bitmaps.to_bool(live, documents))
    name = segment_file_name(segment_id, KIND, generation=generation)
    settings = {"documents": documents}
    return write_arrays(directory, name, kind=KIND, arrays={"live": exact}, settings=settings)


def open_live(directory: Directory, segment: SegmentEntry) -> Bitmap | None:
    """The live bitmap of a segment, ``None`` when all its documents are live.

    Raises:
        IndexCorrupt: The file is damaged, or does not fit what the manifest says.
        FormatTooNew: A newer mnemic wrote it.
    """
    if segment.live is None:
        return None
    file, n = open_arrays(directory, segment.live, kind=KIND), segment.documents
    live = file.arrays.get("live")
    where = directory.describe(segment.live.name)
    if live is None or live.dtype != np.uint8 or live.shape != (-(-n // 8),):
        raise corrupt(where, f"does not cover {n} documents")
    if file.settings != {"documents": n} or bitmaps.count(live, n) != n - segment.deleted:
        raise corrupt(where, "has another count of documents or deletions than the manifest")
    return live
