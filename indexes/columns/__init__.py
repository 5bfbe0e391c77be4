"""Which documents of a segment have these field values? Typed postings and sorted columns."""

from __future__ import annotations

from mnemic.indexes.columns.paths import MAX_PART, MAX_PARTS, MAX_PATHS, MAX_TEXT, NotIndexed
from mnemic.indexes.columns.segment import ColumnSegment

__all__ = ["MAX_PART", "MAX_PARTS", "MAX_PATHS", "MAX_TEXT", "ColumnSegment", "NotIndexed"]
