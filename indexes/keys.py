"""Which documents a segment holds: internal ordinals and the users' ids, side by side.

Searches work on local document numbers and ordinals; only the hits that are returned are turned
into ids, straight from the mapped file, so that a batch of runs never asks the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.storage import open_arrays, write_arrays
from mnemic.indexes.storage.bitmaps import to_bool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry

KIND = "keys"


@dataclass(frozen=True, slots=True)
class KeyBatch:
    """Ordinals (int64 [n], ascending) and ids of the same documents."""

    ordinals: NDArray[np.int64]
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeySegment:
    """The keys of one segment's documents, in memory or mapped.

    Attributes:
        ordinals: int64 [n], strictly ascending.
        offsets: int64 [n + 1] into ``blob``.
        blob: uint8, the ids as UTF-8, one after the other.
    """

    ordinals: NDArray[np.int64]
    offsets: NDArray[np.int64]
    blob: NDArray[np.uint8]

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        return len(self.ordinals)

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return self.ordinals.nbytes + self.offsets.nbytes + self.blob.nbytes

    @classmethod
    def build(cls, batch: KeyBatch) -> Self:
        """Make a segment in memory.

        Raises:
            InvalidInput: The ordinals do not ascend, or there is not one id for each.
        """
        if len(batch.ordinals) != len(batch.ids) or np.any(np.diff(batch.ordinals) <= 0):
            raise InvalidInput("ordinals must ascend and have one id each")
        encoded = [name.encode() for name in batch.ids]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(name) for name in encoded], out=offsets[1:])
        blob = np.frombuffer(b"".join(encoded), np.uint8)
        return cls(np.asarray(batch.ordinals, np.int64), offsets, blob)

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping the documents whose bit is set; O(bytes)."""
        kept = [part._keep(bitmap) for part, bitmap in parts]
        lengths = [np.diff(part.offsets) for part in kept]
        offsets = np.zeros(sum(map(len, lengths)) + 1, np.int64)
        np.cumsum(np.concatenate([*lengths, np.empty(0, np.int64)]), out=offsets[1:])
        ordinals = np.concatenate([*(part.ordinals for part in kept), np.empty(0, np.int64)])
        blob = np.concatenate([*(part.blob for part in kept), np.empty(0, np.uint8)])
        return cls(ordinals, offsets, blob)

    def _keep(self, bitmap: Bitmap | None) -> Self:
        if bitmap is None:
            return self
        rows = np.flatnonzero(to_bool(bitmap, self.document_count))
        lengths = np.diff(self.offsets)[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        source = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return type(self)(self.ordinals[rows], offsets, self.blob[source])

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file, durable when it returns."""
        arrays: dict[str, NDArray[Any]] = {
            "ordinals": self.ordinals,
            "offsets": self.offsets,
            "blob": self.blob,
        }
        return write_arrays(directory, name, kind=KIND, arrays=arrays)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry) -> Self:
        """Map a saved segment.

        Raises:
            IndexCorrupt: The file is damaged, or its arrays do not fit together.
        """
        arrays = open_arrays(directory, entry, kind=KIND).arrays
        try:
            segment = cls(arrays["ordinals"], arrays["offsets"], arrays["blob"])
        except KeyError as error:
            raise IndexCorrupt(f"{entry.name} lacks the array {error}") from error
        segment._check(entry.name)
        return segment

    def _check(self, name: str) -> None:
        types = (self.ordinals.dtype, self.offsets.dtype, self.blob.dtype)
        fits = (
            types == (np.dtype(np.int64), np.dtype(np.int64), np.dtype(np.uint8))
            and len(self.offsets) == len(self.ordinals) + 1
            and self.offsets[0] == 0
            and self.offsets[-1] == len(self.blob)
            and bool(np.all(np.diff(self.offsets) >= 0))
            and bool(np.all(np.diff(self.ordinals) > 0))
        )
        if not fits:
            raise IndexCorrupt(f"{name} holds keys that do not fit together")

    def ids(self, rows: NDArray[np.int64]) -> list[str]:
        """The users' ids of local documents."""
        view = self.blob.data
        starts, ends = self.offsets[rows].tolist(), self.offsets[rows + 1].tolist()
        return [str(view[a:b], "utf-8") for a, b in zip(starts, ends, strict=True)]

    def rows(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Local numbers of those ordinals that are here; the others are left out."""
        places = np.searchsorted(self.ordinals, ordinals)
        inside = places < len(self.ordinals)
        places, wanted = places[inside], ordinals[inside]
        return np.asarray(places[self.ordinals[places] == wanted], np.int64)
