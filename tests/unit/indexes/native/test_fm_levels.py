"""Every processor's instructions give the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnemic.indexes._native import ProcessorLevel, limit_processor
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = np.random.default_rng(7).integers(97, 105, 20_000, np.uint8).tobytes()
DOCUMENTS = [TEXT[start : start + 700] for start in range(0, len(TEXT), 700)]
PATTERNS = [TEXT[start : start + 4] for start in range(0, 4_000, 37)]


@pytest.fixture(params=[ProcessorLevel.PLAIN, ProcessorLevel.AVX2, ProcessorLevel.AVX512])
def level(request: pytest.FixtureRequest) -> Iterator[ProcessorLevel]:
    try:
        yield limit_processor(request.param)
    finally:
        limit_processor(ProcessorLevel.AVX512)


def test_counts_and_places_are_those_of_a_scan(level: ProcessorLevel) -> None:
    segment = NgramSegment.build(SymbolBatch.of_bytes(DOCUMENTS))
    live = np.packbits(np.arange(len(DOCUMENTS)) % 3 > 0, bitorder="little")
    index = NgramIndex([LiveNgrams(segment, np.arange(len(DOCUMENTS)), live)])
    for pattern in PATTERNS:
        found = index.locate(index.rows(index.ranges(SymbolBatch.of_bytes([pattern]))))
        places = sorted(zip(found.ordinals.tolist(), (found.ends - 4).tolist(), strict=True))
        wanted = [
            (number, start)
            for number, text in enumerate(DOCUMENTS)
            if number % 3 > 0
            for start in range(len(text) - 3)
            if text[start : start + 4] == pattern
        ]
        assert places == wanted, (level, pattern)
        assert index.count(pattern) == len(wanted)
