"""Joining segments of vectors: one result, filled in blocks, with no other copy of a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.indexes.dense.batch import MAX_DOCUMENTS
from mnemic.indexes.dense.checks import check_bitmap
from mnemic.indexes.storage import bitmaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap

_BLOCK = 2**20


class Rows(Protocol):
    """What is read of a segment (``DenseSegment``) when it is merged."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        """float32 [rows, dims]."""
        ...

    @property
    def documents(self) -> int:
        """Documents, those without a vector included."""
        ...

    @property
    def dims(self) -> int:
        """Numbers in a vector."""
        ...

    def owner_of(self, rows: slice) -> NDArray[np.int64]:
        """The local documents of some rows."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A segment of a merge, and which of its documents are kept.

    Attributes:
        segment: The segment.
        mask: bool [documents], ``None`` when all are kept.
        documents: Documents that are kept.
        rows: Vectors that are kept.
    """

    segment: Rows
    mask: NDArray[np.bool_] | None
    documents: int
    rows: int

    @classmethod
    def of(cls, segment: Rows, keep: Bitmap | None) -> Self:
        """Count what is kept; O(rows), in blocks.

        Raises:
            InvalidInput: The bitmap does not fit the segment.
        """
        check_bitmap("keep", keep, segment.documents)
        if keep is None:
            return cls(segment, None, segment.documents, len(segment.vectors))
        mask = bitmaps.to_bool(keep, segment.documents)
        rows = sum(int(np.count_nonzero(mask[segment.owner_of(span)])) for span in _spans(segment))
        return cls(segment, mask, int(np.count_nonzero(mask)), rows)

    def copy_to(self, vectors: NDArray[np.float32], owners: NDArray[np.uint32], first: int) -> None:
        """Fill the part's places in the result; its documents are counted from ``first``."""
        numbers = None if self.mask is None else np.cumsum(self.mask) - 1
        filled = 0
        for span in _spans(self.segment):
            names, block = self.segment.owner_of(span), self.segment.vectors[span]
            if self.mask is not None and numbers is not None:
                chosen = self.mask[names]
                names, block = numbers[names[chosen]], block[chosen]
            place = slice(filled, filled + len(names))
            vectors[place], owners[place] = block, names + first
            filled += len(names)


def joined(
    parts: Sequence[tuple[Rows, Bitmap | None]],
) -> tuple[NDArray[np.float32], NDArray[np.uint32], int]:
    """The kept vectors in order, the document of each, and how many documents are kept.

    Memory: the result, a few bytes a document, and one block of 4 MiB. The parts are only read,
    so that mapped ones stay in their files.

    Raises:
        InvalidInput: A bitmap does not fit, or there are too many documents.
    """
    known = [Part.of(segment, keep) for segment, keep in parts]
    documents = sum(part.documents for part in known)
    if documents > MAX_DOCUMENTS:
        raise InvalidInput(f"{documents} documents are more than {MAX_DOCUMENTS}")
    rows = sum(part.rows for part in known)
    vectors, owners = np.empty((rows, parts[0][0].dims), np.float32), np.empty(rows, np.uint32)
    row = first = 0
    for part in known:
        span = slice(row, row + part.rows)
        part.copy_to(vectors[span], owners[span], first)
        row, first = row + part.rows, first + part.documents
    return vectors, owners, documents


def _spans(segment: Rows) -> Iterator[slice]:
    step = max(1, _BLOCK // segment.dims)
    for start in range(0, len(segment.vectors), step):
        yield slice(start, min(start + step, len(segment.vectors)))
