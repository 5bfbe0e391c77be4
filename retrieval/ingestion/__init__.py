"""How does a file become documents? Streaming readers that report bad records and go on."""

from __future__ import annotations

from mnemic.retrieval.ingestion.reader import read, total_bytes
from mnemic.retrieval.ingestion.records import Fields, Format, Record, RecordError

__all__ = ["Fields", "Format", "Record", "RecordError", "read", "total_bytes"]
