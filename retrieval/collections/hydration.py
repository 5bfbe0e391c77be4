"""From ids and scores to what a person reads: text, metadata, snippet and passage."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mnemic.retrieval.passages import snippet

if TYPE_CHECKING:
    from mnemic.catalogue import StoredDocument
    from mnemic.retrieval.collections.replica import Replica
    from mnemic.types import Document, Hit, Ranking


def hydrated(replica: Replica, ranking: Ranking) -> Ranking:
    """The ranking with the documents' texts; one read of the catalogue.

    A document that another process has removed since the search is left out. One that it has
    replaced comes with the passage that shows the words, for where the old one stood is another
    text now.
    """
    if not ranking.hits:
        return ranking
    with replica.catalogue.reading() as tx:
        found = tx.documents.find(replica.id, [hit.id for hit in ranking])
    terms = frozenset(replica.analyzer.analyze(ranking.query.text))
    # Ordinals only grow: what this view has not seen yet, a search in it has not found. A view that
    # has seen nothing was not searched; the retriever has a source of its own.
    seen = replica.snapshot.next_ordinal or math.inf
    hits = [
        _filled(_located(hit, found[hit.id], seen), found[hit.id].document, terms, replica)
        for hit in ranking
        if hit.id in found
    ]
    return replace(ranking, hits=tuple(hits))


def _located(hit: Hit, stored: StoredDocument, seen: float) -> Hit:
    """The hit without passage and snippet where they are of another version of the text.

    A version that this process has stored itself after the search is known by its length alone.
    """
    start, end = hit.passage or (0, 0)
    if stored.ordinal < seen and 0 <= start <= end <= len(stored.document.text):
        return hit
    return replace(hit, passage=None, snippet="")


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
