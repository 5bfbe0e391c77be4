"""Exact substring search over live segments: batched, in the native core, without the GIL."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.indexes.arguments import MAX_INT64, checked_depth, checked_threads, whole
from mnemic.indexes.ngram.batch import BYTES, SymbolBatch, checked_symbols, ends_of
from mnemic.indexes.ngram.blocks import empty_block, snapshot_of
from mnemic.indexes.ngram.numbering import Numbering
from mnemic.indexes.ngram.slices import sliced
from mnemic.indexes.ngram.values import NextSymbols, Places, Ranges, Rows
from mnemic.indexes.protocols import IndexStats
from mnemic.types import TopK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from mnemic.indexes.ngram.batch import Level
    from mnemic.indexes.ngram.live import LiveNgrams
    from mnemic.indexes.protocols import Bitmap

Anchor = Literal["document", "field", "word"]
_ANCHORS = {"document": 0, "field": 1, "word": 2}
_ANYWHERE = 3
MAX_STATES = 2**24
MAX_MASK = 2**30


class NgramIndex:
    """An immutable snapshot over live segments; safe to search from many threads at once.

    All numbers are of the live documents, and exactly those of a scan over them: deleted documents
    have their rows marked, so a count costs one more look at two cache lines, and no pattern ever
    reaches from one document into the next.

    Args:
        segments: Of one level and vocabulary, in any order; no ordinal may be live twice.
        level: Of an index without segments.
        vocabulary: Of an index without segments.
        threads: Most threads for one batch, the calling one included; 0 for one per core.

    Raises:
        InvalidInput: Segments of different vocabularies, or ``threads`` is out of range.
    """

    def __init__(
        self,
        segments: Sequence[LiveNgrams],
        *,
        level: Level = "bytes",
        vocabulary: int = BYTES,
        threads: int = 0,
    ) -> None:
        self.segments = tuple(segments)
        self._threads = checked_threads(threads)
        if self.segments:
            level, vocabulary = self.segments[0].segment.level, self.segments[0].segment.vocabulary
        for live in self.segments:
            if (live.segment.level, live.segment.vocabulary) != (level, vocabulary):
                raise InvalidInput("segments of different vocabularies cannot be searched together")
        self.level: Level = level
        self.vocabulary = vocabulary

    @cached_property
    def _native(self) -> Any:
        blocks = [block for live in self.segments for block in live.segment.blocks]
        dead = [rows for live in self.segments for rows in live.dead_rows(self._threads)]
        if not blocks:
            blocks, dead = [empty_block(self.level, self.vocabulary)], [None]
        return snapshot_of(blocks, dead)

    @cached_property
    def _count(self) -> Any:
        return self._native.count

    @cached_property
    def numbering(self) -> Numbering:
        """From the core's numbers of documents to ordinals; made once, O(documents)."""
        return Numbering(self.segments)

    def count(self, pattern: bytes | ArrayLike) -> int:
        """Live occurrences of one pattern, overlapping ones included; some microseconds.

        Args:
            pattern: Bytes, or token ids where the index is of tokens.

        Raises:
            InvalidInput: The pattern is empty or not of the index's symbols.
        """
        if self.level == "bytes":
            if not isinstance(pattern, bytes):
                raise InvalidInput(f"pattern is a {type(pattern).__name__}, not bytes")
        else:
            pattern = checked_symbols("pattern", pattern, self.vocabulary)
        if not len(pattern):
            raise InvalidInput("pattern is empty", hint="len() tells how many documents there are")
        return int(self._count(pattern))

    def count_many(self, patterns: SymbolBatch) -> NDArray[np.int64]:
        """Live occurrences of each pattern: int64 [patterns]; 20 times faster than one by one.

        Raises:
            InvalidInput: A pattern is empty, or the batch is not of the index's symbols.
        """
        self._check(patterns, empty=False)
        found = self._native.count_many(patterns.native, patterns.offsets, self._threads)
        return np.asarray(found)

    def documents_with(self, patterns: SymbolBatch) -> NDArray[np.int64]:
        """Live documents with at least one occurrence of each pattern; O(occurrences)."""
        found = self.ranges(patterns)
        counts = np.zeros(len(patterns), np.int64)
        for place in range(len(patterns)):
            counts[place] = len(self._documents(found.take([place]))[0])
        return counts

    def root(self, n: int) -> Ranges:
        """``n`` states of the empty pattern: it occurs before every symbol and at every end."""
        return Ranges(self._native.anchor(_count_of(n), _ANYWHERE))

    def anchored(self, n: int, what: Anchor) -> Ranges:
        """``n`` states of the empty pattern at certain places.

        Args:
            n: How many states.
            what: ``document``: where a document begins. Of bytes also ``field``: there or after a
                byte 0xFF; ``word``: there or after an ASCII byte that is no letter, digit or
                underscore. Other bytes above 0x7F count as part of words.

        Raises:
            InvalidInput: There is no such anchor, or not in an index of tokens.
        """
        if what not in _ANCHORS or (self.level != "bytes" and what != "document"):
            raise InvalidInput(f"there is no anchor {what!r} in an index of {self.level}")
        return Ranges(self._native.anchor(_count_of(n), _ANCHORS[what]))

    def ranges(self, patterns: SymbolBatch) -> Ranges:
        """The state after each pattern; an empty one gives ``root``'s."""
        self._check(patterns, empty=True)
        return Ranges(self._native.find(patterns.native, patterns.offsets, self._threads))

    def extend(
        self, ranges: Ranges, symbols: ArrayLike, parents: ArrayLike | None = None
    ) -> Ranges:
        """Append one symbol to states: new state ``j`` is ``ranges[parents[j]]`` and its symbol.

        Args:
            ranges: States of this index.
            symbols: One for each new state.
            parents: Whose continuations they are; each state's own by default.

        Raises:
            InvalidInput: States, parents or symbols do not fit each other or the index.
        """
        given = checked_symbols("symbols", symbols, self.vocabulary)
        places = np.arange(len(given)) if parents is None else np.asarray(parents)
        if parents is None and len(given) != len(ranges):
            raise InvalidInput(f"there are {len(given)} symbols for {len(ranges)} states")
        if places.ndim != 1 or (places.size and places.dtype.kind not in "iu"):
            raise InvalidInput("parents are not whole numbers [n]")
        by = given.astype(np.uint8) if self.level == "bytes" else given
        places = np.ascontiguousarray(places, np.int64)
        return Ranges(self._native.extend(_bounds(ranges), places, by, self._threads))

    def totals(self, ranges: Ranges) -> NDArray[np.int64]:
        """Live occurrences of each state: int64 [states]."""
        return np.asarray(self._native.totals(_bounds(ranges)))

    def next_symbols(self, ranges: Ranges) -> NextSymbols:
        """What follows the occurrences of each state, and how often.

        O(distinct symbols) of bytes; O(min(occurrences, vocabulary)) of tokens.
        """
        return NextSymbols(*self._native.next_symbols(_bounds(ranges), self._threads))

    def masks(self, ranges: Ranges) -> NDArray[np.bool_]:
        """Which symbols can follow each state: bool [states, vocabulary]; as ``next_symbols``.

        Raises:
            LimitExceeded: The array would have more than 2^30 entries.
        """
        if len(ranges) * self.vocabulary > MAX_MASK:
            raise LimitExceeded(
                f"masks of {len(ranges)} states by {self.vocabulary} symbols exceed {MAX_MASK}",
                hint="ask for fewer states at once, or for next_symbols",
            )
        mask = np.asarray(self._native.masks(_bounds(ranges), self._threads))
        return mask.view(np.bool_).reshape(len(ranges), self.vocabulary)

    def rows(
        self,
        ranges: Ranges,
        *,
        limit: int | None = None,
        after: NDArray[np.bool_] | None = None,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> Rows:
        """The live occurrences of each state.

        Args:
            ranges: States after at least one symbol.
            limit: Most occurrences of each state.
            after: bool [vocabulary + 1]: only those that are followed by one of these symbols, the
                last entry meaning the end of the document.
            allowed: One bitmap of documents per segment (``None`` allows it whole). Every
                occurrence is then located first.

        Raises:
            InvalidInput: A state is of the empty pattern, or an argument does not fit.
        """
        most = sys.maxsize if limit is None else min(whole("limit", limit), sys.maxsize)
        if most < 0:
            raise InvalidInput(f"limit={limit} is negative")
        wanted = None if after is None else self._after(after)
        if allowed is None:
            return Rows(*self._native.rows(_bounds(ranges), most, wanted))
        mask = self.numbering.allowed(allowed)
        values, offsets = self._native.rows(_bounds(ranges), sys.maxsize, wanted)
        documents, _ = self._native.locate(values, self._threads)
        return _filtered(values, offsets, mask[documents], most)

    def locate(self, rows: Rows) -> Places:
        """The documents of occurrences, and where in them they end.

        About ``rate / 2`` steps through the index each.

        Raises:
            InvalidInput: A row is not of this index.
        """
        values = _numbers("rows", rows.values, len(rows.values))
        documents, ends = self._native.locate(values, self._threads)
        return Places(self.numbering.ordinals[documents], np.asarray(ends), rows.offsets)

    def lengths(self, ordinals: ArrayLike) -> NDArray[np.int64]:
        """Symbols of live documents: int64 [documents].

        Raises:
            NotFound: No live document has an ordinal.
        """
        return self.numbering.lengths[self.numbering.documents(ordinals)]

    def extract(self, ordinals: ArrayLike, starts: ArrayLike, ends: ArrayLike) -> SymbolBatch:
        """Stretches of live documents, clipped to them; read out of the index.

        Args:
            ordinals: Their documents.
            starts: Where they begin; negative ones begin at the document's start.
            ends: Just after their last symbols.

        Raises:
            NotFound: No live document has an ordinal.
            InvalidInput: The arguments are not whole numbers, or not equally many.
        """
        documents = self.numbering.documents(ordinals)
        lengths = self.numbering.lengths[documents]
        first = np.clip(_numbers("starts", starts, len(documents)), 0, lengths)
        last = np.clip(_numbers("ends", ends, len(documents)), first, lengths)
        symbols = self._native.extract(documents, first, last, self._threads)
        return SymbolBatch(symbols, ends_of(last - first), self.vocabulary)

    def longest(self, texts: SymbolBatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For every position of every text, the longest match that begins there.

        Symbols that are in no document match nothing. O(sum of the lengths): of a text that a
        document holds in full, the square of its length (``retrieval.ngram.reach`` bounds that).

        Returns:
            int64 [total] each: its length, and how often it occurs (0 for none).
        """
        self._check(texts, empty=True)
        lengths, counts = self._native.longest(texts.native, texts.offsets, self._threads)
        return np.asarray(lengths), np.asarray(counts)

    def search(
        self,
        queries: SymbolBatch,
        k: int,
        *,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> TopK:
        """The ``k`` live documents with the most occurrences of each pattern; O(occurrences).

        Args:
            queries: The patterns.
            k: Most documents for each.
            allowed: One bitmap per segment (``None`` allows it whole).

        Raises:
            InvalidInput: ``k`` is negative, a pattern is empty, or an argument does not fit.
        """
        self._check(queries, empty=False)
        depth, found = checked_depth(k), self.ranges(queries)
        mask = None if allowed is None else self.numbering.allowed(allowed)
        ordinals, scores, offsets = [np.empty(0, np.int64)], [np.empty(0)], [0]
        for place in range(len(queries)):
            documents, counts = self._documents(found.take([place]))
            if mask is not None:
                documents, counts = documents[mask[documents]], counts[mask[documents]]
            ids = self.numbering.ordinals[documents]
            best = np.lexsort((ids, -counts))[:depth]
            ordinals.append(ids[best])
            scores.append(counts[best].astype(np.float64))
            offsets.append(offsets[-1] + len(best))
        return TopK(np.concatenate(scores), np.concatenate(ordinals), np.array(offsets, np.int64))

    def stats(self) -> IndexStats:
        """Counts and sizes, O(segments)."""
        live = sum(live.live_count for live in self.segments)
        total = sum(live.segment.document_count for live in self.segments)
        size = sum(live.segment.bytes for live in self.segments)
        return IndexStats(live, total - live, len(self.segments), size)

    def _documents(self, ranges: Ranges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The documents of one state's occurrences, by number, and how many each has."""
        parts = [self._part(piece) for piece, _ in sliced(ranges)]
        if len(parts) == 1:
            return parts[0]
        totals = np.zeros(len(self.numbering.ordinals), np.int64)
        for documents, counts in parts:
            totals[documents] += counts
        found = np.flatnonzero(totals)
        return found, totals[found]

    def _part(self, ranges: Ranges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        values, _ = self._native.rows(_bounds(ranges), sys.maxsize, None)
        documents, _ = self._native.locate(values, self._threads)
        ordered = np.sort(np.asarray(documents))
        # NumPy's unique hashes, which is slower than sorting here.
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        return ordered[starts], np.diff(starts, append=len(ordered))

    def _check(self, batch: SymbolBatch, *, empty: bool) -> None:
        if batch.level != self.level or batch.vocabulary != self.vocabulary:
            raise InvalidInput(
                f"a batch of {batch.level} below {batch.vocabulary} cannot be looked up among "
                f"{self.level} below {self.vocabulary}"
            )
        if not empty and bool((np.diff(batch.offsets) == 0).any()):
            place = int(np.flatnonzero(np.diff(batch.offsets) == 0)[0])
            raise InvalidInput(f"pattern {place} is empty")

    def _after(self, after: NDArray[np.bool_]) -> NDArray[np.uint8]:
        wanted = np.asarray(after)
        if wanted.dtype != np.bool_ or wanted.shape != (self.vocabulary + 1,):
            raise InvalidInput(f"after is not an array of bool [{self.vocabulary + 1}]")
        return np.ascontiguousarray(wanted).view(np.uint8)


def _bounds(ranges: Ranges) -> NDArray[np.uint32]:
    bounds = ranges.bounds
    if not isinstance(bounds, np.ndarray) or bounds.dtype != np.uint32 or bounds.ndim != 3:
        raise InvalidInput("ranges do not hold an array of uint32 [states, blocks, 2]")
    return np.ascontiguousarray(bounds)


def _count_of(n: int) -> int:
    number = whole("n", n)
    if not 0 <= number <= MAX_STATES:
        raise InvalidInput(f"n={number} is not in 0..{MAX_STATES}")
    return number


def _numbers(name: str, given: ArrayLike, count: int) -> NDArray[np.int64]:
    numbers = np.asarray(given)
    if numbers.shape != (count,) or (numbers.size and numbers.dtype.kind not in "iu"):
        raise InvalidInput(f"{name} are not {count} whole numbers")
    if numbers.dtype == np.uint64:
        numbers = np.minimum(numbers, MAX_INT64)
    return numbers.astype(np.int64)


def _filtered(
    values: NDArray[np.int64], offsets: NDArray[np.int64], kept: NDArray[np.bool_], limit: int
) -> Rows:
    """Only kept values, and of those the first ``limit`` of each state."""
    before = ends_of(kept)
    states = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    rank = before[1:] - before[offsets[states]]
    kept = kept & (rank <= limit)
    return Rows(values[kept], ends_of(kept)[offsets])
