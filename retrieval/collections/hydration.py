"""From ids and scores to what a person reads: text, metadata, snippet and passage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mnemic.retrieval.passages import snippet

if TYPE_CHECKING:
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.types import Document, Hit, Ranking


def hydrated(replica: Replica, ranking: Ranking) -> Ranking:
    """The ranking with the documents' texts; one read of the catalogue.

    A document that another process has removed since the search is left out.
    """
    if not ranking.hits:
        return ranking
    with replica.catalogue.reading() as tx:
        found = tx.documents.find(replica.id, [hit.id for hit in ranking])
    terms = frozenset(replica.analyzer.analyze(ranking.query.text))
    hits = [_filled(hit, found[hit.id], terms, replica) for hit in ranking if hit.id in found]
    return replace(ranking, hits=tuple(hits))


def _filled(hit: Hit, document: Document, terms: frozenset[str], replica: Replica) -> Hit:
    # Of a passage that was found by its meaning, the part with the words, if it has any.
    start, end = hit.passage or (0, len(document.text))
    extract, (first, last) = snippet(document.text[start:end], terms, replica.analyzer)
    return replace(
        hit,
        text=document.text,
        title=document.title,
        metadata=document.metadata,
        snippet=hit.snippet or extract,
        passage=hit.passage or (first, last),
    )
