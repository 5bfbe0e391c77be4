"""Collections that are hard on a sparse index: many sizes, ties, extremes; all from a generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mnemic.indexes.sparse import TermBatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

SIZES = (1, 2, 63, 64, 65, 127, 128, 129, 192, 300, 640, 1_000, 2_000, 4_095, 4_096, 4_097)
SHARES = (1, 1, 2, 2, 2, 3, 3, 3, 8, 8, 8, 8, 5, 2, 2, 2)
"""Around the ends of blocks of 64 and 128 documents and of windows of 4096."""
UNKNOWN = 3
"""Terms that a query may name and no document has."""
LARGEST = float(np.finfo(np.float32).max)
SMALLEST = float(np.nextafter(np.float32(0), np.float32(1)))


@dataclass(frozen=True)
class Collection:
    """Documents of which some may be equal.

    ``kinds[d]`` is the row of document ``d`` in ``values``: occurrences of each term, or its
    float32 weights in double when ``weighted``; 0 where it is absent. ``names`` has the bytes of
    each term, and after them those of unknown terms.
    """

    values: NDArray[np.float64]
    kinds: NDArray[np.int64]
    weighted: bool
    names: tuple[bytes, ...]

    @property
    def terms(self) -> int:
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.kinds)

    def batch(self, rng: Generator, documents: NDArray[np.int64]) -> TermBatch:
        """Some documents as they reach the index, their tokens in any order."""
        rows = self.values[self.kinds[documents]]
        document, term = np.nonzero(rows)
        if not self.weighted:
            counts = rows[document, term].astype(np.int64)
            document, term = np.repeat(document, counts), np.repeat(term, counts)
        order = np.lexsort((rng.random(len(term)), document))
        offsets = np.searchsorted(document, np.arange(len(documents) + 1)).astype(np.int64)
        weights = rows[document, term][order].astype(np.float32) if self.weighted else None
        return TermBatch(self.names, offsets, term[order].astype(np.uint32), weights)


class Shape(Protocol):
    """Occurrences [kinds, terms], and the kind of each document."""

    def __call__(self, rng: Generator, documents: int) -> tuple[Counts, Kinds]: ...


Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Kinds = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def each(counts: Counts) -> tuple[Counts, Kinds]:
    """No two documents are copies on purpose."""
    return counts, np.arange(len(counts))


def width(rng: Generator, documents: int) -> int:
    """How many terms, so that the matrix stays small."""
    return min(int(rng.choice([1, 2, 9, 40, 200])), max(9, 60_000 // documents))


def drawn(rng: Generator, documents: int) -> Counts:
    """Some terms are in most documents, many in few."""
    terms = width(rng, documents)
    return rng.poisson(rng.uniform(0.3, 3) / np.arange(1, terms + 1), (documents, terms))


def natural(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    return each(drawn(rng, documents))


def copies(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Nothing but ties: mixed, or one kind after the other."""
    counts = rng.integers(0, 4, (int(rng.integers(1, 5)), 9))
    kinds = rng.integers(0, len(counts), documents)
    return counts, np.sort(kinds) if rng.random() < 0.5 else kinds


