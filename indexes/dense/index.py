"""Search over live segments: exact, batched, filtered while it searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import DimensionMismatch, InvalidInput, NotFound
from mnemic.indexes.arguments import checked_depth, checked_threads, whole
from mnemic.indexes.dense.batch import check_matrix
from mnemic.indexes.dense.best import Best
from mnemic.indexes.dense.candidates import Candidates, Selection, Wanted, block
from mnemic.indexes.dense.checks import check_alike, check_bitmap
from mnemic.indexes.dense.explanation import explanation, place
from mnemic.indexes.dense.scores import Questions
from mnemic.indexes.protocols import IndexStats
from mnemic.types import TopK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense.live import LiveSegment
    from mnemic.indexes.protocols import Bitmap
    from mnemic.types import Explanation


@dataclass(frozen=True, slots=True)
class PassageTopK:
    """Found documents, and for each the passage that it was found by.

    Attributes:
        documents: The documents; with ``per_passage`` once for each passage found.
        passages: int64 [total], the number of the passage within its document: of the best, the
            first of equals, or of the one found; 0 where documents have one vector.
    """

    documents: TopK
    passages: NDArray[np.int64]


class DenseIndex:
    """An immutable snapshot over live segments; safe to search from many threads at once.

    FAISS finds candidates in float32 on the mapped vectors, with filters and tombstones inside
    its scan; they are scored again in float64, and the search goes deeper until rounding cannot
    hide a better document. So the result is exact, and bit-equal whatever the batch, the threads,
    the processor, and however the documents are split into segments.

    The score is the inner product, the cosine, or minus the squared distance. Cosine is between
    the query and the stored vector, which was normalised and rounded to float32: within 1e-6 of
    that of the vector that was given; with a zero vector on either side it is 0.

    Args:
        segments: In any order, of one metric and one number of dimensions; no ordinal may be
            live twice.
        threads: Most threads that score candidates again, the calling one included; 0 for one
            per core. FAISS's scan has its own, those of OpenMP.

    Raises:
        DimensionMismatch: The segments' dimensions differ.
        InvalidInput: Their metrics differ, or ``threads`` is out of range.
    """

    __slots__ = ("_segments", "_threads")

    def __init__(self, segments: Sequence[LiveSegment], *, threads: int = 0) -> None:
        self._segments = tuple(segments)
        self._threads = checked_threads(threads)
        check_alike([(live.segment.dims, live.segment.metric) for live in self._segments])

    @property
    def dims(self) -> int | None:
        """Numbers in a vector; ``None`` when there is no segment."""
        return self._segments[0].segment.dims if self._segments else None

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> TopK:
        """The exact top ``k`` live, allowed documents that have a vector, for each query.

        A document's score is that of its best passage. O(rows x dims) for each query, plus a
        second scan where scores at the cut are closer than float32 tells apart.

        Args:
            queries: float32 [n, dims].
            k: Most hits per query; 0 gives none, more than there are gives all.
            allowed: One bitmap of documents per segment (``None`` allows it whole).

        Returns:
            float64 scores and int64 ordinals, ragged, ordered by (-score, ordinal).

        Raises:
            InvalidInput: ``k`` is negative, ``allowed`` does not fit the segments, or ``queries``
                are not of their form; a bad row is named.
            DimensionMismatch: Queries and segments have different dimensions.
            Unsupported: FAISS is not installed, and there are more vectors than can be scored
                one by one.
        """
        return self.search_passages(queries, k, allowed=allowed).documents

    def search_passages(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        allowed: Sequence[Bitmap | None] | None = None,
        per_passage: bool = False,
    ) -> PassageTopK:
        """As ``search``, with the passage that each document was found by.

        Args:
            queries: As in ``search``.
            k: As in ``search``.
            allowed: As in ``search``.
            per_passage: Every passage is a hit of its own, ordered by (-score, ordinal, number
                of the passage), instead of each document once by its best one.

        Raises:
            InvalidInput: As ``search`` does.
            DimensionMismatch: As ``search`` does.
            Unsupported: As ``search`` does.
        """
        wanted = Wanted(checked_depth(k), per_passage, self._threads)
        bitmaps = self._allowed(allowed)
        questions = self._questions(queries)
        found = [Selection.of(*pair) for pair in zip(self._segments, bitmaps, strict=True)]
        selections = [selection for selection in found if selection.count and wanted.k]
        step = block(selections, wanted)
        blocks = [
            _best(selections, questions.span(start, start + step), wanted)
            for start in range(0, len(questions), step)
        ]
        return _joined(blocks)

    def explain(self, queries: NDArray[np.float32], ordinal: int) -> Explanation:
        """Why a live document has its score for the first query of a batch.

        Returns:
            A tree whose value is the very score that ``search`` returns, or 0 when the document
            has no vector and so is not returned; its parts are the passages, when there are more.

        Raises:
            NotFound: No live document has the ordinal.
            InvalidInput: ``queries`` is empty or not of its form.
            DimensionMismatch: Queries and segments have different dimensions.
        """
        questions = self._questions(queries)
        if len(questions) == 0:
            raise InvalidInput("queries holds no query to explain")
        return explanation(*self._find(ordinal), questions.span(0, 1))

    def vectors_of(self, ordinal: int) -> NDArray[np.float32]:
        """The stored vectors of a live document's passages, in order; O(log rows) a segment.

        Returns:
            float32 [passages, dims], a copy; of length 1, or 0, when the metric is cosine.

        Raises:
            NotFound: No live document has the ordinal.
            InvalidInput: ``ordinal`` is not a whole number.
        """
        live, local = self._find(ordinal)
        return live.segment.vectors[live.segment.rows_of(local)].copy()

    def stats(self) -> IndexStats:
        """Counts and sizes, O(documents)."""
        live = sum(each.live_documents for each in self._segments)
        total = sum(each.segment.documents for each in self._segments)
        size = sum(each.segment.bytes for each in self._segments)
        return IndexStats(live, total - live, len(self._segments), size)

    def _find(self, ordinal: int) -> tuple[LiveSegment, int]:
        """The segment of a live document, and its number there."""
        number = whole("ordinal", ordinal)
        for live in self._segments:
            local = place(live, number)
            if local is not None:
                return live, local
        raise NotFound(f"no live document has ordinal {number}")

    def _questions(self, queries: NDArray[np.float32]) -> Questions:
        check_matrix("queries", queries)
        if self.dims not in (None, queries.shape[1]):
            raise DimensionMismatch(
                f"queries have {queries.shape[1]} dimensions, the index has {self.dims}",
                hint="encode queries with the encoder that the documents were encoded with",
            )
        metric = self._segments[0].segment.metric if self._segments else "cosine"
        return Questions.checked(queries, metric)

    def _allowed(self, allowed: Sequence[Bitmap | None] | None) -> Sequence[Bitmap | None]:
        if allowed is None:
            return [None] * len(self._segments)
        if len(allowed) != len(self._segments):
            raise InvalidInput(f"allowed has {len(allowed)} of {len(self._segments)} bitmaps")
        for live, bitmap in zip(self._segments, allowed, strict=True):
            check_bitmap("allowed", bitmap, live.segment.documents)
        return allowed


def _best(selections: Sequence[Selection], questions: Questions, wanted: Wanted) -> Best:
    parts = [Candidates(selection, questions, wanted) for selection in selections]
    while True:
        best = Best.of(parts, len(questions), wanted)
        settled = [part.settle(best.floor) for part in parts]
        if all(settled):
            return best


def _joined(blocks: Sequence[Best]) -> PassageTopK:
    counts = [np.bincount(best.which, minlength=len(best.floor)) for best in blocks]
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *counts]), dtype=np.int64)
    scores = np.concatenate([np.empty(0, np.float64), *(best.scores for best in blocks)])
    ordinals = np.concatenate([np.empty(0, np.int64), *(best.ordinals for best in blocks)])
    passages = np.concatenate([np.empty(0, np.int64), *(best.passages for best in blocks)])
    return PassageTopK(TopK(scores, ordinals, offsets), passages)
