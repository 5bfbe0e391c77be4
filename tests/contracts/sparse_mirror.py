"""Sparse segments that lose documents and are merged, beside which documents should be found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.sparse_collections import members
from tests.contracts.sparse_dense import Truth

from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment
from mnemic.indexes.storage import RamDirectory

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray
    from tests.contracts.sparse_collections import Collection

    from mnemic.indexes.protocols import Bitmap


@dataclass(frozen=True)
class Part:
    """A segment and the documents in it, by their numbers in the collection."""

    segment: SparseSegment
    documents: NDArray[np.int64]


@dataclass(frozen=True)
class Mirror:
    """A collection in segments, with the ordinal of each document and whether it lives."""

    truth: Truth
    ordinals: NDArray[np.int64]
    parts: tuple[Part, ...]

    def index(self, threads: int = 1) -> SparseIndex:
        pieces = [
            LiveSegment(
                part.segment, self.ordinals[part.documents], self._bits(part, self.truth.live)
            )
            for part in self.parts
        ]
        return SparseIndex(pieces, threads=threads)

    def without(self, doomed: NDArray[np.bool_]) -> Mirror:
        """The same segments after more deletions; they may remember what was true before."""
        return replace(self, truth=replace(self.truth, live=self.truth.live & ~doomed))

    def allowed(self, chosen: NDArray[np.bool_] | None) -> list[Bitmap | None] | None:
        """A filter: one bitmap for each segment, none where it lets all of them pass."""
        return None if chosen is None else [self._bits(part, chosen) for part in self.parts]

    def _bits(self, part: Part, chosen: NDArray[np.bool_]) -> Bitmap | None:
        mask = chosen[part.documents]
        return None if mask.all() else np.packbits(mask, bitorder="little")


def fresh(rng: Generator, mirror: Mirror) -> Mirror:
    """The live documents alone, in one new segment."""
    alive = np.flatnonzero(mirror.truth.live)
    part = Part(SparseSegment.build(mirror.truth.collection.batch(rng, alive)), alive)
    return Mirror(mirror.truth, mirror.ordinals, (part,))


def merged(mirror: Mirror) -> Mirror | None:
    """All segments joined to one without the dead; nothing where their documents are mixed."""
    parts = sorted(mirror.parts, key=lambda part: int(part.documents.min(initial=2**62)))
    documents = np.concatenate([part.documents for part in parts])
    if np.any(np.diff(documents) < 0):
        return None
    live = mirror.truth.live
    pieces = [(p.segment, np.packbits(live[p.documents], bitorder="little")) for p in parts]
    joined = Part(SparseSegment.merge(pieces), documents[live[documents]])
    return replace(mirror, parts=(joined,))


def mirror_of(rng: Generator, collection: Collection) -> Mirror:
    """A collection in some segments, after deletions, merges, a reopening, or none of them."""
    documents = len(collection)
    live = np.ones(documents, np.bool_) if rng.random() < 0.3 else ~members(rng, documents)
    ordinals = np.cumsum(rng.integers(1, 4, documents)) + int(rng.choice([-1, 2**62]))
    parts = [
        Part(SparseSegment.build(collection.batch(rng, chosen)), chosen)
        for chosen in _divided(rng, documents)
    ]
    mirror = Mirror(Truth(collection, live), ordinals, tuple(parts))
    if rng.random() < 0.5:
        parts = _merged(rng, mirror)
    if rng.random() < 0.3:
        parts = [Part(_reopened(part.segment), part.documents) for part in parts]
    if rng.random() < 0.4:  # an index takes its segments in any order
        parts = [parts[i] for i in rng.permutation(len(parts)).tolist()]
    return Mirror(mirror.truth, ordinals, tuple(parts))


def _divided(rng: Generator, documents: int) -> list[NDArray[np.int64]]:
    """One to six segments: neighbours cut somewhere or between blocks, or mixed."""
    number = int(rng.integers(1, 7))
    if rng.random() < 0.2:
        owner = rng.integers(0, number, documents)
        return [np.flatnonzero(owner == segment) for segment in range(number)]
    grain = int(rng.choice([1, 64, 128]))
    cuts = rng.integers(0, documents // grain + 1, number - 1) * grain
    bounds = [0, *sorted(cuts.tolist()), documents]
    return [np.arange(a, b) for a, b in pairwise(bounds)]


def _merged(rng: Generator, mirror: Mirror) -> list[Part]:
    """Some neighbours joined: all documents kept, or only those that live."""
    parts = list(mirror.parts)
    start = int(rng.integers(0, len(parts)))
    end = start + int(rng.integers(1, 4))
    documents = np.concatenate([part.documents for part in parts[start:end]])
    if np.any(np.diff(documents) < 0):
        return parts
    kept = mirror.truth.live if rng.random() < 0.7 else np.ones(len(mirror.ordinals), np.bool_)
    pieces = [
        (part.segment, np.packbits(kept[part.documents], bitorder="little"))
        for part in parts[start:end]
    ]
    joined = Part(SparseSegment.merge(pieces), documents[kept[documents]])
    return [*parts[:start], joined, *parts[end:]]


def _reopened(segment: SparseSegment) -> SparseSegment:
    directory = RamDirectory()
    return SparseSegment.open(directory, segment.save(directory, "reopened.sparse"))