def everywhere(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """All documents have all terms: inverse document frequencies near 0."""
    return each(rng.integers(1, 4, (documents, 9)))


def almost_everywhere(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Each term is lacking in few documents, or is in few."""
    counts = np.ones((documents, 8), np.int64)
    lacking = rng.integers(0, documents, (3, 4))
    counts[lacking, np.arange(4)] = 0
    counts[:, 6:] = 0
    counts[rng.integers(0, documents, 2), [6, 7]] = 2
    return each(counts)


def one_long(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    counts = drawn(rng, documents)
    place = int(rng.integers(0, documents)), int(rng.integers(0, counts.shape[1]))
    counts[place] = int(rng.choice([1_000, 70_000, 200_000]))
    return each(counts)


def of_equal_length(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Every length is the average."""
    terms = width(rng, documents)
    return each(rng.multinomial(int(rng.integers(1, 20)), np.full(terms, 1 / terms), documents))


def many_occurrences(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Frequencies at the ends of one and of two bytes."""
    counts = drawn(rng, documents)
    edges = [127, 128, 254, 255, 256, 257, 16_383, 16_384, 65_535, 65_536]
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(0, documents)), int(rng.integers(0, counts.shape[1]))
        counts[place] = int(rng.choice(edges))
    return each(counts)


def ascending(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Each document is better than all before it: no threshold ever helps."""
    rank = np.arange(documents) * 40 // documents
    counts = drawn(rng, documents)
    counts[:, 0] = 1 + rank
    return each(np.column_stack([counts, 40 - rank]))


def descending(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """The best come first: nearly everything can be skipped, if the bounds are right."""
    counts, kinds = ascending(rng, documents)
    return counts[::-1].copy(), kinds


def at_block_ends(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """The best documents, and rare terms, are the last or the first of blocks."""
    counts = drawn(rng, documents)
    place = np.arange(documents)
    first, last = place % 64 == 0, (place % 64 == 63) | (place == documents - 1)
    edge = first if rng.random() < 0.5 else last
    counts[:, 0] += edge * (place // 64 if rng.random() < 0.5 else rng.integers(1, 40, documents))
    rare = [(place % b == r).astype(np.int64) for b in (64, 128, 4_096) for r in (0, b - 1)]
    return each(np.column_stack([counts, *rare, place == documents - 1]))


def peaks(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """In some blocks one document is far better than all others."""
    counts = np.minimum(drawn(rng, documents), 1)
    for start in range(0, documents, 64):
        if rng.random() < 0.5:
            place = min(start + int(rng.choice([0, 1, 30, 62, 63])), documents - 1)
            counts[place, int(rng.integers(0, counts.shape[1]))] = int(rng.integers(5, 60))
    return each(counts)


def frontier(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """More occurrences in longer documents: which is the best depends on k1, b and the average."""
    documents = min(documents, 700)
    frequency = rng.integers(1, 20, documents)
    filler = (frequency ** rng.uniform(0.3, 2)).astype(np.int64) + rng.integers(0, 3, documents)
    other = rng.integers(0, 2, (documents, 3)) * rng.integers(1, 9, (documents, 3))
    return each(np.column_stack([frequency, filler, other]))


def mostly_empty(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    counts = drawn(rng, documents)
    counts[rng.random(documents) < rng.choice([0.5, 0.98, 1])] = 0
    return each(counts)


def clusters(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Each term lives in one run of documents: whole blocks are without it."""
    place, counts = np.arange(documents), []
    for _ in range(12):
        start, length = int(rng.integers(0, documents)), int(rng.integers(1, 400))
        inside = (place >= start) & (place < start + length)
        counts.append(inside * rng.integers(0, 4, documents))
    return each(np.column_stack(counts))


def own_terms(rng: Generator, documents: int) -> tuple[Counts, Kinds]:
    """Every document has a term of its own; for queries with many terms."""
    documents = min(documents, 250)
    shared = drawn(rng, documents)
    return each(np.column_stack([np.eye(documents, dtype=np.int64), shared]))


SHAPES: Mapping[str, Shape] = {
    shape.__name__: shape
    for shape in (
        natural, copies, everywhere, almost_everywhere, one_long, of_equal_length,
        many_occurrences, ascending, descending, at_block_ends, peaks, frontier, mostly_empty,
        clusters, own_terms,
    )
}  # fmt: skip


class Weighting(Protocol):
    """Positive numbers, of the form of occurrences, which become float32."""

    def __call__(self, rng: Generator, counts: Counts) -> NDArray[np.float64]: ...


def as_counted(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    return counts.astype(np.float64)


def learned(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    """Like those of an encoder."""
    return np.log1p(rng.lognormal(0, 1, counts.shape))


def of_all_sizes(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    """From the smallest to the largest float32."""
    return np.power(10.0, rng.uniform(-45, 38.5, counts.shape))


def all_alike(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    return np.full(counts.shape, float(rng.choice([1.0, 0.1, LARGEST, SMALLEST])))


def some_huge(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    """Beside a huge one all others of a block look like nothing."""
    weights = rng.uniform(1e-3, 2e-3, counts.shape)
    return np.where(rng.random(counts.shape) < 0.01, 3e38, weights)


def subnormal(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    return SMALLEST * rng.integers(1, 9, counts.shape).astype(np.float64)


def neighbours(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    """So near to each other that no code of 8 or 16 bits tells them apart."""
    steps = rng.integers(0, 5, counts.shape).astype(np.float64)
    return float(rng.choice([1.0, 0.01, 1e20])) * (1 + steps * 2.0**-23)


def quantised(rng: Generator, counts: Counts) -> NDArray[np.float64]:
    return rng.integers(1, 257, counts.shape) / 256


WEIGHTINGS: Mapping[str, Weighting] = {
    weighting.__name__: weighting
    for weighting in (
        as_counted, learned, of_all_sizes, all_alike, some_huge, subnormal, neighbours, quantised,
    )
}  # fmt: skip


def term_names(rng: Generator, terms: int) -> tuple[bytes, ...]:
    """Any bytes, in no order; the last ``UNKNOWN`` are no document's."""
    odd = [b"", b"\x00", b"\xff", b"\x00\x00", b"a", b"a\x00", b"ab", "天".encode(), b"t" * 300]
    names = [*odd, *(b"t%d" % number for number in range(terms))][:terms]
    order = rng.permutation(terms).tolist()
    return (*(names[number] for number in order), *(b"no%d" % i for i in range(UNKNOWN)))


def size(rng: Generator) -> int:
    """Mostly some blocks, at times more than one window."""
    return int(rng.choice(SIZES, p=np.asarray(SHARES) / sum(SHARES)))


def collection(
    rng: Generator, shape: str, weighting: str | None, *, documents: int | None = None
) -> Collection:
    """A shape's documents: as tokens, or with weights, and then no document is empty."""
    counts, kinds = SHAPES[shape](rng, size(rng) if documents is None else documents)
    values = counts.astype(np.float64)
    if weighting is not None:
        counts[counts.sum(1) == 0, 0] = 1
        weights = np.clip(WEIGHTINGS[weighting](rng, counts), SMALLEST, LARGEST)
        values = np.where(counts > 0, weights.astype(np.float32), 0).astype(np.float64)
    return Collection(values, kinds, weighting is not None, term_names(rng, values.shape[1]))


def members(rng: Generator, documents: int) -> NDArray[np.bool_]:
    """Which documents: none, one, every other, whole blocks, few, half, most, all."""
    place, block = np.arange(documents), int(rng.choice([64, 128, 4_096]))
    chosen: Sequence[NDArray[np.bool_]] = (
        np.zeros(documents, np.bool_),
        place == int(rng.integers(0, documents)),
        place % 2 == int(rng.integers(0, 2)),
        place // block % 2 == int(rng.integers(0, 2)),
        place >= documents // block * block,
        rng.random(documents) < rng.choice([0.02, 0.5, 0.98]),
        np.ones(documents, np.bool_),
    )
    return chosen[int(rng.choice(len(chosen), p=[0.03, 0.08, 0.2, 0.2, 0.14, 0.3, 0.05]))]
