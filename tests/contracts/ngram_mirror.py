"""Segments of substrings that come, lose documents and are merged, beside the same as a dict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.ngram_checks import batch_of
from tests.contracts.ngram_corpora import BYTES

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment
from mnemic.indexes.storage import RamDirectory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tests.contracts.ngram_corpora import Corpus
    from tests.contracts.ngram_oracle import Symbols

    from mnemic.indexes.ngram import Level
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory


def bits(members: Iterable[bool]) -> Bitmap:
    return np.packbits(np.fromiter(members, np.bool_), bitorder="little")


@dataclass(frozen=True)
class Part:
    """A segment, the ordinals of its documents, and the value that an index keeps of it."""

    segment: NgramSegment
    ordinals: tuple[int, ...]
    kept: LiveNgrams


@dataclass
class Mirror:
    """What a collection does with its segments, and the documents that it should hold."""

    vocabulary: int
    block_symbols: int = 1 << 20
    rate: int | None = None
    parts: list[Part] = field(default_factory=list)
    live: dict[int, Symbols] = field(default_factory=dict)
    next_ordinal: int = 0

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        cuts: Iterable[int],
        *,
        block_symbols: int = 1 << 20,
        rate: int | None = None,
    ) -> Mirror:
        """A corpus cut into segments."""
        mirror = cls(corpus.vocabulary, block_symbols, rate)
        bounds = [0, *sorted(cuts), len(corpus.documents)]
        for start, end in pairwise(bounds):
            mirror.add(corpus.documents[start:end])
        return mirror

    def add(self, documents: Sequence[Symbols], gap: int = 2) -> tuple[int, ...]:
        """A new segment; ordinals leave gaps."""
        start = self.next_ordinal
        ordinals = tuple(range(start, start + gap * len(documents), gap))
        self.next_ordinal = start + gap * len(documents) + 1
        self.parts.append(self._part(self.build(documents), ordinals))
        self.live.update(zip(ordinals, documents, strict=True))
        return ordinals

    def build(self, documents: Sequence[Symbols]) -> NgramSegment:
        batch = batch_of(documents, self.vocabulary)
        return NgramSegment.build(batch, rate=self.rate, block_symbols=self.block_symbols)

    def delete(self, ordinals: Collection[int]) -> None:
        """Clear bits, as a deletion does: the value of a segment makes the next one."""
        for ordinal in ordinals:
            self.live.pop(ordinal, None)
        self.parts = [self._without(part, ordinals) for part in self.parts]

    def _without(self, part: Part, ordinals: Collection[int]) -> Part:
        if set(part.ordinals).isdisjoint(ordinals):
            return part
        return replace(part, kept=part.kept.without(self.bitmap(part)))

    def merge(self, start: int, number: int) -> None:
        """Join neighbouring segments; the dead documents go."""
        chosen = self.parts[start : start + number]
        if chosen:
            ordinals = tuple(each for part in chosen for each in part.ordinals if each in self.live)
            segment = NgramSegment.merge(
                [(part.segment, part.kept.live) for part in chosen],
                block_symbols=self.block_symbols,
            )
            self.parts[start : start + number] = [self._part(segment, ordinals)]

    def reopen(self, directory: Directory | None = None) -> None:
        """Save every segment and go on with what is opened."""
        place = RamDirectory() if directory is None else directory
        for number, part in enumerate(self.parts):
            entry = part.segment.save(place, f"{self.next_ordinal}-{number}.ngram")
            segment = NgramSegment.open(place, entry)
            live = part.kept.live
            kept = LiveNgrams(segment, np.asarray(part.ordinals, np.int64), live)
            self.parts[number] = replace(part, segment=segment, kept=kept)

    def index(self, threads: int = 1) -> NgramIndex:
        level: Level = "bytes" if self.vocabulary == BYTES else "tokens"
        kept = [part.kept for part in self.parts]
        return NgramIndex(kept, level=level, vocabulary=self.vocabulary, threads=threads)

    def fresh(self) -> NgramIndex:
        """The live documents in one new segment."""
        part = self._part(self.build(list(self.live.values())), tuple(self.live))
        return NgramIndex([part.kept], threads=1)

    def bitmap(self, part: Part) -> Bitmap:
        return bits(ordinal in self.live for ordinal in part.ordinals)

    def bitmaps(self, allowed: Collection[int]) -> list[Bitmap | None]:
        """For ``allowed``: one for each segment, none where all of its documents are."""
        return [
            None
            if set(part.ordinals) <= set(allowed)
            else bits(o in allowed for o in part.ordinals)
            for part in self.parts
        ]

    def _part(self, segment: NgramSegment, ordinals: tuple[int, ...]) -> Part:
        return Part(segment, ordinals, LiveNgrams(segment, np.asarray(ordinals, np.int64)))
