"""A small real retriever and a small real data set for the tests of eval."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mnemic.types import Document

CORPUS = {
    "d1": "the cat sat on the mat",
    "d2": "a dog chased the cat around the house",
    "d3": "stock markets fell sharply on monday",
    "d4": "the central bank raised interest rates",
    "d5": "dogs and cats living together",
}
QUERIES = {
    "q1": "cat on a mat",
    "q2": "dog chased cat",
    "q3": "bank interest rates",
    "q4": "unmatched words only",
    "unjudged": "stock markets",
}
QRELS = {"q1": {"d1": 2, "d2": 1}, "q2": {"d2": 1}, "q3": {"d4": 1, "d3": 0}, "q4": {"d5": 1}}


@dataclass(frozen=True)
class Overlap:
    """Scores a document by the number of distinct words that it shares with the query."""

    words: Mapping[str, frozenset[str]]
    metadata: Mapping[str, Mapping[str, Any]]
    name: str = "overlap"

    @classmethod
    def over(cls, documents: Sequence[Document]) -> Overlap:
        words = {item.id: frozenset(item.text.lower().split()) for item in documents}
        return cls(words, {item.id: item.metadata for item in documents})

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        asked = [query if isinstance(query, Query) else Query(query) for query in queries]
        return [self._one(query, k, filter or {}) for query in asked]

    def _one(self, query: Query, k: int, wanted: Mapping[str, Any]) -> Ranking:
        terms = frozenset(query.text.lower().split())
        hits = [
            Hit(id=identity, score=float(len(terms & words)))
            for identity, words in self.words.items()
            if terms & words
            and all(self.metadata[identity].get(key) == value for key, value in wanted.items())
        ]
        return Ranking.ordered(query, hits)[:k]


def write_dataset(folder: Path) -> Path:
    """The data set above as a BEIR folder."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": key, "title": "", "text": text, "metadata": {"topic": topic(key)}}
        for key, text in CORPUS.items()
    ]
    queries = [
        {"_id": key, "text": text, "metadata": {"topic": "pets"}} for key, text in QUERIES.items()
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in corpus))
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    rows = [f"{q}\t{d}\t{grade}" for q, grades in QRELS.items() for d, grade in grades.items()]
    (folder / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n"
    )
    return folder


def topic(identity: str) -> str:
    return "money" if identity in ("d3", "d4") else "pets"
