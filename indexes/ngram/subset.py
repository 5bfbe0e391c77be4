"""Some documents of an index on their own: less work than all matches of a frequent pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram.index import NgramIndex
from mnemic.indexes.ngram.live import LiveNgrams
from mnemic.indexes.ngram.located import Located, bitmaps, locate
from mnemic.indexes.ngram.matching import match
from mnemic.indexes.ngram.segment import NgramSegment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.matching import BytePattern, Matches

BYTES_A_MATCH = 4
"""Bytes of text that can be indexed in the time in which one match is located, about."""


def live_ordinals(index: NgramIndex) -> NDArray[np.int64]:
    """The documents of a snapshot, ascending: int64 [live]."""
    parts = [part.ordinals[part.live_mask] for part in index.segments]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *parts]))


def subset(index: NgramIndex, ordinals: NDArray[np.int64]) -> tuple[NgramIndex, int]:
    """A new index of some live documents, and the size of their text in bytes.

    O(bytes), some 100 ns each; memory: a few times the text.

    Args:
        index: The snapshot that has them.
        ordinals: int64 [n], ascending, each one once.
    """
    ends = np.full(len(ordinals), np.iinfo(np.int64).max)
    texts = index.extract(ordinals, np.zeros(len(ordinals), np.int64), ends)
    return NgramIndex([LiveNgrams(NgramSegment.build(texts), ordinals)]), len(texts.symbols)


def locate_in(
    index: NgramIndex,
    patterns: Sequence[BytePattern],
    states: Sequence[Matches],
    documents: NDArray[np.int64],
    *,
    most: int,
) -> Located:
    """Every place of patterns in some documents, found in the way that looks like less work.

    Either all matches are located, and those elsewhere dropped, or the documents are indexed on
    their own. Both give the same places.

    Args:
        index: The snapshot.
        patterns: What to find.
        states: What ``match`` says of these patterns.
        documents: int64 [n], ascending, each one once, all of them live.
        most: Most places that are kept.

    Raises:
        LimitExceeded: There are more than ``most``.
    """
    total = sum(int(found.totals(index).sum()) for found in states)
    if int(index.lengths(documents).sum()) < BYTES_A_MATCH * total:
        small, _ = subset(index, documents)
        return locate(small, match(small, patterns), most=most)
    return locate(index, states, most=most, allowed=bitmaps(index, documents))
