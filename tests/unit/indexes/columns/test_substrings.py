from __future__ import annotations

import numpy as np
import pytest

from mnemic.indexes.columns.building import texts_of
from mnemic.indexes.columns.substrings import entries_with

WORDS = [b"", b"aa", b"aaa", b"ab", b"ba", "日本".encode()]
TEXTS = texts_of(WORDS, np.arange(len(WORDS)), np.arange(len(WORDS), dtype=np.uint32))


@pytest.mark.parametrize(
    "pattern", [b"", b"a", b"aa", b"aaa", b"aaaa", b"ab", b"bb", "本".encode(), b"x" * 99]
)
def test_finds_what_in_finds(pattern: bytes) -> None:
    found = set(entries_with(TEXTS, pattern).tolist())
    assert found == {number for number, word in enumerate(WORDS) if pattern in word}
