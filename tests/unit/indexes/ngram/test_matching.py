"""Patterns with alternatives and neighbours on a byte-level index."""

from __future__ import annotations

import numpy as np
import pytest

from mnemic.errors import LimitExceeded
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch, walking
from mnemic.indexes.ngram.automaton import Automaton
from mnemic.indexes.ngram.characters import characters, encoded
from mnemic.indexes.ngram.located import Located, bitmaps, locate
from mnemic.indexes.ngram.matching import END, BytePattern, Left, Right, count, match
from mnemic.indexes.storage.bitmaps import from_bool, to_bool


def index_of(*segments: list[bytes], dead: tuple[int, ...] = ()) -> NgramIndex:
    """Segments of documents, whose ordinals are 0, 1, 2, ..."""
    parts, begin = [], 0
    for documents in segments:
        ordinals = np.arange(begin, begin + len(documents), dtype=np.int64)
        live = from_bool(~np.isin(ordinals, dead))
        segment = NgramSegment.build(SymbolBatch.of_bytes(documents))
        parts.append(LiveNgrams(segment, ordinals, live))
        begin += len(documents)
    return NgramIndex(parts)


def either(*strings: bytes) -> list[tuple[bytes, int]]:
    return [(string, 1) for string in strings]


def followed_by(symbols: bytes, *strings: bytes, end: bool = False) -> Right:
    after = np.zeros(END + 1, np.bool_)
    after[list(symbols)] = True
    after[END] = end
    return Right(after, Automaton.of([[either(*strings)]]) if strings else None)


def rows(places: Located) -> list[tuple[int, ...]]:
    columns = (places.ordinals, places.starts, places.ends)
    return list(zip(*(column.tolist() for column in columns), strict=True))


INDEX = index_of([b"ab aB", b"xab", b"aab\xc3\xa9"], [b"", b"AB\xe2\x80\x99ab"], dead=(1,))
QUOTE = SymbolBatch.of_bytes([b"\xe2\x80\x99"])
AB = [either(b"a", b"A"), either(b"b", b"B")]


def test_alternatives_match_in_live_documents_of_all_segments() -> None:
    found = locate(INDEX, match(INDEX, [BytePattern(AB)]), most=9)
    assert rows(found) == [(0, 0, 2), (0, 3, 5), (2, 1, 3), (4, 0, 2), (4, 5, 7)]
    assert count(INDEX, [BytePattern(AB), BytePattern([either(b"zz")])]).tolist() == [5, 0]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Left("document"), None, [(0, 0, 2), (4, 0, 2)]),
        (Left("word"), None, [(0, 0, 2), (0, 3, 5), (4, 0, 2)]),
        (Left("word", QUOTE), None, [(0, 0, 2), (0, 3, 5), (4, 0, 2), (4, 5, 7)]),
        (Left(None, SymbolBatch.of_bytes([b"a", b" "])), None, [(0, 3, 5), (2, 1, 3)]),
        (None, followed_by(b" "), [(0, 0, 2)]),
        (None, followed_by(b"", end=True), [(0, 3, 5), (4, 5, 7)]),
        (None, followed_by(b" ", b"\xe2\x80\x99", b"\xc3\xa9"), [(0, 0, 2), (2, 1, 3), (4, 0, 2)]),
        (Left("document"), followed_by(b"", b"\xe2\x80\x99"), [(4, 0, 2)]),
    ],
)
def test_neighbours_bound_matches_and_are_no_part_of_them(
    left: Left | None, right: Right | None, expected: list[tuple[int, ...]]
) -> None:
    pattern = BytePattern(AB, left, right)
    assert rows(locate(INDEX, match(INDEX, [pattern]), most=9)) == expected
    assert count(INDEX, [pattern]).tolist() == [len(expected)]


def test_a_batch_counts_what_each_pattern_counts_alone() -> None:
    word = Left("word", QUOTE)
    space = followed_by(b" ")
    patterns = [
        BytePattern(alternatives, left, right)
        for alternatives in (AB, [either(b"a")], [either(b"q")], [either(b"\xc3")])
        for left in (None, word, Left("document"))
        for right in (None, space)
    ]
    alone = [int(count(INDEX, [pattern])[0]) for pattern in patterns]
    assert count(INDEX, patterns).tolist() == alone
    assert sum(alone) > 0


def test_more_ways_to_match_than_fit_into_memory_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walking, "MOST_STATES", 2)
    assert count(INDEX, [BytePattern([either(b"a", b"A")])]).tolist() == [6]
    with pytest.raises(LimitExceeded, match="different ways"):
        count(INDEX, [BytePattern(AB)])
    many = BytePattern([either(*(bytes([symbol]) for symbol in range(200)))], Left("document"))
    assert count(INDEX, [many]).tolist() == [3]  # most of what is tried matches nothing


def test_coalesced_states_have_the_rows_of_all_and_are_few() -> None:
    ranges = INDEX.ranges(SymbolBatch.of_bytes([b"b", b"zz", b" ", b"a"]))
    fewer = walking.coalesced(ranges)
    assert INDEX.totals(fewer).sum() == INDEX.totals(ranges).sum() == 9
    assert len(walking.coalesced(INDEX.ranges(SymbolBatch.of_bytes([b"b", b"a"])))) == 1
    assert len(walking.coalesced(ranges.take([1]))) == 0
    found = INDEX.totals(INDEX.extend(fewer, np.full(len(fewer), ord("b")), None))
    assert found.sum() == count(INDEX, [BytePattern([either(b" ", b"a", b"b"), either(b"b")])])[0]


def test_places_are_only_those_in_allowed_documents() -> None:
    allowed = bitmaps(INDEX, np.array([1, 2, 4]))
    assert [to_bool(bitmap, 3).tolist() for bitmap in allowed[:1]] == [[False, True, True]]
    found = locate(INDEX, match(INDEX, [BytePattern(AB)]), most=3, allowed=allowed)
    assert rows(found) == [(2, 1, 3), (4, 0, 2), (4, 5, 7)]
    assert found.documents().tolist() == [2, 4]


def test_more_places_than_may_be_kept_are_refused() -> None:
    with pytest.raises(LimitExceeded, match="more than 4 places"):
        locate(INDEX, match(INDEX, [BytePattern(AB)]), most=4)


def test_places_come_in_order_and_once() -> None:
    twice = np.array([[1, 0, 1, 0, 1], [5, 7, 2, 7, 2], [6, 9, 4, 9, 3]])
    assert rows(Located.of(*twice)) == [(0, 7, 9), (1, 2, 3), (1, 2, 4), (1, 5, 6)]


def test_characters_are_those_of_live_documents() -> None:
    text = "a\x7f\u0080\u07ff\u0800\uffff\U00010000\U0010ffffa\u0080"
    index = index_of([text.encode(), b"\xff"], ["\u00e9".encode(), b"\xc3"], dead=(2,))
    assert characters(index).tolist() == [0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF]
    assert characters(index_of([b"ascii"])).tolist() == []
    assert characters(index_of()).tolist() == []


def test_code_points_are_encoded_as_utf8() -> None:
    codes = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF]
    batch = encoded(np.array(codes))
    assert [batch[place].tobytes() for place in range(8)] == [chr(code).encode() for code in codes]
    assert len(encoded(np.array([], np.int64))) == 0
