"""Which part of a document matters? Passages to index, snippets to show, offsets that hold."""

from __future__ import annotations

from mnemic.retrieval.passages.chunks import chunk, count_words
from mnemic.retrieval.passages.sentences import sentences
from mnemic.retrieval.passages.snippets import snippet

__all__ = ["chunk", "count_words", "sentences", "snippet"]
