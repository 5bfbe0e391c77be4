"""``tantivy``: Lucene's design in Rust, block-max WAND where hits need not be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tantivy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.sparse.corpora import Corpus, Rows

HEAP = 1_000_000_000
FIELD = "terms"


class Engine:
    """Its queries are made before; it is asked one after the other, without counting hits.

    Args:
        mode: What its lists hold: ``freq``, or by its default ``position``.
    """

    scores = "its own: k1 1.2, b 0.75, lengths rounded to a byte"
    built = "on disk, from term numbers as words of a text, by one writing thread"
    ways = ("one by one",)

    def __init__(self, mode: str) -> None:
        self._option = mode
        builder = tantivy.SchemaBuilder()
        builder.add_text_field(FIELD, tokenizer_name="whitespace", index_option=mode)
        self._schema = builder.build()

    def prepare(self, corpus: Corpus, folder: Path) -> None:
        self._rows, self._folder = corpus.documents, folder / "tantivy"
        self._folder.mkdir(parents=True)

    def build(self) -> None:
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        for row in self._rows.lists():
            document = tantivy.Document()
            document.add_text(FIELD, " ".join(map(word, row)))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def save(self) -> dict[str, int]:
        self._index.reload()
        self._searcher = self._index.searcher()
        sizes: dict[str, int] = {}
        for path in sorted(self._folder.iterdir()):
            sizes[path.suffix] = sizes.get(path.suffix, 0) + path.stat().st_size
        return sizes | {"segments": self._searcher.num_segments}

    def ask(self, questions: Rows) -> None:
        self._questions = [self._query(row) for row in questions.lists()]

    def search(self, way: str, k: int) -> None:
        search = self._searcher.search
        for question in self._questions:
            _ = search(question, k, count=False).hits

    def scored(self, way: str, k: int, rows: Sequence[int]) -> list[list[float]]:
        found = [self._searcher.search(self._questions[row], k, count=False) for row in rows]
        return [[float(score) for score, _ in each.hits] for each in found]

    def _query(self, row: list[int]) -> Any:
        parts = [
            tantivy.Query.term_query(self._schema, FIELD, word(term), index_option="freq")
            for term in row
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])


def word(term: int) -> str:
    """A term's number as a word."""
    return f"{term:x}"
