"""Some documents as the token ids of one tokenizer under an n-gram index, in memory or on disk.

A document's tokens are those of its title, the boundary, and those of its text; without a title,
those of its text alone. Its span says where the text's tokens begin and end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.errors import IndexCorrupt
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.spans import SpanBatch, SpanSegment
from mnemic.retrieval.vectors.track_pieces import TOKENS, TrackPiece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, SegmentEntry

NGRAM = "ngram"


@dataclass(frozen=True)
class TokenPiece(TrackPiece):
    """A segment of tokens; every document has exactly one span.

    Attributes:
        ngrams: The index over them, under the same bitmap as the piece; it remembers what queries
            made of that bitmap.
    """

    ngrams: LiveNgrams

    @classmethod
    def build(
        cls,
        ordinals: Sequence[int],
        documents: Sequence[NDArray[np.uint32]],
        starts: Sequence[int],
        *,
        vocabulary: int,
    ) -> Self:
        """Index tokenised documents in memory.

        Args:
            ordinals: Ascending.
            documents: The tokens of each.
            starts: Where the text's tokens begin in each.
            vocabulary: Every id is below it, or is it: the boundary.

        Raises:
            InvalidInput: The arguments do not fit together, or an id is too high.
        """
        count = len(ordinals)
        ends = np.array([len(tokens) for tokens in documents], np.int64)
        whose, offsets = np.array(ordinals, np.int64), np.arange(count + 1, dtype=np.int64)
        spans = SpanSegment.build(SpanBatch(whose, offsets, np.array(starts, np.int64), ends))
        batch = SymbolBatch.of_tokens(documents, vocabulary + 1)
        return cls._of(spans, NgramSegment.build(batch))

    @classmethod
    def _of(
        cls, spans: SpanSegment, segment: NgramSegment, entry: SegmentEntry | None = None
    ) -> Self:
        return cls(spans, LiveNgrams(segment, spans.ordinals), entry=entry)

    @classmethod
    def merge(cls, pieces: Sequence[Self]) -> Self:
        """Join pieces in order, in memory, leaving out what is deleted; indexes all anew."""
        spans = SpanSegment.merge([(piece.spans, piece.live) for piece in pieces])
        parts = [(piece.segment, piece.live) for piece in pieces]
        return cls._of(spans, NgramSegment.merge(parts))

    @property
    def segment(self) -> NgramSegment:
        """The index without the bitmap."""
        return self.ngrams.segment

    @property
    def kind(self) -> str:
        """``tokens``."""
        return TOKENS

    @property
    def form(self) -> tuple[str, int]:
        """The kind, and the vocabulary with the boundary."""
        return TOKENS, self.segment.vocabulary

    @property
    def size(self) -> int:
        """Its tokens, boundaries and deleted documents included."""
        return self.segment.symbol_count

    @property
    def content(self) -> tuple[str, NgramSegment]:
        """The index, in a file of kind ``ngram``."""
        return NGRAM, self.segment

    @property
    def empty(self) -> int:
        """Live documents without a token; O(documents)."""
        return self._live_among(self.spans.ends == 0)

    def _living(self, live: Bitmap, deleted: int) -> Self:
        return replace(self, live=live, deleted=deleted, ngrams=self.ngrams.without(live))

    @classmethod
    def open(cls, directory: Directory, entry: SegmentEntry) -> Self:
        """Map a piece that a manifest names; all its documents count as live.

        Raises:
            IndexCorrupt: A file is missing or damaged.
            FormatTooNew: A newer version wrote one.
        """
        if sorted(file.kind for file in entry.files) != [NGRAM, "spans"]:
            raise IndexCorrupt(f"segment {entry.id} has other files than spans and {NGRAM}")
        spans = SpanSegment.open(directory, entry.file("spans"))
        segment = NgramSegment.open(directory, entry.file(NGRAM))
        counts = {spans.document_count, spans.passage_count, segment.document_count}
        total = int(spans.ends.sum(dtype=np.int64))
        if counts != {entry.documents} or total != segment.symbol_count:
            raise IndexCorrupt(f"the files of segment {entry.id} hold different documents")
        return cls._of(spans, segment, entry)


def index_of(pieces: Sequence[TrackPiece], vocabulary: int, *, threads: int) -> NgramIndex:
    """The index over the pieces of a track; without any, over no documents.

    Args:
        pieces: In the order of their ordinals.
        vocabulary: Of the tokenizer.
        threads: Worker threads of batches; 0 for one per core.
    """
    parts = [piece.ngrams for piece in pieces if isinstance(piece, TokenPiece)]
    if not parts:
        nothing = NgramSegment.build(SymbolBatch.of_tokens([], vocabulary + 1))
        parts = [LiveNgrams(nothing, np.empty(0, np.int64))]
    return NgramIndex(parts, threads=threads)
