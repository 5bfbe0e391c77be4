"""Batches of symbols: what they hold, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import SymbolBatch


def test_bytes_follow_one_another() -> None:
    batch = SymbolBatch.of_bytes([b"ab", b"", b"\x00\xff"])
    assert len(batch) == 3
    assert batch.level == "bytes"
    assert [batch[place].tobytes() for place in range(3)] == [b"ab", b"", b"\x00\xff"]


def test_tokens_follow_one_another() -> None:
    batch = SymbolBatch.of_tokens([[1, 70_000], []], 100_000)
    assert batch.level == "tokens"
    assert batch.offsets.tolist() == [0, 2, 2]
    assert batch.native.dtype == np.uint32


def test_a_part_begins_at_zero() -> None:
    part = SymbolBatch.of_bytes([b"ab", b"cde", b"f"]).part(1, 3)
    assert part.offsets.tolist() == [0, 3, 4]
    assert part.symbols.tobytes() == b"cdef"


@pytest.mark.parametrize("items", [["text"], [bytearray(b"a")], [1]])
def test_only_bytes_are_bytes(items: list[Any]) -> None:
    with pytest.raises(InvalidInput, match=r"items\[0\]"):
        SymbolBatch.of_bytes(items)


@pytest.mark.parametrize("item", [[-1], [5], [0.5], [[1]], ["a"]])
def test_only_ids_of_the_vocabulary_are_tokens(item: Any) -> None:
    with pytest.raises(InvalidInput, match=r"items\[1\]"):
        SymbolBatch.of_tokens([[0], item], 5)


@pytest.mark.parametrize(
    ("symbols", "offsets", "vocabulary"),
    [
        (np.zeros(2, np.int64), np.zeros(1, np.int64), 256),
        (np.zeros(2, np.uint8), np.zeros(1, np.int32), 256),
        (np.zeros((2, 1), np.uint8), np.zeros(1, np.int64), 256),
        (np.zeros(2, np.uint8), np.zeros(0, np.int64), 256),
        (np.zeros(2, np.uint8), np.zeros(1, np.int64), 300),
        (np.zeros(2, np.uint32), np.zeros(1, np.int64), 0),
        (np.zeros(2, np.uint32), np.zeros(1, np.int64), 2**24 + 1),
    ],
)
def test_arrays_of_another_form_are_refused(symbols: Any, offsets: Any, vocabulary: int) -> None:
    with pytest.raises(InvalidInput):
        SymbolBatch(symbols, offsets, vocabulary)


def test_offsets_cannot_be_changed_afterwards() -> None:
    offsets = np.array([0, 1, 2])
    batch = SymbolBatch(np.zeros(2, np.uint8), offsets)
    offsets[1] = 2**40
    assert batch.offsets.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        batch.offsets[1] = 5
