"""Where words stand in many texts at once: arrays of code points in, arrays of places out.

A word is a run of letters, digits, ``_`` and their marks; scripts that are written without spaces
give overlapping pairs of characters, as the analyzer's terms do.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnemic.retrieval.analysis import characters

if TYPE_CHECKING:
    from collections.abc import Sequence

Codes: TypeAlias = NDArray[np.uint32]
Numbers: TypeAlias = NDArray[np.int64]

OTHER, SPACED, UNSPACED, MARK = range(4)
JOINTS = " \n\t-,./:'"
"""What may stand, alone, between two words that follow each other."""

_BLOCK = 256
_MOST = 0x110000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_JOINT_CODES = np.array(sorted(map(ord, JOINTS)), np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of a text.

    Attributes:
        starts: int64 [words], ascending.
        ends: int64 [words], one past the last character.
        follows: bool [words], whether it comes right after the word before it.
        paired: bool [words], whether it is a pair of characters of an unspaced script; then it
            shares one with a pair that it follows.
        keys: uint64 [words], equal for words that differ in case alone (and else, as a rule, not).
    """

    starts: Numbers
    ends: Numbers
    follows: NDArray[np.bool_]
    paired: NDArray[np.bool_]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.starts)


def codes_of(text: str) -> Codes:
    """The code points of a text; lone surrogates stay what they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def words_of(codes: Codes, *, cjk: bool) -> Words:
    """The words of a text. Cost: about 20 ns a character.

    Args:
        codes: uint32 [characters].
        cjk: Whether Chinese, Japanese and Korean are read as pairs.
    """
    kinds, folded = _characters(cjk).of(codes)
    starts, ends, paired = _places(kinds)
    keys = _keys(folded, starts, ends)
    return Words(starts, ends, _follows(codes, starts, ends, paired), paired, keys)


def keys_of(texts: Sequence[str]) -> NDArray[np.uint64]:
    """The keys that ``words_of`` gives these words: uint64 [words]."""
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    _, folded = _characters(True).of(codes_of("".join(texts)))
    return _keys(folded, starts, ends)


def _places(kinds: NDArray[np.uint8]) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    if kinds.max(initial=OTHER) <= SPACED:
        starts, ends = _runs(kinds == SPACED)
        return starts, ends, np.zeros(len(starts), np.bool_)
    pairs, spaced = _pairs(kinds), _runs(_marked(kinds) == SPACED)
    starts = np.concatenate([spaced[0], pairs[0]])
    ends = np.concatenate([spaced[1], pairs[1]])
    paired = np.repeat([False, True], [len(spaced[0]), len(pairs[0])])
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order], paired[order]


def _runs(inside: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).view(np.int8)))
    return edges[::2], edges[1::2]


def _marked(kinds: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Kinds where a mark is of the kind that it stands on."""
    marks, found = np.flatnonzero(kinds == MARK), kinds.copy()
    while marks.size:
        before = np.where(marks > 0, found[marks - 1], OTHER)
        known = before != MARK
        found[marks[known]] = before[known]
        marks = marks[~known]
    return found


def _pairs(kinds: NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
    """Each character of an unspaced run with the next; a lone one alone."""
    heads = np.flatnonzero(kinds == UNSPACED)
    ends, padded = heads + 1, np.append(kinds, OTHER).astype(np.uint8)
    while (marked := padded[ends] == MARK).any():
        ends += marked
    goes_on = padded[ends] == UNSPACED
    alone = ~goes_on & ~np.concatenate([[False], goes_on])[:-1]
    last = np.where(goes_on, np.append(ends, 0)[1:], ends)
    kept = goes_on | alone
    return heads[kept], last[kept]


def _follows(
    codes: Codes, starts: Numbers, ends: Numbers, paired: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    follows = np.zeros(len(starts), np.bool_)
    if len(starts) > 1:
        gap = starts[1:] - ends[:-1]
        joint = np.isin(codes[np.minimum(ends[:-1], len(codes) - 1)], _JOINT_CODES)
        spaced = ~paired[1:] & ~paired[:-1] & (gap == 1) & joint
        follows[1:] = spaced | (paired[1:] & paired[:-1] & (gap < 0))
    return follows


def _keys(folded: Codes, starts: Numbers, ends: Numbers) -> NDArray[np.uint64]:
    """A polynomial of each word's characters modulo 2^64, from one running sum over the text."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    size = len(folded) + 1
    # + 1, so that leading NULs count too.
    terms = (folded.astype(np.uint64) + np.uint64(1)) * _powers(_MULTIPLIER, size)[: len(folded)]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    keys: NDArray[np.uint64] = (sums[ends] - sums[starts]) * _powers(_INVERSE, size)[starts]
    return keys


_known_powers: dict[int, NDArray[np.uint64]] = {}


def _powers(base: np.uint64, count: int) -> NDArray[np.uint64]:
    known = _known_powers.get(int(base))
    if known is None or len(known) < count:
        room = 1 << max(16, count.bit_length())
        known = np.full(room, base, np.uint64)
        known[0] = 1
        known = _known_powers[int(base)] = np.cumprod(known, dtype=np.uint64)
    return known


class _Characters:
    """The kind and the folded form of every code point; blocks of 256 are filled when first met."""

    def __init__(self, *, cjk: bool) -> None:
        self._unspaced = characters.unspaced(cjk=cjk)
        self._kinds = np.zeros(_MOST, np.uint8)
        self._folded = np.arange(_MOST, dtype=np.uint32)
        self._filled = np.zeros(_MOST // _BLOCK, np.bool_)
        self._lock = threading.Lock()

    def of(self, codes: Codes) -> tuple[NDArray[np.uint8], Codes]:
        """Kinds and folded forms of code points."""
        met = np.bincount(codes >> 8, minlength=1).astype(np.bool_)
        if (met > self._filled[: len(met)]).any():
            with self._lock:
                for block in np.flatnonzero(met > self._filled[: len(met)]).tolist():
                    self._fill(block)
        return self._kinds[codes], self._folded[codes]

    def _fill(self, block: int) -> None:
        for code in range(block * _BLOCK, (block + 1) * _BLOCK):
            character = chr(code)
            self._kinds[code] = self._kind(character)
            lower = character.lower()
            if len(lower) == 1:
                self._folded[code] = ord(lower)
        self._filled[block] = True

    def _kind(self, character: str) -> int:
        if unicodedata.category(character)[0] == "M" or _INVISIBLE.match(character):
            return MARK
        if self._unspaced.match(character):
            return UNSPACED
        return SPACED if character.isalnum() or character == "_" else OTHER


_INVISIBLE = re.compile(f"[{characters.IGNORABLE}]")


@cache
def _characters(cjk: bool) -> _Characters:
    return _Characters(cjk=cjk)
