"""BM25 over a collection: a value that analyses queries and asks the sparse index."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from mnemic.indexes.sparse import BM25
from mnemic.retrieval.listing import Listing
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.types import Hit, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse import TermBatch
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.types import Explanation, Query, TopK


class Searched(Protocol):
    """What a lexical retriever needs of a collection."""

    @property
    def analyzer(self) -> Analyzer:
        """What turns texts and queries into terms."""
        ...

    def view(self, filter: Any) -> tuple[Snapshot, Sequence[Bitmap] | None]:
        """What a search that starts now sees, and what a filter allows of it."""
        ...


@dataclass(frozen=True, slots=True)
class BM25Spec:
    """A BM25 retriever that does not know its collection yet.

    Attributes:
        scorer: Variant and parameters.
    """

    scorer: BM25 = field(default_factory=BM25)

    def bind(self, collection: Searched) -> BM25Retriever:
        """The retriever over one collection."""
        return BM25Retriever(collection, self.scorer)


def bm25(
    *, k1: float = 0.9, b: float = 0.4, variant: str = "lucene", delta: float | None = None
) -> BM25Spec:
    """BM25 with parameters that are chosen at query time.

    Args:
        k1: Saturation of the term frequency, >= 0.
        b: Length normalisation, 0 to 1.
        variant: ``lucene``, ``robertson``, ``atire``, ``bm25l`` or ``bm25+`` (Kamphuis et al.,
            Which BM25 Do You Mean?, ECIR 2020).
        delta: Lower bound of ``bm25l`` and ``bm25+``; ``None`` for the variant's own.

    Raises:
        InvalidInput: A parameter is out of its range, or the variant is unknown.
    """
    given: dict[str, Any] = {"k1": k1, "b": b, "variant": variant}
    return BM25Spec(BM25(**given) if delta is None else BM25(**given, delta=delta))


@dataclass(frozen=True, slots=True)
class BM25Retriever:
    """Exact top-k by BM25 over the live documents of a collection (title and text).

    Attributes:
        collection: Where it searches; every call sees the collection as it is then.
        scorer: Variant and parameters.
    """

    collection: Searched
    scorer: BM25 = field(default_factory=BM25)

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "bm25"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """One ranking per query; hits carry ids and scores, texts are the collection's to add."""
        return [each.ranking() for each in self.search_listed(queries, k, filter=filter)]

    def search_listed(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Listing]:
        """As ``search``, in columns."""
        asked = checked_queries(queries)
        snapshot, allowed = self.collection.view(filter)
        top = snapshot.sparse.search(
            self._analyzed(asked), checked_k(k), scorer=self.scorer, allowed=allowed
        )
        ids, ends = snapshot.ids(top.ids), top.offsets.tolist()
        return [
            Listing.ordered(query, ids[start:end], top.scores[start:end])
            for query, (start, end) in zip(asked, pairwise(ends), strict=True)
        ]

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits say how each term of the query made their score."""
        asked = checked_queries([query])
        snapshot, allowed = self.collection.view(filter)
        batch = self._analyzed(asked)
        top: TopK = snapshot.sparse.search(batch, checked_k(k), scorer=self.scorer, allowed=allowed)
        parts: list[Explanation] = [
            snapshot.sparse.explain(batch, ordinal, scorer=self.scorer)
            for ordinal in top.ids.tolist()
        ]
        hits = [
            Hit(id=name, score=score, explanation=part)
            for name, score, part in zip(
                snapshot.ids(top.ids), top.scores.tolist(), parts, strict=True
            )
        ]
        return Ranking.ordered(asked[0], hits)

    def _analyzed(self, queries: Sequence[Query]) -> TermBatch:
        return self.collection.analyzer.analyze_batch([query.text for query in queries])
