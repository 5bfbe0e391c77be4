"""``pydivsufsort``: a suffix array by libdivsufsort and a binary search in it; no index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.ngram.texts import Text

MARKER = 0xFF  # in no UTF-8


class Engine:
    """The suffix array of all documents, a byte 0xFF before each."""

    children = False
    across = "one string: a byte 0xFF stands before each document, so nothing crosses"
    built = "suffix array alone"

    def prepare(self, text: Text, folder: Path) -> None:
        self._folder = folder
        self._text = np.insert(text.symbols, text.offsets[:-1], MARKER)
        self._starts = text.offsets[:-1] + np.arange(len(text)) + 1

    def build(self, threads: int) -> None:
        import pydivsufsort

        self._suffixes: NDArray[Any] = pydivsufsort.divsufsort(self._text)

    def save(self) -> int:
        np.save(self._folder / "suffixes.npy", self._suffixes)
        np.save(self._folder / "text.npy", self._text)
        return sum(path.stat().st_size for path in self._folder.glob("*.npy"))

    def open(self) -> bool:
        self._suffixes = np.load(self._folder / "suffixes.npy")
        self._text = np.load(self._folder / "text.npy")
        return True

    def needles(self, patterns: NDArray[Any]) -> Sequence[NDArray[Any]]:
        return [np.ascontiguousarray(pattern) for pattern in patterns]

    def count(self, needle: NDArray[np.uint8]) -> int:
        import pydivsufsort

        return int(pydivsufsort.sa_search(self._text, self._suffixes, needle)[0])

    def locate(self, needle: NDArray[np.uint8], limit: int) -> int:
        return len(self._rows(needle)[:limit])

    def places(self, needle: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Document and start of every occurrence, in the order of the text."""
        rows = np.sort(self._rows(needle)).astype(np.int64)
        documents = np.searchsorted(self._starts, rows, side="right") - 1
        return documents, rows - self._starts[documents]

    def _rows(self, needle: NDArray[np.uint8]) -> NDArray[Any]:
        import pydivsufsort

        count, first = pydivsufsort.sa_search(self._text, self._suffixes, needle)
        return self._suffixes[first : first + count] if count else self._suffixes[:0]
