"""What text does a web page, a PDF or a Word file hold? Read in a child process with limits."""

from __future__ import annotations

from mnemic.retrieval.ingestion.extraction.extracted import (
    EXTRACTED,
    Extracted,
    ExtractedFormat,
    require_library,
)
from mnemic.retrieval.ingestion.extraction.process import Extraction

__all__ = ["EXTRACTED", "Extracted", "ExtractedFormat", "Extraction", "require_library"]
