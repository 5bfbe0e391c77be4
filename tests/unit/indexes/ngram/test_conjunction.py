"""Documents that have all clauses: the rarest is located first, the others where it is."""

from __future__ import annotations

import numpy as np
import pytest

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.ngram.conjunction import join
from mnemic.indexes.ngram.matching import BytePattern

TEXTS = [b"e" * 50, b"e rare e", b"rare", b"other e", b"e other rare rare"]
INDEX = NgramIndex(
    [
        LiveNgrams(NgramSegment.build(SymbolBatch.of_bytes(texts)), np.array(ordinals))
        for texts, ordinals in ((TEXTS[:2], [0, 1]), (TEXTS[2:], [2, 3, 4]))
    ]
)


def one(string: bytes) -> BytePattern:
    return BytePattern([[(string, 1)]])


def test_the_rarest_clause_drives_and_all_are_kept_where_all_are() -> None:
    joint = join(INDEX, [[one(b"e")], [one(b"rare"), one(b"rar")]])
    assert joint.driver == 1
    assert joint.documents().tolist() == [1, 2, 4]
    frequent, rare = joint.clauses
    assert rare.starts.tolist() == [2, 2, 0, 0, 8, 8, 13, 13]
    assert frequent.ordinals.tolist() == [1] * 3 + [2] + [4] * 4


def test_memory_follows_the_documents_that_are_left() -> None:
    clauses = [[one(b"e")], [one(b"other")], [one(b"rare")]]
    assert join(INDEX, clauses, most=4).documents().tolist() == [4]
    with pytest.raises(LimitExceeded, match="more than 3 places"):
        join(INDEX, clauses, most=3)


@pytest.mark.parametrize("absent", [b"zz", b"other rare e"])
def test_a_clause_without_a_place_leaves_nothing(absent: bytes) -> None:
    joint = join(INDEX, [[one(b"e")], [one(absent)]])
    assert joint.driver == 1
    assert [len(places) for places in joint.clauses] == [0, 0]


def test_clauses_that_never_meet_leave_nothing() -> None:
    joint = join(INDEX, [[one(b"e rare e")], [one(b"other e")]])
    assert [len(places) for places in joint.clauses] == [0, 0]
    assert joint.documents().tolist() == []


@pytest.mark.parametrize("clauses", [[], [[one(b"e")], []]])
def test_clauses_have_patterns(clauses: list[list[BytePattern]]) -> None:
    with pytest.raises(InvalidInput, match="clauses"):
        join(INDEX, clauses)
