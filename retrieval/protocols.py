"""What a retriever is: questions to rankings. Hybrids and rerankers in front are retrievers too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.types import Query, Ranking


@runtime_checkable
class Retriever(Protocol):
    """An immutable value; it composes with others and keeps no state between calls."""

    @property
    def name(self) -> str:
        """Short name for runs and tables."""
        ...

    def search(
        self,
        queries: Sequence[str | Query],
        k: int,
        *,
        filter: Any = None,
    ) -> list[Ranking]:
        """One ranking per query, in the order of the queries.

        Args:
            queries: Texts, or queries with ids.
            k: Most hits per query; 0 gives empty rankings, more than there are is fine.
            filter: A filter of the JSON grammar (a mapping), or an already parsed one.

        Returns:
            Rankings in canonical order; a document occurs at most once in each.

        Raises:
            InvalidInput: ``k`` is negative or the filter is malformed.
        """
        ...


@runtime_checkable
class SupportsExplanation(Protocol):
    """A retriever that can say how its scores came about."""

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits carry explanations that add up to their scores."""
        ...
