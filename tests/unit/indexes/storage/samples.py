"""Small states of a folder that several tests write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.storage import (
    Manifest,
    SegmentEntry,
    new_segment_id,
    segment_file_name,
    write_arrays,
    write_live,
)
from mnemic.indexes.storage.bitmaps import clear, full

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory


def segment(
    directory: Directory, *, generation: int = 1, first: int = 0, documents: int = 5
) -> SegmentEntry:
    """A segment with one file, and one deleted document."""
    identity = new_segment_id(generation)
    ordinals = np.arange(first, first + documents, dtype=np.int64)
    name = segment_file_name(identity, "ordinals")
    live = write_live(
        directory,
        identity,
        generation=generation,
        live=clear(full(documents), np.array([1])),
        documents=documents,
    )
    return SegmentEntry(
        id=identity,
        documents=documents,
        files=(write_arrays(directory, name, kind="ordinals", arrays={"ordinals": ordinals}),),
        live=live,
        deleted=1,
        first_ordinal=first,
        last_ordinal=first + documents - 1,
    )


def manifest(*segments: SegmentEntry, generation: int = 1) -> Manifest:
    """A manifest over segments."""
    return Manifest(
        generation=generation, next_ordinal=1_000, deletion_seq=7, segments=tuple(segments)
    )
