"""What patterns of text must find: a scan of Python strings, character by character."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.storage.bitmaps import from_bool
from mnemic.retrieval.ngram.patterns import is_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.retrieval.ngram.excerpts import Documents, Occurrence
    from mnemic.retrieval.ngram.patterns import Pattern
    from mnemic.types import Document

Place: TypeAlias = tuple[int, int, int, int]
"""Ordinal, 0 for the title or 1 for the text, first character, one past the last."""
FIELDS: tuple[Literal["title"], Literal["text"]] = ("title", "text")
APART = 3
"""Ordinals have gaps, as those of replaced documents leave them."""


def content(document: Document) -> bytes:
    """A document as the byte-level index holds it."""
    title, text = document.title.encode(), document.text.encode()
    return title + b"\xff" + text if title else text


def indexed(
    documents: Sequence[Document], *, dead: Collection[int] = (), cuts: Sequence[int] = ()
) -> NgramIndex:
    """Documents (by their number) in segments that end at the cuts, some of them deleted."""
    bounds = [0, *sorted(cuts), len(documents)]
    return NgramIndex([_segment(documents, dead, a, b) for a, b in pairwise(bounds) if b > a])


def _segment(
    documents: Sequence[Document], dead: Collection[int], begin: int, end: int
) -> LiveNgrams:
    batch = SymbolBatch.of_bytes([content(document) for document in documents[begin:end]])
    live = np.array([number not in dead for number in range(begin, end)])
    ordinals = np.arange(begin, end, dtype=np.int64) * APART
    return LiveNgrams(NgramSegment.build(batch), ordinals, from_bool(live))


def reader(documents: Sequence[Document], *, gone: Collection[int] = ()) -> Documents:
    """What reads documents by ordinal, but for those that are gone (by number)."""

    def read(ordinals: NDArray[np.int64]) -> Mapping[int, Document]:
        assert ordinals.dtype == np.int64
        assert np.all(np.diff(ordinals) > 0)
        numbers = [(ordinal, ordinal // APART) for ordinal in ordinals.tolist()]
        return {ordinal: documents[at] for ordinal, at in numbers if at not in gone}

    return read


def places(
    documents: Sequence[Document], pattern: Pattern, *, dead: Collection[int] = ()
) -> list[Place]:
    """Every match in the documents that are not dead, in order."""
    return [
        (number * APART, field, start, end)
        for number, document in enumerate(documents)
        if number not in dead
        for field, name in enumerate(FIELDS)
        for start, end in _spans(getattr(document, name), pattern)
    ]


def _spans(text: str, pattern: Pattern) -> Iterator[tuple[int, int]]:
    wanted = pattern.text.casefold() if pattern.ignore_case else pattern.text
    for start in range(len(text)):
        # A character folds to three at most.
        for end in range(start + 1, min(len(text), start + len(wanted)) + 1):
            found = text[start:end].casefold() if pattern.ignore_case else text[start:end]
            before, behind = text[start - 1 : start], text[end : end + 1]
            if (
                found == wanted
                and _bounds(pattern.begins, before)
                and _bounds(pattern.ends, behind)
            ):
                yield start, end


def _bounds(edge: str, neighbour: str) -> bool:
    return not neighbour or edge == "anywhere" or (edge == "word" and not is_word(neighbour))


def place_of(occurrence: Occurrence) -> Place:
    field = FIELDS.index(occurrence.field)
    return occurrence.ordinal, field, occurrence.start, occurrence.end


def are_together(meeting: Sequence[Place], window: int | None) -> bool:
    """Whether places are in one document, or within a window of one field."""
    if window is None:
        return len({place[0] for place in meeting}) == 1
    fields = {place[:2] for place in meeting}
    stretch = max(place[3] for place in meeting) - min(place[2] for place in meeting)
    return len(fields) == 1 and stretch <= window


def meeting_places(
    clauses: Sequence[Sequence[Place]], driver: int, window: int | None
) -> list[Place]:
    """The places of the driving clause that stand together with one of every other clause."""
    others = [clause for number, clause in enumerate(clauses) if number != driver]
    return [
        place
        for place in clauses[driver]
        if any(are_together([place, *rest], window) for rest in product(*others))
    ]
