"""Documents read back from the index, and the n-grams that stand in them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.aggregation import Occurrences
from mnemic.retrieval.ngram.words import codes_of, keys_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.ngram.aggregation import Numbers
    from mnemic.retrieval.ngram.own_ngrams import Gram
    from mnemic.retrieval.ngram.words import Words

MOST_BYTES = 1 << 16
"""Bytes of a document that are read; of a longer one, those about its first known n-gram."""

FIELDS = "\udcff"
"""How the byte between title and text reads."""
_DOCUMENTS = "\udcfe"
_INNER = bytes(range(0x80, 0xC0))


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Some documents as one text.

    Attributes:
        ordinals: int64 [documents].
        text: Their titles and texts, one after the other.
        bases: int64 [documents + 1], where each begins in ``text``.
        skipped: int64 [documents], bytes of each that stand before what was read.
        words: The words of ``text``.
        owners: int64 [words], the document of each word.
    """

    ordinals: Numbers
    text: str
    bases: Numbers
    skipped: Numbers
    words: Words
    owners: Numbers

    @property
    def lengths(self) -> Numbers:
        """Words of each document: int64 [documents]."""
        return np.bincount(self.owners, minlength=len(self.ordinals)).astype(np.int64)

    def units(self, keys: NDArray[np.uint64], units: Numbers) -> Numbers:
        """The unit of each word, -1 for none: int64 [words].

        Args:
            keys: uint64 [forms], ascending.
            units: int64 [forms], what each key stands for.
        """
        if not len(keys):
            return np.full(len(self.words), -1, np.int64)
        places = np.minimum(np.searchsorted(keys, self.words.keys), len(keys) - 1)
        return np.where(keys[places] == self.words.keys, units[places], -1)

    def find(self, grams: Sequence[Gram], units: Numbers) -> Occurrences:
        """Where n-grams of units stand, by their places in ``grams``."""
        ends: dict[Gram, Numbers] = {}
        return Occurrences.joined(
            self._rows(place, len(gram), _last(gram, units, self.words.follows, ends))
            for place, gram in enumerate(grams)
        )

    def find_texts(self, texts: Sequence[str], first: int) -> Occurrences:
        """Where texts stand as whole words, by their places after ``first``."""
        return Occurrences.joined(
            (first + place, *self._within(np.array(list(_places(self.text, text)), np.int64), text))
            for place, text in enumerate(texts)
        )

    def _rows(self, key: int, size: int, last: Numbers) -> tuple[int, Numbers, Numbers, Numbers]:
        owners = self.owners[last]
        base = self.bases[owners]
        starts = self.words.starts[last - size + 1]
        return key, owners, starts - base, self.words.ends[last] - base

    def _within(self, starts: Numbers, text: str) -> tuple[Numbers, Numbers, Numbers]:
        owners = np.searchsorted(self.bases, starts, side="right") - 1
        inside = starts - self.bases[owners]
        return owners, inside, inside + len(text)


def read_back(index: NgramIndex, ordinals: Numbers, known: Numbers, *, cjk: bool) -> Reading:
    """Documents from the index.

    Args:
        index: The byte-level index.
        ordinals: int64 [documents], live ones.
        known: int64 [documents], a byte of each that must be among those that are read.
        cjk: Whether Chinese, Japanese and Korean are read as pairs.
    """
    skipped = np.where(known < MOST_BYTES // 2, 0, known - MOST_BYTES // 2)
    batch = index.extract(ordinals, skipped, skipped + MOST_BYTES)
    whole, ends = batch.symbols.tobytes(), batch.offsets.tolist()
    parts = [whole[start:end] for start, end in pairwise(ends)]
    # A part may begin inside a character, which then stands before it.
    torn = [len(part) - len(part.lstrip(_INNER)) for part in parts]
    texts = [
        part[begin:].decode("utf-8", "surrogateescape")
        for part, begin in zip(parts, torn, strict=True)
    ]
    skipped = skipped + np.array(torn, np.int64)
    sizes = np.array([len(text) + 1 for text in texts], np.int64)
    bases = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    text = _DOCUMENTS.join([*texts, ""])
    words = words_of(codes_of(text), cjk=cjk)
    owners = np.searchsorted(bases, words.starts, side="right") - 1
    return Reading(ordinals, text, bases, skipped, words, owners.astype(np.int64))


def keyed(forms: Iterable[tuple[str, int]]) -> tuple[NDArray[np.uint64], Numbers]:
    """The keys of words in ascending order, and what each stands for."""
    pairs = list(forms)
    keys = keys_of([text for text, _ in pairs])
    units = np.array([unit for _, unit in pairs], np.int64)
    keys, first = np.unique(keys, return_index=True)
    return keys, units[first]


def _last(
    gram: Gram, units: Numbers, follows: NDArray[np.bool_], known: dict[Gram, Numbers]
) -> Numbers:
    """The words that end an n-gram."""
    found = known.get(gram)
    if found is None:
        if len(gram) == 1:
            found = np.flatnonzero(units == gram[0])
        else:
            found = _last(gram[:-1], units, follows, known) + 1
            found = found[found < len(units)]
            found = found[(units[found] == gram[-1]) & follows[found]]
        known[gram] = found
    return found


def _places(text: str, wanted: str) -> Iterator[int]:
    """Where a text stands and no letter goes on with it."""
    place = text.find(wanted)
    while place >= 0:
        after = text[place + len(wanted) : place + len(wanted) + 1]
        before = text[place - 1 : place] if place else ""
        if not (_joins(wanted[-1], after) or _joins(before, wanted[0])):
            yield place
        place = text.find(wanted, place + 1)


def _joins(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()
