"""Several pieces become the files of one segment, part by part, in bounded memory.

Keys, postings and columns are joined and written one after the other, so that only one of them is
in memory. N-grams, which are larger than all else, are joined in groups; a group that was indexed
anew is put into a file of its own and mapped until the whole is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnemic.indexes.columns import ColumnSegment
from mnemic.indexes.keys import KeySegment
from mnemic.indexes.ngram import MERGED_SYMBOLS, NgramSegment
from mnemic.indexes.sparse import SparseSegment
from mnemic.indexes.storage import segment_file_name
from mnemic.indexes.storage.bitmaps import from_bool, to_bool
from mnemic.retrieval.collections.ngrams import KIND as NGRAM
from mnemic.retrieval.collections.pieces import entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry, SegmentEntry
    from mnemic.retrieval.collections.pieces import Piece

PART = "part"
BYTES_A_SYMBOL = 8
"""What indexing anew takes in memory, the texts included."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A block of n-grams, which of its documents are kept, and its symbols."""

    segment: NgramSegment
    keep: Bitmap | None
    symbols: int


def join(
    sources: Sequence[Piece],
    name: str,
    directory: Directory,
    *,
    symbols: int = MERGED_SYMBOLS,
    advance: Callable[[int], None] = lambda _: None,
) -> SegmentEntry | None:
    """Write what lives in pieces as one segment; ``None``, and no file, where nothing does.

    Args:
        sources: In the order of their ordinals.
        name: The id of the new segment.
        directory: Where to.
        symbols: Most bytes of text that are indexed at once; memory is about eight times that.
        advance: Told how many bytes of n-grams were joined since it was last called; what it
            raises ends the work.

    Raises:
        IndexCorrupt: A file of a source is damaged.
        LimitExceeded: The disk is full.
    """
    if not any(piece.live_count for piece in sources):
        return None
    keys = KeySegment.merge([(piece.keys, piece.live) for piece in sources])
    files = [keys.save(directory, segment_file_name(name, "keys"))]
    ordinals = keys.ordinals
    del keys
    sparse = SparseSegment.merge([(piece.sparse, piece.live) for piece in sources])
    files.append(sparse.save(directory, segment_file_name(name, "sparse")))
    del sparse
    columns = ColumnSegment.merge([(piece.columns, piece.live) for piece in sources])
    files.append(columns.save(directory, segment_file_name(name, "columns")))
    del columns
    files.append(_join_ngrams(sources, name, directory, symbols=symbols, advance=advance))
    return entry_of(name, ordinals, tuple(files))


def _join_ngrams(
    sources: Sequence[Piece],
    name: str,
    directory: Directory,
    *,
    symbols: int,
    advance: Callable[[int], None],
) -> FileEntry:
    kept: list[NgramSegment] = []
    spilled: list[str] = []
    groups = _groups([part for piece in sources for part in _parts(piece)], symbols)
    for group in groups:
        parts = [(part.segment, part.keep) for part in group]
        joined = NgramSegment.merge(parts, block_symbols=symbols)
        if len(groups) > 1 and not _taken_over(joined, group):
            spilled.append(segment_file_name(name, PART, generation=len(spilled)))
            file = joined.save(directory, spilled[-1])
            joined = NgramSegment.open(directory, file, verify=False)
        kept.append(joined)
        advance(sum(part.symbols for part in group))
    whole = NgramSegment.merge([(each, None) for each in kept], block_symbols=symbols)
    file = whole.save(directory, segment_file_name(name, NGRAM))
    for each in spilled:
        directory.delete(each)
    return file


def _parts(piece: Piece) -> Iterator[_Part]:
    """The blocks of a piece in which something lives, each as a segment of its own."""
    segment = piece.ngrams.segment
    first = 0
    for block in segment.blocks:
        last = first + block.documents
        alone = NgramSegment((block,), segment.level, segment.vocabulary)
        if piece.live is None:
            yield _Part(alone, None, block.symbols)
        else:
            mask = to_bool(piece.live, piece.document_count)[first:last]
            if mask.any():
                yield _Part(alone, None if mask.all() else from_bool(mask), block.symbols)
        first = last


def _groups(parts: Sequence[_Part], symbols: int) -> list[list[_Part]]:
    """Neighbours that are indexed together: as many as fit, at least one."""
    groups: list[list[_Part]] = []
    size = 0
    for part in parts:
        if groups and size + part.symbols <= symbols:
            groups[-1].append(part)
            size += part.symbols
        else:
            groups.append([part])
            size = part.symbols
    return groups


def _taken_over(joined: NgramSegment, group: Sequence[_Part]) -> bool:
    """Whether nothing was indexed anew, so that all of it is in files already."""
    there = {id(block) for part in group for block in part.segment.blocks}
    return all(id(block) in there for block in joined.blocks)
