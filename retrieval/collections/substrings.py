"""Exact substrings of a collection's titles and texts: how often, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.ngram.finding import Found
    from mnemic.retrieval.ngram.patterns import Pattern
    from mnemic.retrieval.ngram.together import FoundTogether
    from mnemic.types import Document


class Substrings:
    """Counts and finds substrings in the live documents; every call sees the collection anew.

    Args:
        replica: Whose documents.
        view: What a search that starts now sees, and what a filter allows of it.
    """

    def __init__(
        self, replica: Replica, view: Callable[[Any], tuple[Snapshot, tuple[Bitmap, ...] | None]]
    ) -> None:
        self._replica = replica
        self._view = view

    def count(self, patterns: Sequence[str | Pattern], *, filter: Any = None) -> list[int]:
        """Occurrences of each pattern, overlapping ones too.

        Args:
            patterns: What to count; all in one native call.
            filter: JSON filter on metadata; each occurrence is then looked up.

        Raises:
            InvalidInput: A pattern is empty or no text, or the filter is malformed.
            IndexCorrupt: A file of the index is damaged.
        """
        from mnemic.retrieval.ngram import finding

        snapshot, allowed = self._view(filter)
        if allowed is None:
            return [int(number) for number in finding.count(snapshot.ngrams, patterns)]
        from mnemic.retrieval.collections.filtered import count_in

        return count_in(snapshot.ngrams, patterns, allowed)

    def find(
        self,
        pattern: str | Pattern,
        *,
        limit: int = 10,
        context: int = 40,
        exhaustive: bool = False,
        filter: Any = None,
    ) -> Found:
        """Where a pattern stands, in the order of the documents.

        Args:
            pattern: What to find.
            limit: Most occurrences; 0 gives their numbers alone.
            context: Characters to show on each side.
            exhaustive: Count the documents even of a pattern with millions of occurrences.
            filter: JSON filter on metadata.

        Raises:
            InvalidInput: An argument cannot be used; the message names it.
            IndexCorrupt: A file of the index is damaged.
        """
        from mnemic.retrieval.ngram import finding

        snapshot, allowed = self._view(filter)
        index, shown = snapshot.ngrams, {"limit": limit, "context": context}
        if allowed is None:
            return finding.find(index, pattern, self._documents, exhaustive=exhaustive, **shown)
        from mnemic.retrieval.collections.filtered import find_in

        return find_in(index, pattern, self._documents, allowed, **shown)

    def find_together(
        self,
        clauses: Sequence[Sequence[str | Pattern]],
        *,
        window: int | None = None,
        limit: int = 10,
        context: int = 40,
        filter: Any = None,
    ) -> FoundTogether:
        """Where at least one pattern of every clause stands.

        Args:
            clauses: All of them must match, each by any of its patterns.
            window: Characters of one title or text that hold a match of every clause; ``None``
                for anywhere in one document.
            limit: Most results; 0 gives their numbers alone.
            context: Characters to show on each side.
            filter: JSON filter on metadata.

        Raises:
            InvalidInput: An argument cannot be used; the message names it.
            LimitExceeded: Even the rarest clause stands at millions of places.
            IndexCorrupt: A file of the index is damaged.
        """
        from mnemic.retrieval.ngram import together

        snapshot, allowed = self._view(filter)
        index, shown = snapshot.ngrams, {"limit": limit, "context": context}
        if allowed is None:
            return together.find_together(index, clauses, self._documents, window=window, **shown)
        from mnemic.retrieval.collections.filtered import find_together_in

        return find_together_in(index, clauses, self._documents, allowed, window=window, **shown)

    def _documents(self, ordinals: NDArray[np.int64]) -> Mapping[int, Document]:
        with self._replica.catalogue.reading() as tx:
            return tx.documents.by_ordinals(self._replica.id, ordinals.tolist())
