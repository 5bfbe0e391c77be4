"""Make the golden segment of spans version 1.

Run ``python -m tests.golden.spans_v1.make_spans_v1`` once, on the commit that fixes the version,
and never again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.spans import SpanBatch, SpanSegment
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory, FileEntry

ORDINALS = [3, 4, 2**40, 2**62]
OFFSETS = [0, 2, 2, 5, 6]
STARTS = [0, 90, 0, 7, 7, 0]
ENDS = [100, 190, 0, 9, 2**32 - 1, 1]


def make(directory: Directory) -> FileEntry:
    """Write a segment with a document of no passage and a passage of no characters."""
    columns = (np.asarray(values, np.int64) for values in (ORDINALS, OFFSETS, STARTS, ENDS))
    return SpanSegment.build(SpanBatch(*columns)).save(directory, "passages.spans")


if __name__ == "__main__":
    make(FileDirectory(Path(__file__).parent))
