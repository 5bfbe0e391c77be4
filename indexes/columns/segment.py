"""The columns of one segment as the ``Segment`` that collections handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mnemic.indexes.columns.building import build_fields
from mnemic.indexes.columns.evaluation import evaluate
from mnemic.indexes.columns.files import packed, unpacked
from mnemic.indexes.columns.merging import merge_fields
from mnemic.indexes.storage import bitmaps, open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.indexes.columns.column import Fields
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry
    from mnemic.types import Filter

KIND = "columns"


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSegment:
    """Metadata of local documents ``0..n-1``, indexed for filters; immutable.

    Indexed are at most ``MAX_PATHS`` fields that a filter can name, with numbers, booleans, null
    and strings up to ``MAX_TEXT`` bytes of UTF-8. Where an answer would need anything else,
    ``evaluate`` raises ``NotIndexed``; it never answers wrongly.
    """

    fields: Fields

    @property
    def document_count(self) -> int:
        """Documents in the segment, those without metadata included."""
        return self.fields.documents

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        columns = (column for field in self.fields.fields.values() for column in field)
        return sum(array.nbytes for column in columns for array in column.arrays())

    @classmethod
    def build(cls, batch: Sequence[Mapping[str, Any]]) -> Self:
        """Index metadata rows, one for each document; O(values log values).

        Raises:
            InvalidInput: A value is not of a JSON type, or a key is not a string.
        """
        return cls(build_fields(batch))

    @classmethod
    def merge(cls, parts: Sequence[tuple[Self, Bitmap | None]]) -> Self:
        """Join segments in order, keeping the documents whose bit is set (``None`` keeps all).

        The result is the one that ``build`` makes from the kept rows, byte for byte, unless a
        part had left fields out; those stay left out.

        Raises:
            InvalidInput: A bitmap does not fit its segment.
        """
        return cls(merge_fields([(segment.fields, keep) for segment, keep in parts]))

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file of kind ``columns``, durable when it returns."""
        arrays, settings = packed(self.fields)
        return write_arrays(directory, name, kind=KIND, arrays=arrays, settings=settings)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry, *, verify: bool = True) -> Self:
        """Map a saved segment; its arrays are views into the file.

        Args:
            directory: Where it was saved.
            entry: What ``save`` returned.
            verify: Hash every section. The structure is checked in either case.

        Raises:
            IndexCorrupt: The bytes are not those that were written, or are not columns.
            FormatTooNew: A newer version wrote them.
        """
        opened = open_arrays(directory, entry, kind=KIND, verify=verify)
        return cls(unpacked(opened.arrays, opened.settings, directory.describe(entry.name)))

    def evaluate(self, filter: Filter) -> Bitmap:
        """The documents that pass: uint8 [ceil(n / 8)], little bit order, bits beyond n clear.

        O(documents / 8 + postings of the filter's fields); substring tests also scan the bytes
        of the field's distinct strings.

        Raises:
            NotIndexed: The answer depends on a field or value that is not indexed here.
            InvalidInput: The filter is nested too deeply to be a checked one.
        """
        return bitmaps.from_bool(evaluate(self.fields, filter))
