"""What is a word? Text to terms, by language, with a fingerprint that an index can hold on to."""

from __future__ import annotations

from mnemic.retrieval.analysis.analyzer import Analyzer
from mnemic.retrieval.analysis.spec import AnalyzerSpec, languages
from mnemic.retrieval.analysis.stop_lists import languages_with_stop_words

__all__ = ["Analyzer", "AnalyzerSpec", "languages", "languages_with_stop_words"]
