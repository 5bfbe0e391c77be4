"""Where n-grams of questions stand in the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.lengthening import concatenated
from mnemic.retrieval.ngram.states import WORD_ENDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.ngram.own_ngrams import OwnNgrams
    from mnemic.retrieval.ngram.words import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Where n-grams stand: one row for each occurrence, by n-gram.

    Attributes:
        offsets: int64 [n-grams + 1].
        ordinals: int64 [occurrences], documents.
        starts: int64 [occurrences], in bytes of the document.
        ends: int64 [occurrences].
    """

    offsets: Numbers
    ordinals: Numbers
    starts: Numbers
    ends: Numbers

    def of(self, gram: int) -> slice:
        """The rows of one n-gram."""
        return slice(int(self.offsets[gram]), int(self.offsets[gram + 1]))


def locate(
    index: NgramIndex,
    own: OwnNgrams,
    grams: Iterable[int],
    *,
    limit: int,
    allowed: Sequence[Bitmap | None] | None,
) -> Located:
    """Where some n-grams stand, at most so many occurrences of each of their forms.

    Args:
        index: The byte-level index.
        own: The n-grams.
        grams: Which of them.
        limit: Occurrences of one form.
        allowed: What a filter lets through, one bitmap a segment.
    """
    chosen = np.zeros(len(own.counts), np.bool_)
    chosen[list(grams)] = True
    paired = np.zeros(len(own.counts), np.bool_)
    paired[[place for gram, place in own.grams.items() if own.units[gram[-1]].paired]] = True
    columns: list[list[Numbers]] = [[], [], [], []]
    for kind, after in ((~paired, WORD_ENDS), (paired, None)):
        states = own.states.take((chosen & kind)[own.states.owners])
        if not len(states):
            continue
        rows = index.rows(states.ranges, limit=limit, after=after, allowed=allowed)
        places = index.locate(rows)
        sizes = np.diff(places.offsets)
        for column, values in zip(
            columns,
            (
                np.repeat(states.owners, sizes),
                places.ordinals,
                places.ends - np.repeat(states.lengths, sizes),
                places.ends,
            ),
            strict=True,
        ):
            column.append(values)
    owners, ordinals, starts, ends = (concatenated(column) for column in columns)
    order = np.argsort(owners, kind="stable")
    sizes = np.bincount(owners, minlength=len(own.counts))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Located(offsets, ordinals[order], starts[order], ends[order])
