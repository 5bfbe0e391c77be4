"""Blocks of a segment: each is one FM-index, large enough to be fast, small enough to be built."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.indexes._native import (
    NARROW_VOCABULARY,
    ByteBlock,
    ByteBlocks,
    NarrowTokenBlock,
    NarrowTokenBlocks,
    WideTokenBlock,
    WideTokenBlocks,
    build_byte_block,
    build_token_block,
)
from mnemic.indexes.ngram.batch import BYTES, SymbolBatch, ends_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram.batch import Level

# Building takes 7 bytes a symbol beside the documents. Fewer, larger blocks are asked faster.
BLOCK_SYMBOLS = 2**29
MERGED_SYMBOLS = 2**27
"""What merges build at most, under a gigabyte of memory; blocks of half of it are taken over."""
NativeBlock = ByteBlock | NarrowTokenBlock | WideTokenBlock
NativeBlocks = ByteBlocks | NarrowTokenBlocks | WideTokenBlocks


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some documents of a segment.

    Attributes:
        arrays: As the native core makes them; kept in files under these names.
        level: ``bytes`` or ``tokens``.
        vocabulary: Size of the vocabulary; 256 for bytes.
        rate: Every rate-th symbol's place is known; others are walked to.
        name: For messages.
        native: The checked view on the arrays.
    """

    arrays: Mapping[str, NDArray[Any]]
    level: Level
    vocabulary: int
    rate: int
    name: str = "an n-gram segment in memory"
    native: NativeBlock = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for array in self.arrays.values():
            array.flags.writeable = False
        kind = _block_kind(self.level, self.vocabulary)
        native = kind(self.name, dict(self.arrays), self.vocabulary, self.rate)
        object.__setattr__(self, "native", native)

    @property
    def documents(self) -> int:
        """Documents in it, deleted ones included."""
        return self.native.documents

    @property
    def symbols(self) -> int:
        """Symbols in it, one for the end of each document included."""
        return self.native.rows

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def lengths(self) -> NDArray[np.uint32]:
        """Symbols of each document: uint32 [documents]."""
        return self.arrays["lengths"]

    def texts(self, documents: NDArray[np.int64]) -> SymbolBatch:
        """The symbols of some documents, read out of the index."""
        lengths = self.lengths[documents].astype(np.int64)
        native = snapshot_of([self], [None])
        symbols = native.extract(documents, np.zeros_like(lengths), lengths, 1)
        return SymbolBatch(symbols, ends_of(lengths), self.vocabulary)


def build_block(batch: SymbolBatch, rate: int) -> Block:
    """Index documents; about 10 MB a second, without the GIL.

    Raises:
        InvalidInput: Offsets are not ascending, or a symbol is outside the vocabulary.
        LimitExceeded: More than 2^30 symbols.
    """
    arrays = (
        build_byte_block(batch.native, batch.offsets, rate)
        if batch.level == "bytes"
        else build_token_block(batch.native, batch.offsets, batch.vocabulary, rate)
    )
    return Block(arrays, batch.level, batch.vocabulary, rate)


def build_blocks(
    batch: SymbolBatch, *, rate: int, block_symbols: int, threads: int
) -> tuple[Block, ...]:
    """Index documents in blocks of about a size, several at once where there are threads."""
    cuts = _cuts(batch.offsets, block_symbols)
    parts = [batch.part(first, last) for first, last in pairwise(cuts)]
    if threads <= 1 or len(parts) <= 1:
        return tuple(build_block(part, rate) for part in parts)
    with ThreadPoolExecutor(threads) as pool:
        return tuple(pool.map(lambda part: build_block(part, rate), parts))


def snapshot_of(blocks: Sequence[Block], dead: Sequence[Any]) -> NativeBlocks:
    """Blocks of one level and vocabulary, to be asked together."""
    first = blocks[0]
    kinds: dict[type[NativeBlock], type[NativeBlocks]] = {
        ByteBlock: ByteBlocks,
        NarrowTokenBlock: NarrowTokenBlocks,
        WideTokenBlock: WideTokenBlocks,
    }
    kind = kinds[_block_kind(first.level, first.vocabulary)]
    return kind([block.native for block in blocks], list(dead), first.vocabulary)


def empty_block(level: Level, vocabulary: int) -> Block:
    """A block without documents."""
    symbols = np.empty(0, np.uint8 if level == "bytes" else np.uint32)
    return build_block(SymbolBatch(symbols, np.zeros(1, np.int64), vocabulary), rate=16)


def _block_kind(level: Level, vocabulary: int) -> type[NativeBlock]:
    if level == "bytes":
        assert vocabulary == BYTES
        return ByteBlock
    return NarrowTokenBlock if vocabulary < NARROW_VOCABULARY else WideTokenBlock


def _cuts(offsets: NDArray[np.int64], most: int) -> list[int]:
    """Document numbers at which blocks begin, and the number of documents."""
    cuts, documents = [0], len(offsets) - 1
    while cuts[-1] < documents:
        wanted = offsets[cuts[-1]] + most
        after = int(np.searchsorted(offsets, wanted, side="right")) - 1
        cuts.append(min(max(after, cuts[-1] + 1), documents))
    return cuts
