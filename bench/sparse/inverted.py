"""Plain inverted lists of a corpus, made without the engine: what its answers are checked with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

NO_DOCUMENT = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Inverted:
    """The documents of each term, ascending.

    Attributes:
        offsets: int64 [terms + 1], into the other two.
        documents: uint32 [postings].
        frequencies: uint32 [postings].
    """

    offsets: NDArray[np.int64]
    documents: NDArray[np.uint32]
    frequencies: NDArray[np.uint32]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What ``save`` wrote, mapped."""
        offsets = np.fromfile(folder / "lists.i64", np.int64)
        names = ("list_documents.u32", "list_frequencies.u32")
        documents, frequencies = (mapped(folder / name) for name in names)
        return cls(offsets, documents, frequencies)

    def save(self, folder: Path) -> None:
        """Three files."""
        self.offsets.tofile(folder / "lists.i64")
        self.documents.tofile(folder / "list_documents.u32")
        self.frequencies.tofile(folder / "list_frequencies.u32")


def mapped(path: Path) -> NDArray[np.uint32]:
    """A file of numbers, as a plain array over its pages."""
    return np.memmap(path, np.uint32, "r").view(np.ndarray)


def invert(offsets: NDArray[np.int64], terms: NDArray[np.uint32], vocabulary: int) -> Inverted:
    """Count the terms of every document; O(terms), compiled."""
    import numba

    count: Callable[..., None] = numba.njit(nogil=True)(_count)
    fill: Callable[..., None] = numba.njit(nogil=True)(_fill)
    last = np.full(vocabulary, NO_DOCUMENT, np.uint32)
    having = np.zeros(vocabulary, np.int64)
    count(offsets, terms, last, having)
    ends = np.cumsum(having)
    last[:] = NO_DOCUMENT
    documents, frequencies = (np.zeros(int(ends[-1]), np.uint32) for _ in range(2))
    fill(offsets, terms, last, ends - having, documents, frequencies)
    return Inverted(np.concatenate([[0], ends]), documents, frequencies)


def _count(offsets: Any, terms: Any, last: Any, having: Any) -> None:
    for document in range(len(offsets) - 1):
        for place in range(offsets[document], offsets[document + 1]):
            term = terms[place]
            if last[term] != document:
                last[term] = document
                having[term] += 1


def _fill(offsets: Any, terms: Any, last: Any, ends: Any, documents: Any, frequencies: Any) -> None:
    for document in range(len(offsets) - 1):
        for place in range(offsets[document], offsets[document + 1]):
            term = terms[place]
            if last[term] != document:
                last[term] = document
                documents[ends[term]] = document
                frequencies[ends[term]] = 1
                ends[term] += 1
            else:
                frequencies[ends[term] - 1] += 1
