"""``bm25s`` with its compiled backend: all scores computed when the index is made."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import bm25s

from bench.sparse.oracle import K1, B

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.sparse.corpora import Corpus, Rows


class _Tokens:
    """What its ``index`` takes, made row by row: as lists they would take 30 GB at 30 copies."""

    def __init__(self, rows: Rows, vocabulary: int) -> None:
        self.ids = _Lists(rows)
        self.vocab = {str(number): number for number in range(vocabulary)}


class _Lists:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[list[int]]:
        return self._rows.lists()


class Engine:
    """It answers all questions in one call, on one thread."""

    scores = f"lucene, k1 {K1}, b {B}, float32"
    built = "in memory, from term numbers"
    ways = ("numba",)

    def __init__(self, mode: str) -> None:
        self._index: Any = bm25s.BM25(method="lucene", k1=K1, b=B, backend="numba")

    def prepare(self, corpus: Corpus, folder: Path) -> None:
        self._tokens = _Tokens(corpus.documents, len(corpus.vocabulary))
        self._documents, self._folder = len(corpus), folder / "bm25s"

    def build(self) -> None:
        self._index.index(self._tokens, show_progress=False)

    def save(self) -> dict[str, int]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._index.save(self._folder, show_progress=False)
        return {path.name: path.stat().st_size for path in sorted(self._folder.iterdir())}

    def ask(self, questions: Rows) -> None:
        self._questions = list(questions.lists())

    def search(self, way: str, k: int) -> None:
        self._retrieve(self._questions, k)

    def scored(self, way: str, k: int, rows: Sequence[int]) -> list[list[float]]:
        scores = self._retrieve([self._questions[row] for row in rows], k).scores
        return [[float(score) for score in row if score > 0] for row in scores]

    def _retrieve(self, questions: list[list[int]], k: int) -> Any:
        depth = min(k, self._documents)
        return self._index.retrieve(questions, k=depth, n_threads=1, show_progress=False)
