"""One immutable piece of the dense index, in memory or mapped from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.indexes.dense.batch import MAX_DOCUMENTS, checked_rows, normalised
from mnemic.indexes.dense.checks import (
    VERSION,
    check_alike,
    check_form,
    check_version,
    longest,
)
from mnemic.indexes.dense.merging import joined
from mnemic.indexes.storage import open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.dense.batch import DenseBatch, Metric
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry

    Owners = NDArray[np.uint32] | None

KIND = "dense"


@dataclass(frozen=True, slots=True, eq=False)
class DenseSegment:
    """Vectors of local documents ``0..n-1``; made by ``build``, ``merge`` or ``open``.

    Attributes:
        vectors: float32 [rows, dims]; of length 1, or 0, when the metric is cosine.
        metric: How two vectors are compared.
        documents: Documents, those without a vector included.
        owners: uint32 [rows], the document of each row, never descending, so that a document's
            passages stand together in their order; ``None`` when row ``i`` is document ``i``.
        name: The file, for messages.
        longest: An upper bound on the length of a vector.
    """

    vectors: NDArray[np.float32]
    metric: Metric
    documents: int
    owners: Owners = None
    name: str = "a dense segment in memory"
    longest: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_form(
            self.name,
            self.vectors,
            metric=self.metric,
            owners=self.owners,
            documents=self.documents,
        )
        bound = longest(self.name, self.vectors, self.metric)
        object.__setattr__(self, "longest", bound)
        for array in (self.vectors, self.owners):
            if array is not None:
                array.flags.writeable = False

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        return self.documents

    @property
    def dims(self) -> int:
        """Numbers in a vector."""
        return int(self.vectors.shape[1])

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return self.vectors.nbytes + (0 if self.owners is None else self.owners.nbytes)

    @classmethod
    def build(cls, batch: DenseBatch) -> Self:
        """Check and copy a batch, normalised when the metric is cosine; O(rows x dims).

        Raises:
            InvalidInput: A vector holds NaN or infinity or is too long, or owners descend or
                lie outside the documents; the row is named.
        """
        lengths = checked_rows("vectors", batch.vectors, batch.metric)
        owners = _checked_owners(batch)
        cosine = batch.metric == "cosine"
        vectors = normalised(batch.vectors, lengths) if cosine else batch.vectors.copy(order="C")
        documents = batch.document_count
        return cls(vectors, batch.metric, documents, _plain(owners, documents))

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping the documents whose bit is set (``None`` keeps all).

        The result is what ``build`` makes of the kept documents, bit for bit. O(bytes); memory
        for the result, and next to nothing beside it.

        Raises:
            InvalidInput: There is no part, a bitmap does not fit, or metrics meet.
            DimensionMismatch: Vectors of different dimensions meet.
        """
        if not parts:
            raise InvalidInput("merge has no segment to take dims and metric from")
        check_alike([(segment.dims, segment.metric) for segment, _ in parts])
        vectors, owners, documents = joined(parts)
        return cls(vectors, parts[0][0].metric, documents, _plain(owners, documents))

    def owner_of(self, rows: slice | NDArray[np.int64]) -> NDArray[np.int64]:
        """The local documents of some rows."""
        if self.owners is not None:
            return self.owners[rows].astype(np.int64)
        return np.arange(*rows.indices(len(self.vectors))) if isinstance(rows, slice) else rows

    def rows_of(self, document: int) -> slice:
        """The rows of a local document's passages; O(log rows)."""
        if self.owners is None:
            return slice(document, document + 1)
        # A key of the owners' own dtype, or NumPy would convert all owners first.
        number = np.uint32(document)
        first = np.searchsorted(self.owners, number)
        return slice(int(first), int(np.searchsorted(self.owners, number, side="right")))

    def place_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each row's passage within its document."""
        if self.owners is None:
            return np.zeros(len(rows), np.int64)
        return rows - np.searchsorted(self.owners, self.owners[rows], side="left")

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file of kind ``dense``, durable when it returns."""
        settings = {
            "version": VERSION,
            "metric": self.metric,
            "dims": self.dims,
            "documents": self.documents,
        }
        arrays: dict[str, NDArray[Any]] = {"vectors": self.vectors}
        if self.owners is not None:
            arrays["owners"] = self.owners
        return write_arrays(directory, name, kind=KIND, arrays=arrays, settings=settings)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry, *, verify: bool = True) -> Self:
        """Map a saved segment; its arrays are views into the file.

        Owners and the lengths of the vectors are checked in any case, in one pass, so that no
        content can lead a search astray.

        Args:
            directory: Where it was saved.
            entry: What ``save`` returned.
            verify: Hash every section.

        Raises:
            IndexCorrupt: The bytes are not those that were written, or are not vectors.
            FormatTooNew: A newer version wrote them.
        """
        opened = open_arrays(directory, entry, kind=KIND, verify=verify)
        settings, arrays = opened.settings, opened.arrays
        check_version(settings.get("version"), entry.name)
        if not {"vectors"} <= arrays.keys() <= {"vectors", "owners"}:
            raise IndexCorrupt(f"{entry.name}: holds arrays {sorted(arrays)}, not those of vectors")
        segment = cls(
            arrays["vectors"],
            settings.get("metric"),  # type: ignore[arg-type]
            settings.get("documents"),  # type: ignore[arg-type]
            arrays.get("owners"),
            entry.name,
        )
        if settings.get("dims") != segment.dims:
            raise IndexCorrupt(f"{entry.name}: its settings and its vectors differ in dims")
        return segment


def _checked_owners(batch: DenseBatch) -> NDArray[np.int64]:
    documents = batch.document_count
    if batch.owners is None:
        return np.arange(documents)
    owners = batch.owners.astype(np.int64)
    falls = np.flatnonzero(owners[1:] < owners[:-1])
    if len(falls):
        raise InvalidInput(f"owners[{falls[0] + 1}] is less than the owner before it")
    outside = np.flatnonzero((owners < 0) | (owners >= min(documents, MAX_DOCUMENTS)))
    if len(outside):
        row = outside[0]
        raise InvalidInput(f"owners[{row}]={owners[row]} is not one of {documents} documents")
    return owners


def _plain(owners: NDArray[np.int64] | NDArray[np.uint32], documents: int) -> Owners:
    """``None`` where each document has one vector, so that equal content has equal arrays."""
    # They never descend, so as many different ones as there are documents are all of them.
    if len(owners) == documents and not np.any(owners[1:] == owners[:-1]):
        return None
    return owners.astype(np.uint32, copy=False)
