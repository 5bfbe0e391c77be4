"""Some documents on their own: the same places, whichever way takes less work."""

from __future__ import annotations

import numpy as np
import pytest

from mnemic.errors import LimitExceeded
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.ngram.matching import BytePattern, match
from mnemic.indexes.ngram.subset import live_ordinals, locate_in, subset
from mnemic.indexes.storage.bitmaps import from_bool

LIVE = from_bool(np.array([True, False, True]))


def index_of(*documents: bytes) -> NgramIndex:
    """Documents with ordinals 0, 2, 4 (2 is dead) in one segment, and the rest in another."""
    parts = (documents[:3], np.array([0, 2, 4]), LIVE), (documents[3:], np.array([7, 9]), None)
    return NgramIndex(
        [
            LiveNgrams(NgramSegment.build(SymbolBatch.of_bytes(texts)), ordinals, live)
            for texts, ordinals, live in parts
        ]
    )


INDEX = index_of(b"banana", b"ana", b"", b"an ana", b"b" * 90)


def test_live_documents_ascend() -> None:
    assert live_ordinals(INDEX).tolist() == [0, 4, 7, 9]
    assert live_ordinals(NgramIndex([])).tolist() == []


def test_a_subset_has_the_documents_alone() -> None:
    small, size = subset(INDEX, np.array([0, 7]))
    assert size == 12
    assert [small.count(pattern) for pattern in (b"ana", b"b", b"anan")] == [3, 1, 1]


@pytest.mark.parametrize("string", [b"ana", b"b"], ids=["rare", "frequent"])
def test_places_in_some_documents_are_the_same_either_way(string: bytes) -> None:
    pattern = [BytePattern([[(string, 1)]])]
    states, documents = match(INDEX, pattern), np.array([0, 7])
    found = locate_in(INDEX, pattern, states, documents, most=3)
    expected = {b"ana": [(0, 1), (0, 3), (7, 3)], b"b": [(0, 0)]}[string]
    assert list(zip(found.ordinals.tolist(), found.starts.tolist(), strict=True)) == expected
    with pytest.raises(LimitExceeded, match="places"):
        locate_in(INDEX, pattern, states, documents, most=len(expected) - 1)
