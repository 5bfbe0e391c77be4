"""The values of one field, or the elements of its arrays, as typed postings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Docs: TypeAlias = NDArray[np.uint32]
Offsets: TypeAlias = NDArray[np.int64]


class Group(IntEnum):
    """Postings that need no value beside the document."""

    PRESENT = 0
    NULL = 1
    TRUE = 2
    FALSE = 3
    # Documents whose string or number is left out of the sorted columns.
    LONG_TEXT = 4
    ODD_NUMBER = 5


NO_DOCS: Docs = np.empty(0, np.uint32)


class Numbers(NamedTuple):
    """Ascending values (int64 or float64 [v]) and, beside each, its document (uint32 [v])."""

    values: NDArray[np.int64] | NDArray[np.float64]
    docs: Docs


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Distinct strings in code point order with the documents that hold each.

    Attributes:
        data: uint8, UTF-8 of the strings one after another (and of other columns around them).
        bounds: int64 [s + 1]; string ``i`` is ``data[bounds[i]:bounds[i + 1]]``.
        postings: int64 [s + 1]; its documents are ``docs[postings[i]:postings[i + 1]]``.
        docs: uint32, documents of every string, in the strings' order.
    """

    data: NDArray[np.uint8]
    bounds: Offsets
    postings: Offsets
    docs: Docs

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, entry: int) -> bytes:
        return self.data[self.bounds[entry] : self.bounds[entry + 1]].tobytes()

    def words(self) -> list[bytes]:
        """Every string, O(bytes)."""
        blob = self.data[self.bounds[0] : self.bounds[-1]].tobytes()
        cuts = (self.bounds - self.bounds[0]).tolist()
        return [blob[start:end] for start, end in pairwise(cuts)]

    def holders(self, first: int, last: int) -> Docs:
        """The documents that hold one of the strings ``first..last - 1``."""
        return self.docs[self.postings[first] : self.postings[last]]


NO_TEXTS = Texts(np.empty(0, np.uint8), np.zeros(1, np.int64), np.zeros(1, np.int64), NO_DOCS)
NO_INTEGERS = Numbers(np.empty(0, np.int64), NO_DOCS)
NO_FLOATS = Numbers(np.empty(0, np.float64), NO_DOCS)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What is known of one field's scalars; every document is in the postings of its own type.

    Attributes:
        groups: One postings array for each ``Group``.
        integers: int64 values, ascending.
        floats: float64 values, ascending, finite.
        texts: The strings' dictionary.
    """

    groups: tuple[Docs, ...] = (NO_DOCS,) * len(Group)
    integers: Numbers = NO_INTEGERS
    floats: Numbers = NO_FLOATS
    texts: Texts = NO_TEXTS

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Every array, for counting bytes."""
        yield from self.groups
        yield from self.integers
        yield from self.floats
        yield self.texts.data[self.texts.bounds[0] : self.texts.bounds[-1]]
        yield from (self.texts.bounds, self.texts.postings)
        yield self.texts.docs[self.texts.postings[0] : self.texts.postings[-1]]


class Field(NamedTuple):
    """Both sides of one path: values that are scalars, and scalars inside arrays."""

    values: Column
    elements: Column


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Everything indexed over local documents ``0..documents - 1``.

    Attributes:
        documents: Documents, those without metadata included.
        fields: Path (parts joined by dots) -> field, in order of the path's bytes.
        complete: False when some path was left out because of the cap.
    """

    documents: int
    fields: dict[str, Field]
    complete: bool
