"""From bytes in an index to characters in a title or text, with what stands around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnemic.errors import InvalidInput
from mnemic.indexes.arguments import whole
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.indexes.ngram.located import Located

Documents: TypeAlias = Callable[[NDArray[np.int64]], Mapping[int, Document]]
"""From ordinals (ascending, each one once) to those of the documents that are still there."""
Field: TypeAlias = Literal["title", "text"]
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A match in a document: ``getattr(document, field)[start:end] == match``.

    Attributes:
        id: The document's id.
        ordinal: Its number in the order in which documents were added.
        field: ``title`` or ``text``.
        start: First character in the field, counted in code points.
        end: One past the last character.
        before: What stands before the match in its field, cut to the context that was asked for.
        match: The characters that matched.
        after: What stands behind it.
    """

    id: str
    ordinal: int
    field: Field
    start: int
    end: int
    before: str
    match: str
    after: str


def checked_number(name: str, value: int) -> int:
    """A number of places or characters.

    Raises:
        InvalidInput: It is negative, or not a whole number; the message has ``name``.
    """
    if (number := whole(name, value)) < 0:
        raise InvalidInput(f"{name} is {number}; it must be 0 or more")
    return number


def excerpts(places: Located, documents: Documents, *, context: int) -> Iterator[Occurrence | None]:
    """What stands at each of the places, which come ordered by document; one for each place.

    ``None`` where the document has been removed since the search. O(characters of the documents),
    which are read some hundred at a time.
    """
    ordinals = places.documents()
    columns = (places.ordinals, places.starts, places.ends)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    grouped = groupby(rows, key=itemgetter(0))
    for first in range(0, len(ordinals), _AT_ONCE):
        batch = ordinals[first : first + _AT_ONCE]
        found = documents(batch)
        for ordinal, inside in islice(grouped, len(batch)):
            document = found.get(ordinal)
            read = None if document is None else _Reader(ordinal, document)
            for _ordinal, start, end in inside:
                yield None if read is None else read.occurrence(start, end, context)


class _Reader:
    """One document, as its bytes were indexed."""

    def __init__(self, ordinal: int, document: Document) -> None:
        self._ordinal = ordinal
        self._document = document

    def occurrence(self, start: int, end: int, context: int) -> Occurrence:
        """The match of these bytes."""
        field: Field = "title" if start < self._text_begins else "text"
        # Bytes and characters differ only where a character takes several bytes.
        first, last = (int(place) for place in np.searchsorted(self._characters, (start, end)))
        whole_text = self._document.title if field == "title" else self._document.text
        if field == "text" and self._document.title:
            first, last = (place - len(self._document.title) - 1 for place in (first, last))
        return Occurrence(
            id=self._document.id,
            ordinal=self._ordinal,
            field=field,
            start=first,
            end=last,
            before=whole_text[max(0, first - context) : first],
            match=whole_text[first:last],
            after=whole_text[last : last + context],
        )

    @cached_property
    def _text_begins(self) -> int:
        return len(self._document.title.encode()) + 1 if self._document.title else 0

    @cached_property
    def _characters(self) -> NDArray[np.int64]:
        """Where each character begins; the byte between title and text is one of them."""
        title, text = self._document.title.encode(), self._document.text.encode()
        content = title + b"\xff" + text if title else text
        return np.flatnonzero(np.frombuffer(content, np.uint8) & 0xC0 != 0x80)
