"""Make the golden segments of n-grams, format version 1.

Run ``python -m tests.golden.ngram_v1.make_ngram_v1`` once, on the commit that fixes the version,
and never again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.indexes.ngram import NgramSegment, SymbolBatch
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory, FileEntry

TEXTS = [
    "Weather\xff the weather is fine".encode("latin-1"),
    b"",
    "天気 is weather".encode(),
    b"\x00\xff\x00\xff\x00",
    b"the end of the end " * 70,  # more than one chunk of 1,024 symbols
]
IDS = [[0, 7, 7, 2], [], [49_999, 7, 7], [2] * 9]
WIDE = [[199_999, 0, 65_536], [65_536, 199_999, 0, 65_536]]
NAMES = ("bytes.ngram", "blocks.ngram", "tokens.ngram", "wide.ngram")


def make(directory: Directory) -> tuple[FileEntry, ...]:
    """Write a segment of bytes, one of bytes in several blocks, and two of tokens."""
    texts = SymbolBatch.of_bytes(TEXTS)
    segments = (
        NgramSegment.build(texts, rate=16),
        NgramSegment.build(texts, rate=8, block_symbols=40),
        NgramSegment.build(SymbolBatch.of_tokens(IDS, 50_000), rate=8),
        NgramSegment.build(SymbolBatch.of_tokens(WIDE, 200_000), rate=4),
    )
    return tuple(
        segment.save(directory, name) for segment, name in zip(segments, NAMES, strict=True)
    )


if __name__ == "__main__":
    make(FileDirectory(Path(__file__).parent))
