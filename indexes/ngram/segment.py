"""One immutable piece of the n-gram index, in memory or mapped from a file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import FormatTooNew, IndexCorrupt, InvalidInput
from mnemic.indexes.arguments import MAX_INT64, checked_threads, whole
from mnemic.indexes.ngram.batch import BYTES, SymbolBatch, ends_of
from mnemic.indexes.ngram.blocks import BLOCK_SYMBOLS, MERGED_SYMBOLS, Block, build_blocks
from mnemic.indexes.storage import open_arrays, write_arrays
from mnemic.indexes.storage.bitmaps import to_bool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.batch import Level
    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory, FileEntry

KIND = "ngram"
VERSION = 1
RATES = {"bytes": 16, "tokens": 8}
"""Symbols between two known places: less space against faster ``locate``."""


@dataclass(frozen=True, slots=True, eq=False)
class NgramSegment:
    """FM-indexes over local documents ``0..n-1``; made by ``build``, ``merge`` or ``open``.

    Attributes:
        blocks: In the order of their documents.
        level: ``bytes`` or ``tokens``.
        vocabulary: Size of the vocabulary; 256 for bytes.
    """

    blocks: tuple[Block, ...]
    level: Level
    vocabulary: int

    @property
    def document_count(self) -> int:
        """Documents in the segment, tombstoned ones included."""
        return sum(block.documents for block in self.blocks)

    @property
    def symbol_count(self) -> int:
        """Bytes or tokens of all its documents."""
        return sum(block.symbols - block.documents for block in self.blocks)

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return sum(block.bytes for block in self.blocks)

    @classmethod
    def build(
        cls,
        batch: SymbolBatch,
        *,
        rate: int | None = None,
        block_symbols: int = BLOCK_SYMBOLS,
        threads: int = 1,
    ) -> Self:
        """Index documents of any bytes or ids; about 10 MB a second and thread, without the GIL.

        Args:
            batch: The documents.
            rate: Symbols between two known places, a power of two from 4 to 1,024; by default 16
                for bytes and 8 for tokens. A larger one takes less space, and ``locate`` longer.
            block_symbols: About how many symbols one FM-index holds; building takes 7 bytes a
                symbol beside the documents.
            threads: Blocks that are built at once; 0 for one per core.

        Raises:
            InvalidInput: The batch or an argument is not of its form.
            LimitExceeded: One document has 2^30 symbols or more.
        """
        chosen = RATES[batch.level] if rate is None else rate
        if chosen not in (4, 8, 16, 32, 64, 128, 256, 512, 1024):
            raise InvalidInput(f"rate={rate!r} is not a power of two from 4 to 1024")
        most, workers = whole("block_symbols", block_symbols), checked_threads(threads)
        if not 0 < most <= MAX_INT64:
            raise InvalidInput(f"block_symbols={most} is not in 1..{MAX_INT64}")
        _check_offsets(batch)
        blocks = build_blocks(batch, rate=chosen, block_symbols=most, threads=workers)
        return cls(blocks, batch.level, batch.vocabulary)

    @classmethod
    def merge(
        cls, parts: Sequence[tuple[Self, Bitmap | None]], *, block_symbols: int = MERGED_SYMBOLS
    ) -> Self:
        """Join segments in order, keeping the documents whose bit is set (``None`` keeps all).

        A large block that loses nothing is taken over as it is, so a byte is indexed anew only
        until its block has half of ``block_symbols``.

        Raises:
            InvalidInput: There is no part, a bitmap does not fit, or vocabularies differ.
        """
        if not parts:
            raise InvalidInput("parts is empty")
        first = parts[0][0]
        if any((p.level, p.vocabulary) != (first.level, first.vocabulary) for p, _ in parts):
            raise InvalidInput("segments of different vocabularies cannot be joined")
        pieces = [piece for segment, keep in parts for piece in _kept(segment, keep)]
        blocks: list[Block] = []
        for stay, group in groupby(pieces, lambda piece: piece.stays(block_symbols)):
            run = list(group)
            blocks += [piece.block for piece in run] if stay else _joined(run, block_symbols)
        return cls(tuple(blocks), first.level, first.vocabulary)

    def save(self, directory: Directory, name: str) -> FileEntry:
        """Write one checksummed file of kind ``ngram``, durable when it returns."""
        arrays = {
            f"{number}.{key}": array
            for number, block in enumerate(self.blocks)
            for key, array in block.arrays.items()
        }
        settings = {
            "version": VERSION,
            "level": self.level,
            "vocabulary": self.vocabulary,
            "rates": [block.rate for block in self.blocks],
        }
        return write_arrays(directory, name, kind=KIND, arrays=arrays, settings=settings)

    @classmethod
    def open(cls, directory: Directory, entry: FileEntry, *, verify: bool = True) -> Self:
        """Map a saved segment; its arrays are views into the file.

        Sizes and small arrays are checked in any case, O(documents), and the native core keeps
        within the arrays whatever they hold.

        Args:
            directory: Where it was saved.
            entry: What ``save`` returned.
            verify: Hash every byte, about 10 GB a second. Without it a gigabyte opens in
                milliseconds, and damage may show as wrong numbers.

        Raises:
            IndexCorrupt: The bytes are not those that were written, or are no n-gram segment.
            FormatTooNew: A newer version wrote them.
        """
        opened = open_arrays(directory, entry, kind=KIND, verify=verify)
        level, vocabulary, rates = _checked(opened.settings, entry.name)
        keys = [_split(key, len(rates), entry.name) for key in opened.arrays]
        found: list[dict[str, NDArray[Any]]] = [{} for _ in rates]
        for (number, key), array in zip(keys, opened.arrays.values(), strict=True):
            found[number][key] = array
        blocks = [
            Block(arrays, level, vocabulary, rate, entry.name)
            for arrays, rate in zip(found, rates, strict=True)
        ]
        return cls(tuple(blocks), level, vocabulary)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A block of a merge, and which of its documents are kept."""

    block: Block
    kept: NDArray[np.int64]

    @property
    def complete(self) -> bool:
        return len(self.kept) == self.block.documents

    def stays(self, block_symbols: int) -> bool:
        return self.complete and self.block.symbols >= block_symbols // 2


