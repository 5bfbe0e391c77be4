"""The plainest retriever: score every document in Python, then sort."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.contracts.filter_oracle import matches

from mnemic.errors import InvalidInput
from mnemic.retrieval.filters import parse
from mnemic.types import Document, Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class BruteForceRetriever:
    """Shared words, counted, divided by the length: no index, no cleverness."""

    documents: tuple[Document, ...]

    @property
    def name(self) -> str:
        """For tables."""
        return "brute-force"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """Every document is looked at for every query."""
        if k < 0:
            raise InvalidInput(f"k is {k}", hint="ask for 0 or more hits")
        parsed = parse(filter)
        allowed = [
            document
            for document in self.documents
            if parsed is None or matches(parsed, document.metadata)
        ]
        asked = [Query(query) if isinstance(query, str) else query for query in queries]
        return [self.ranking(query, k, allowed) for query in asked]

    def ranking(self, query: Query, k: int, allowed: Sequence[Document]) -> Ranking:
        """The best ``k`` of the allowed; the sort is stable, so ties keep insertion order."""
        hits = [Hit(id=document.id, score=score(query.text, document)) for document in allowed]
        found = sorted((hit for hit in hits if hit.score > 0), key=lambda hit: -hit.score)
        return Ranking.ordered(query, found[:k])


def score(query: str, document: Document) -> float:
    """Shared words by their counts, over the length of the document."""
    words = f"{document.title} {document.text}".lower().split()
    shared = Counter(query.lower().split()) & Counter(words)
    return shared.total() / (1 + len(words))
