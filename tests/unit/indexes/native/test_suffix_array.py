"""Suffix arrays against a naive sort, on strings that are hard to sort, and against divsufsort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pydivsufsort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.counts import scaled

from mnemic.errors import InvalidInput
from mnemic.indexes._native import suffix_array

DTYPES: tuple[Any, ...] = (np.uint8, np.uint16, np.uint32)


def naive(text: list[int]) -> list[int]:
    return sorted(range(len(text)), key=lambda start: text[start:])


def fibonacci(length: int) -> list[int]:
    one, other = [0], [0, 1]
    while len(other) < length:
        one, other = other, other + one
    return other[:length]


def de_bruijn(symbols: int, order: int) -> list[int]:
    """Every string of ``order`` symbols once, the least first (Lyndon words in order)."""
    word, result = [0], [0]
    while True:
        word = (word * order)[:order]
        while word and word[-1] == symbols - 1:
            word.pop()
        if not word:
            return result
        word[-1] += 1
        if order % len(word) == 0:
            result += word


RANDOM = np.random.default_rng(7)
HARD: dict[str, list[int]] = {
    "empty": [],
    "one symbol": [3],
    "two": [1, 0],
    "all equal": [5] * 700,
    "ascending": list(range(200)),
    "descending": list(range(200))[::-1],
    "period 2": [1, 0] * 300,
    "period 3 and a break": [2, 1, 0] * 200 + [1] + [2, 1, 0] * 50,
    "fibonacci": fibonacci(987),
    "de bruijn": de_bruijn(4, 4),
    "a ramp of runs": [symbol for symbol in range(30) for _ in range(symbol)],
    "zeros and the last symbol": [0, 255, 0, 0, 255, 255, 0] * 40,
    "random bytes": RANDOM.integers(0, 256, 2_000).tolist(),
    "random of two": RANDOM.integers(0, 2, 2_000).tolist(),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", HARD)
def test_hard_strings(name: str, dtype: Any) -> None:
    text = HARD[name]
    found = suffix_array(np.array(text, dtype), 256)
    assert found.dtype == np.int32
    assert found.tolist() == naive(text)


@pytest.mark.parametrize("seed", range(scaled(20, 200)))
def test_short_strings_of_few_symbols(seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(250):
        symbols = int(random.integers(1, 6))
        text = random.integers(0, symbols, int(random.integers(0, 40))).tolist()
        expected = naive(text)
        for dtype in DTYPES:
            assert suffix_array(np.array(text, dtype), symbols).tolist() == expected, text


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    text = np.frombuffer(data, np.uint8)
    assert suffix_array(text, 256).tolist() == naive(list(data))


@pytest.mark.parametrize("symbols", [2, 26, 256])
def test_long_texts_equal_divsufsort(symbols: int) -> None:
    words = RANDOM.integers(0, symbols, (500, 9), dtype=np.uint8)
    text = words[RANDOM.integers(0, 500, 30_000)].reshape(-1)
    np.testing.assert_array_equal(suffix_array(text, 256), pydivsufsort.divsufsort(text))


def test_large_alphabets() -> None:
    text = RANDOM.integers(0, 200_000, 50_000, dtype=np.uint32)
    text = np.concatenate([text, text[:20_000], text])
    order = suffix_array(text, 200_000)
    assert sorted(order.tolist()) == list(range(len(text)))
    values = text.tolist()
    for one, other in zip(order[:-1:97].tolist(), order[1::97].tolist(), strict=True):
        assert values[one : one + 60_000] < values[other : other + 60_000]


def test_numbers_outside_of_the_alphabet_are_refused() -> None:
    text = np.array([0, 1, 7, 1], np.uint16)
    with pytest.raises(InvalidInput, match=r"text\[2\]=7 is not one of 7 symbols"):
        suffix_array(text, 7)
    with pytest.raises(InvalidInput, match="is not one of 0 symbols"):
        suffix_array(text, 0)
    for bad in (np.array([1.0]), np.array([[1]], np.uint8), np.array([1], np.int64)):
        with pytest.raises(TypeError):
            suffix_array(bad, 9)  # type: ignore[arg-type]