def _kept(segment: NgramSegment, keep: Bitmap | None) -> Iterable[_Piece]:
    documents = segment.document_count
    mask = np.ones(documents, np.bool_) if keep is None else to_bool(keep, documents)
    first = 0
    for block in segment.blocks:
        chosen = np.flatnonzero(mask[first : first + block.documents])
        first += block.documents
        if len(chosen):
            yield _Piece(block, chosen)


def _joined(run: list[_Piece], block_symbols: int) -> list[Block]:
    """Small or thinned blocks, built anew as few large ones."""
    if len(run) == 1 and run[0].complete:
        return [run[0].block]
    blocks: list[Block] = []
    waiting: list[_Piece] = []
    size = 0
    for piece in run:
        if waiting and size + piece.block.symbols > block_symbols:
            blocks += _rebuilt(waiting)
            waiting, size = [], 0
        waiting.append(piece)
        size += piece.block.symbols
    return [*blocks, *_rebuilt(waiting)]


def _rebuilt(pieces: list[_Piece]) -> tuple[Block, ...]:
    if len(pieces) == 1 and pieces[0].complete:
        return (pieces[0].block,)
    texts = [piece.block.texts(piece.kept) for piece in pieces]
    symbols = np.concatenate([text.symbols for text in texts])
    lengths = np.concatenate([np.diff(text.offsets) for text in texts])
    rate, most = pieces[0].block.rate, len(symbols) + 1
    batch = SymbolBatch(symbols, ends_of(lengths), pieces[0].block.vocabulary)
    del texts
    return build_blocks(batch, rate=rate, block_symbols=most, threads=1)


def _check_offsets(batch: SymbolBatch) -> None:
    offsets = batch.offsets
    ascending = bool((np.diff(offsets) >= 0).all())
    if offsets[0] != 0 or offsets[-1] != len(batch.symbols) or not ascending:
        raise InvalidInput("offsets do not ascend from 0 to the number of symbols")


def _checked(settings: Mapping[str, Any], name: str) -> tuple[Level, int, list[int]]:
    version = settings.get("version")
    if type(version) is not int or version < 1:
        raise IndexCorrupt(f"{name}: has no version of the n-gram format")
    if version > VERSION:
        raise FormatTooNew(
            f"{name} has n-grams of version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )
    level, vocabulary = settings.get("level"), settings.get("vocabulary")
    rates = settings.get("rates")
    if level not in ("bytes", "tokens") or type(vocabulary) is not int:
        raise IndexCorrupt(f"{name}: has no level or vocabulary")
    if not isinstance(rates, list):
        raise IndexCorrupt(f"{name}: has no rates")
    if not 0 < vocabulary <= 2**24 or (level == "bytes" and vocabulary != BYTES):
        raise IndexCorrupt(f"{name}: has a vocabulary of {vocabulary}")
    if any(type(rate) is not int or not 4 <= rate <= 1024 for rate in rates):
        raise IndexCorrupt(f"{name}: has rates {rates!r:.40}")
    return level, vocabulary, rates


def _split(key: str, blocks: int, name: str) -> tuple[int, str]:
    number, dot, array = key.partition(".")
    plain = number.isascii() and number.isdigit() and len(number) < 10
    if not dot or not plain or int(number) >= blocks:
        raise IndexCorrupt(f"{name}: has an array {key!r:.40} of no block")
    return int(number), array
