"""Exact substring search, by FM-indexes over bytes or token ids."""

from __future__ import annotations

from mnemic.indexes.ngram.batch import BYTES, Level, SymbolBatch
from mnemic.indexes.ngram.blocks import MERGED_SYMBOLS
from mnemic.indexes.ngram.index import NgramIndex
from mnemic.indexes.ngram.live import LiveNgrams
from mnemic.indexes.ngram.segment import KIND, NgramSegment
from mnemic.indexes.ngram.values import NextSymbols, Places, Ranges, Rows

__all__ = [
    "BYTES",
    "KIND",
    "MERGED_SYMBOLS",
    "Level",
    "LiveNgrams",
    "NextSymbols",
    "NgramIndex",
    "NgramSegment",
    "Places",
    "Ranges",
    "Rows",
    "SymbolBatch",
]
