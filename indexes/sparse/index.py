"""Search over live segments: exact, batched, in the native core without the GIL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes._native import Batch, Snapshot
from mnemic.indexes.arguments import (
    MAX_INT64,
    check_type,
    checked_depth,
    checked_threads,
    whole,
)
from mnemic.indexes.protocols import IndexStats
from mnemic.indexes.sparse.batch import check_batch
from mnemic.indexes.sparse.explanation import Explained, explanation, readable
from mnemic.indexes.sparse.scorers import BM25, Impact
from mnemic.indexes.sparse.segment import LiveSegment, check_bitmap
from mnemic.types import TopK

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse.batch import TermBatch
    from mnemic.types import Explanation

_DEFAULT = BM25()


class SparseIndex:
    """An immutable snapshot over live segments; safe to search from many threads at once.

    Number of documents, document frequencies and average length are of the live documents over
    all segments. Scores are computed in double in one order of operations (query terms from the
    rarest to the most frequent), so they are bit-equal however the documents are split into
    segments, and after any adds, deletes and merges equal to those of a fresh index.

    Args:
        segments: In any order; no ordinal may be live twice.
        threads: Most threads for one batch, the calling one included; 0 for one per core.

    Raises:
        InvalidInput: ``threads`` is out of range, or ``segments`` are not ``LiveSegment`` values.
    """

    __slots__ = ("_segments", "_snapshot", "_threads")

    def __init__(self, segments: Sequence[LiveSegment], *, threads: int = 0) -> None:
        self._segments = _checked(segments)
        self._threads = checked_threads(threads)
        self._snapshot = Snapshot([segment.native for segment in self._segments])

    def search(
        self,
        queries: TermBatch,
        k: int,
        *,
        scorer: BM25 | Impact = _DEFAULT,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> TopK:
        """The exact top ``k`` live, allowed documents that share a term with each query.

        A query term counts as often as it occurs, or by the sum of its weights. At most O(postings
        of the query's terms + documents / 4096) for each query; pruning leaves out most of it
        where lists are long.

        Args:
            queries: One row per query; terms that no live document has are ignored.
            k: Most hits per query; 0 gives none, more than there are gives all that match.
            scorer: ``BM25`` for documents that were given as tokens, ``Impact`` for weighted ones.
            allowed: One bitmap per segment (``None`` allows it whole), applied in the search.

        Returns:
            float64 scores and int64 ordinals, ragged, ordered by (-score, ordinal).

        Raises:
            InvalidInput: ``k`` is negative, ``queries`` or ``allowed`` are not of their form, or
                the scorer does not fit the documents.
        """
        batch = _native(queries, scorer)
        bitmaps = self._allowed(allowed)
        found = self._snapshot.search(
            batch, checked_depth(k), scorer.native, bitmaps, self._threads
        )
        scores, ordinals, offsets = found
        return TopK(scores, ordinals, offsets)

    def explain(
        self,
        queries: TermBatch,
        ordinal: int,
        *,
        scorer: BM25 | Impact = _DEFAULT,
        name: Callable[[bytes], str] = readable,
    ) -> Explanation:
        """Why a live document has its score for the first query of a batch.

        Args:
            queries: As for ``search``.
            ordinal: The document.
            scorer: As for ``search``.
            name: From the bytes of a term to what readers know it by; by default its text.

        Returns:
            A tree whose value is the very score that ``search`` returns, or 0 when the document
            shares no term with the query and so is not returned.

        Raises:
            NotFound: No live document has the ordinal.
            InvalidInput: ``queries`` is empty or not of its form, or the scorer does not fit.
        """
        batch = _native(queries, scorer)
        if len(queries) == 0:
            raise InvalidInput("queries holds no query to explain")
        number = whole("ordinal", ordinal)
        if not 0 <= number <= MAX_INT64:
            raise NotFound(f"no live document has ordinal {number}")
        found = self._snapshot.explain(batch, scorer.native, number)
        return explanation(Explained(*found), scorer, name=name)

    def stats(self) -> IndexStats:
        """Counts and sizes, O(segments)."""
        live = sum(segment.native.live_documents for segment in self._segments)
        total = sum(segment.segment.document_count for segment in self._segments)
        size = sum(segment.segment.bytes for segment in self._segments)
        return IndexStats(live, total - live, len(self._segments), size)

    def _allowed(self, allowed: Sequence[Bitmap | None] | None) -> Sequence[Bitmap | None]:
        if allowed is None:
            return [None] * len(self._segments)
        if len(allowed) != len(self._segments):
            raise InvalidInput(f"allowed has {len(allowed)} of {len(self._segments)} bitmaps")
        for segment, bitmap in zip(self._segments, allowed, strict=True):
            check_bitmap("allowed", bitmap, segment.segment.document_count)
        return list(allowed)


def _checked(segments: Sequence[LiveSegment]) -> tuple[LiveSegment, ...]:
    check_type("segments", segments, Sequence, hint="pass a list of LiveSegment values")
    for number, segment in enumerate(segments):
        wrap = "wrap it: LiveSegment(segment, numpy.arange(segment.document_count))"
        check_type(f"segments[{number}]", segment, LiveSegment, hint=wrap)
    return tuple(segments)


def _native(queries: TermBatch, scorer: BM25 | Impact) -> Batch:
    check_batch("queries", queries)
    check_type("scorer", scorer, BM25, Impact)
    return Batch(*queries.frozen())
