"""States of the byte-level index, and where in it words begin and end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from mnemic.indexes.ngram import SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NextSymbols, NgramIndex, Ranges
    from mnemic.retrieval.ngram.words import Numbers


def _word_bytes() -> NDArray[np.bool_]:
    """Bytes that go on with a word: of letters and digits, and of the marks on them."""
    inside = np.zeros(257, np.bool_)
    inside[[*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"]] = True
    # By first bytes alone: from C3 there are letters, E2 has punctuation, E3 on has no spaces.
    inside[0x80:0xC0] = inside[0xC3:0xE2] = True
    return inside


WORD_BYTES = _word_bytes()
WORD_ENDS = ~WORD_BYTES
"""bool [257], which bytes cannot go on with a word; the last one is the end of a document."""
_BEFORE_WORDS = (b"\xc2", b"\xe2\x80", b"\xe3\x80")
"""What a word comes after besides ASCII and the end of a title: characters that begin like this."""


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Places in the index, of which each belongs to something.

    Attributes:
        ranges: [states].
        owners: int64 [states], what each belongs to.
        lengths: int64 [states], bytes that it has matched.
    """

    ranges: Ranges
    owners: Numbers
    lengths: Numbers

    def __len__(self) -> int:
        return len(self.owners)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Some of them."""
        kept = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return replace(
            self,
            ranges=self.ranges.take(kept),
            owners=self.owners[kept],
            lengths=self.lengths[kept],
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after the other; at least one."""
        return cls(
            join([part.ranges for part in parts]),
            np.concatenate([part.owners for part in parts]),
            np.concatenate([part.lengths for part in parts]),
        )


def matching(ranges: Ranges) -> NDArray[np.bool_]:
    """Which states match anything, deleted documents included: bool [states]."""
    bounds = ranges.bounds
    return np.asarray((bounds[..., 0] < bounds[..., 1]).any(axis=1))


def join(parts: Sequence[Ranges]) -> Ranges:
    """States of one index, one after the other; at least one part."""
    return replace(parts[0], bounds=np.concatenate([part.bounds for part in parts]))


def anchors(index: NgramIndex) -> Ranges:
    """Where words begin: the states after everything that is no part of a word."""
    starts = [index.anchored(1, "word")]
    after = index.ranges(SymbolBatch.of_bytes(_BEFORE_WORDS))
    following = index.next_symbols(after)
    parents = np.repeat(np.arange(len(after)), np.diff(following.offsets))
    starts.append(index.extend(after, following.symbols.astype(np.uint8), parents))
    found = join(starts)
    return found.take(np.flatnonzero(matching(found)))


def word_count(index: NgramIndex) -> int:
    """How many words the live documents have; of unspaced scripts, characters."""
    begun = index.next_symbols(index.anchored(1, "word"))
    words = int(begun.counts[WORD_BYTES[begun.symbols]].sum())
    every = index.next_symbols(index.root(1))
    unspaced = (every.symbols >= 0xE3) & (every.symbols <= 0xED)
    return words + int(every.counts[unspaced].sum())


def whole_words(following: NextSymbols) -> Numbers:
    """How often each state is the end of a word: int64 [states]."""
    rows = np.repeat(np.arange(len(following.ends)), np.diff(following.offsets))
    ending = np.where(WORD_ENDS[following.symbols], following.counts, 0)
    found = np.bincount(rows, ending, minlength=len(following.ends)) + following.ends
    return found.astype(np.int64)


def totals(following: NextSymbols) -> Numbers:
    """How often each state occurs: int64 [states]."""
    rows = np.repeat(np.arange(len(following.ends)), np.diff(following.offsets))
    found = np.bincount(rows, following.counts, minlength=len(following.ends)) + following.ends
    return found.astype(np.int64)
