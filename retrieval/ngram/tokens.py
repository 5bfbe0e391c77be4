"""What a search over tokens that starts now sees of a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.spans import SpanSegment
    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.vectors import Track


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token-level index of a collection; immutable.

    Attributes:
        snapshot: The collection; ``snapshot.ids`` turns ordinals into the users' ids.
        tokenizer: Whose ids the index holds.
        index: Over the live documents that have been tokenised; its vocabulary is the tokenizer's
            and the boundary.
        allowed: What a filter lets through, one bitmap for each segment of the index; ``None``
            without a filter.
        pending: Live documents that are not in it yet.
        track: What it was made of; ``None`` where nothing has been tokenised yet.
    """

    snapshot: Snapshot
    tokenizer: Tokenizer
    index: NgramIndex
    allowed: tuple[Bitmap, ...] | None
    pending: int
    track: Track | None

    @property
    def boundary(self) -> int:
        """The id between title and text, in documents that have a title."""
        return self.tokenizer.vocabulary_size

    def text_starts(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the text's tokens begin in each document: int64 [n], 0 where there is no title.

        Raises:
            NotFound: An ordinal is not in the index.
        """
        return self._looked_up(ordinals, lambda spans: spans.starts)

    def lengths(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tokens of each document, the boundary included: int64 [n].

        Raises:
            NotFound: An ordinal is not in the index.
        """
        return self._looked_up(ordinals, lambda spans: spans.ends)

    def _looked_up(
        self,
        ordinals: NDArray[np.int64],
        column: Callable[[SpanSegment], NDArray[np.uint32]],
    ) -> NDArray[np.int64]:
        found = np.full(len(ordinals), -1, np.int64)
        for piece in self.track.pieces if self.track else ():
            rows = np.searchsorted(piece.spans.ordinals, ordinals)
            rows[rows == piece.document_count] = 0
            here = piece.spans.ordinals[rows] == ordinals
            found[here] = column(piece.spans)[rows[here]]
        if len(missing := ordinals[found < 0]):
            raise NotFound(f"document {missing[0]} is not in the token-level index")
        return found
