"""What a segment lets through, as a set of document numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mnemic.indexes.columns import ColumnSegment
    from mnemic.types import Filter


def passing(segment: ColumnSegment, filter: Filter) -> set[int]:
    bitmap = segment.evaluate(filter)
    assert bitmap.dtype == np.uint8
    assert len(bitmap) == (segment.document_count + 7) // 8
    found = set(np.flatnonzero(np.unpackbits(bitmap, bitorder="little")).tolist())
    assert not found or max(found) < segment.document_count
    return found
