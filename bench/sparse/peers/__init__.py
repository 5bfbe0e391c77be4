"""Public engines behind one face; each lives in a process of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.sparse.corpora import Corpus, Rows

PACKAGES = {
    "bm25s": ("bm25s", "numba"),
    "tantivy": ("tantivy",),
    "pisa": ("pyterrier-pisa", "tbb"),
    "scipy": ("scipy",),
    "seismic": ("pyseismic-lsr",),
}
"""What must be installed for each peer; the first is what is measured."""

BM25_MODES = {"bm25s": ("",), "tantivy": ("freq", "position"), "pisa": ("exact", "quantised")}


class Peer(Protocol):
    """What a measurement asks of a BM25 engine.

    Attributes:
        scores: Which BM25 it computes.
        built: What its build makes, and of what.
        ways: How it can search; all are measured.
    """

    scores: str
    built: str
    ways: Sequence[str]

    def prepare(self, corpus: Corpus, folder: Path) -> None:
        """Bring the documents into the form that it takes; not measured."""
        ...

    def build(self) -> None:
        """Make the index."""
        ...

    def save(self) -> dict[str, int]:
        """Write what is not written yet; the bytes on disk that searching needs, by part."""
        ...

    def ask(self, questions: Rows) -> None:
        """Bring questions into the form that it takes; not measured."""
        ...

    def search(self, way: str, k: int) -> None:
        """Answer all of them, one after the other, on one thread."""
        ...

    def scored(self, way: str, k: int, rows: Sequence[int]) -> list[list[float]]:
        """The scores that some of the questions get, best first."""
        ...


def peer(name: str, mode: str) -> Peer:
    """An engine by its short name."""
    module = importlib.import_module(f"bench.sparse.peers.{name}")
    found: Peer = module.Engine(mode)
    return found
