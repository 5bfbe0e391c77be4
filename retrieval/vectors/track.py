"""All that a collection has from one encoder, vectors or tokens: pieces, and how far they are.

They follow the documents at their own pace, so a track has its own segments and its own mark.
Which of its documents are deleted is decided by the documents' segments alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import IndexCorrupt
from mnemic.indexes.storage import TrackEntry
from mnemic.retrieval.vectors.dense_search import DenseSearch
from mnemic.retrieval.vectors.pieces import DENSE, SPARSE, VectorPiece
from mnemic.retrieval.vectors.sparse_search import SparseSearch
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, SegmentEntry
    from mnemic.retrieval.vectors.track_pieces import TrackPiece
    from mnemic.types import Fingerprint

KINDS = (DENSE, SPARSE, TOKENS)
NEXT = "-next"
"""Ends the role of a track that is built beside the one that it will replace."""


@dataclass(frozen=True)
class Track:
    """The vectors of one encoder, or the tokens of one tokenizer; immutable.

    Attributes:
        fingerprint: Identity of the encoder or the tokenizer.
        spec: How to open it, as JSON.
        next_ordinal: Every live document below it has been encoded.
        pieces: Disjoint, ascending ranges of ordinals.
        threads: Worker threads of native searches; 0 for one per core.
    """

    fingerprint: Fingerprint
    spec: Mapping[str, Any]
    next_ordinal: int = 0
    pieces: tuple[TrackPiece, ...] = field(default=(), repr=False)
    threads: int = 0

    @classmethod
    def open(
        cls, directory: Directory, entry: TrackEntry, known: Iterable[TrackPiece], *, threads: int
    ) -> Self:
        """Map the pieces that a manifest names, those that are open already taken over.

        Raises:
            IndexCorrupt: A file is missing or damaged.
            FormatTooNew: A newer version wrote one.
        """
        if entry.spec.get("kind") not in KINDS:
            raise IndexCorrupt(f"vectors of kind {entry.spec.get('kind')!r} cannot be searched")
        opened = {piece.entry: piece for piece in known}
        pieces = tuple(
            opened.get(segment) or open_piece(directory, segment, entry.spec["kind"])
            for segment in entry.segments
        )
        return cls(entry.fingerprint, entry.spec, entry.next_ordinal, pieces, threads)

    @property
    def kind(self) -> str:
        """``dense``, ``sparse`` or ``tokens``."""
        return str(self.spec["kind"])

    @property
    def documents(self) -> int:
        """Live documents that have been encoded."""
        return sum(piece.live_count for piece in self.pieces)

    @property
    def passages(self) -> int:
        """Their passages, those of deleted documents included until they are reclaimed."""
        return sum(piece.passage_count for piece in self.pieces)

    @property
    def size(self) -> int:
        """Its passages or its tokens, those of deleted documents included."""
        return sum(piece.size for piece in self.pieces)

    @property
    def empty(self) -> int:
        """Live documents that have been encoded and have no passage; O(documents)."""
        return sum(piece.empty for piece in self.pieces)

    @property
    def vectors(self) -> tuple[VectorPiece, ...]:
        """The pieces of a track of vectors."""
        return tuple(piece for piece in self.pieces if isinstance(piece, VectorPiece))

    @property
    def entry(self) -> TrackEntry:
        """What the manifest says of it; all its pieces are saved."""
        segments = tuple(piece.entry for piece in self.pieces if piece.entry is not None)
        return TrackEntry(
            fingerprint=self.fingerprint,
            spec=self.spec,
            next_ordinal=self.next_ordinal,
            segments=segments,
        )

    @property
    def bytes(self) -> int:
        """Size of its files."""
        return sum(piece.entry.bytes for piece in self.pieces if piece.entry is not None)

    def over(self, pieces: Sequence[TrackPiece], next_ordinal: int | None = None) -> Track:
        """The same encoder's vectors in other pieces."""
        mark = self.next_ordinal if next_ordinal is None else next_ordinal
        return replace(self, pieces=tuple(pieces), next_ordinal=mark)

    def without(self, ordinals: NDArray[np.int64]) -> Track:
        """Fewer live documents; ordinals that are not here are ignored."""
        return self._changed([piece.without(ordinals) for piece in self.pieces])

    def within(self, ordinals: NDArray[np.int64]) -> Track:
        """Only the documents of these ascending ordinals live."""
        return self._changed([piece.within(ordinals) for piece in self.pieces])

    def _changed(self, pieces: list[TrackPiece]) -> Track:
        same = all(new is old for new, old in zip(pieces, self.pieces, strict=True))
        return self if same else self.over(pieces)

    def masks(self, ordinals: NDArray[np.int64]) -> tuple[Bitmap, ...]:
        """For each piece, the bitmap of those documents whose ordinals are given."""
        return tuple(piece.mask(ordinals) for piece in self.pieces)

    @cached_property
    def search(self) -> DenseSearch | SparseSearch:
        """What answers questions over vectors."""
        if self.kind == SPARSE:
            return SparseSearch(self.vectors, threads=self.threads)
        return DenseSearch(self.vectors, threads=self.threads)

    @cached_property
    def ngrams(self) -> NgramIndex:
        """What answers questions over pieces of tokens."""
        from mnemic.retrieval.ngram.token_pieces import index_of

        return index_of(self.pieces, int(self.spec["vocabulary"]), threads=self.threads)


def open_piece(directory: Directory, entry: SegmentEntry, kind: str) -> TrackPiece:
    """Map a piece that a manifest names; all its documents count as live.

    Raises:
        IndexCorrupt: A file is missing or damaged.
        FormatTooNew: A newer version wrote one.
    """
    if kind == TOKENS:
        # Most collections have none, and their searches need not load it.
        from mnemic.retrieval.ngram.token_pieces import TokenPiece

        return TokenPiece.open(directory, entry)
    return VectorPiece.open(directory, entry, kind)
