"""Postings of version 2 read by plain Python, from what the format says and nothing of the core."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

BLOCK = 128
GROUP = 16
MOST_POINTS = 8
Frontier: TypeAlias = list[tuple[int, int]]


class Reader:
    """Reads bytes forward; ``at`` says where it is."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        assert self.at + count <= len(self.data), "the bytes end early"
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        """Seven bits a byte, low ones first, the highest bit set on all but the last."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def left(self) -> bytes:
        return self.take(len(self.data) - self.at)


@dataclass(frozen=True)
class Skip:
    """What a block's six bytes say."""

    last: int
    gap_bits: int
    value_bits: int


@dataclass(frozen=True)
class PostingList:
    """One term's postings.

    Attributes:
        postings: Frequency or weight by document, in the order of the list.
        skips: Of each block.
        bounds: Of each block and the tail, where there are blocks: (frequency, length) points, or
            the largest weight.
    """

    postings: dict[int, float]
    skips: list[Skip]
    bounds: list[Frontier] | list[float]


def lists_of(arrays: Mapping[str, NDArray[Any]]) -> dict[bytes, PostingList]:
    """All terms of a segment's arrays with their lists."""
    impacts = "impact_lists" in arrays
    return {term: posting_list(data, impacts=impacts) for term, data in encoded_lists(arrays)}


def encoded_lists(arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[bytes, bytes]]:
    """Terms and the bytes of their lists."""
    lists = arrays["impact_lists" if "impact_lists" in arrays else "lists"].tobytes()
    ends = pairwise(arrays["term_offsets"].tolist())
    for (start, end), at in zip(ends, arrays["list_offsets"].tolist(), strict=False):
        group, term = Reader(arrays["terms"][start:end].tobytes()), b""
        while group.at < end - start:
            head = group.take(1)[0]
            shared = head >> 4 if head >> 4 < 15 else 15 + group.number()
            follow = head & 15 if head & 15 < 15 else 15 + group.number()
            term = term[:shared] + group.take(follow)
            size = group.number()
            yield term, lists[at : at + size]
            at += size


def posting_list(data: bytes, *, impacts: bool) -> PostingList:
    """One list from its bytes, all of which must be used."""
    reader = Reader(data)
    blocks, tail = divmod(reader.number(), BLOCK)
    units, size = (reader.number(), reader.number()) if blocks else (0, 0)
    skips = [_skip(reader.take(6)) for _ in range(blocks)]
    frontiers, packed = Reader(reader.take(size)), Reader(reader.take(16 * units))
    bounds = [_bound(frontiers, impacts=impacts) for _ in range(blocks and blocks + (tail > 0))]
    postings: dict[int, float] = {}
    before = -1
    for skip in skips:
        gaps = unpacked(packed.take(16 * skip.gap_bits), skip.gap_bits)
        documents = (before + np.cumsum(np.asarray(gaps) + 1)).tolist()
        postings |= zip(documents, _values(packed, skip, impacts=impacts), strict=True)
        before = documents[-1]
    postings |= _tail(reader, before, tail, impacts=impacts)
    for rest in (frontiers, packed, reader):
        assert not rest.left(), "more bytes than postings"
    return PostingList(postings, skips, bounds)  # type: ignore[arg-type]


def unpacked(data: bytes, bits: int) -> list[int]:
    """128 numbers in four lanes: number ``i`` is the ``i // 4``-th of lane ``i % 4``."""
    words = np.frombuffer(data, "<u4").reshape(bits, 4)
    lanes = [int.from_bytes(words[:, lane].tobytes(), "little") for lane in range(4)]
    return [lanes[i % 4] >> (i // 4 * bits) & ((1 << bits) - 1) for i in range(BLOCK)]


def _skip(data: bytes) -> Skip:
    return Skip(int.from_bytes(data[:4], "little"), data[4], data[5])


def _bound(reader: Reader, *, impacts: bool) -> Frontier | float:
    if impacts:
        return float(np.frombuffer(reader.take(4), "<f4")[0])
    return [(reader.number(), reader.number()) for _ in range(reader.number())]


def _values(packed: Reader, skip: Skip, *, impacts: bool) -> list[float]:
    if impacts:
        return [*map(float, np.frombuffer(packed.take(4 * BLOCK), "<f4"))]
    return [1 + less for less in unpacked(packed.take(16 * skip.value_bits), skip.value_bits)]


def _tail(reader: Reader, before: int, count: int, *, impacts: bool) -> dict[int, float]:
    documents: list[int] = []
    values: list[float] = []
    for _ in range(count):
        gap = reader.number()
        before += 1 + (gap if impacts else gap >> 1)
        documents.append(before)
        if not impacts:
            values.append(1 if gap & 1 else reader.number())
    if impacts:
        values = [*map(float, np.frombuffer(reader.take(4 * count), "<f4"))]
    return dict(zip(documents, values, strict=True))
