"""Hostile arguments to every method of the index of substrings: a typed error, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.ngram_checks import CHECKS
from tests.contracts.ngram_mirror import Mirror
from tests.counts import scaled

from mnemic.errors import InvalidInput, LimitExceeded, MnemicError, NotFound
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, Ranges, SymbolBatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.ngram_oracle import Symbols

TEXTS: list[Symbols] = [b"abracadabra", b"", b"a\0\xff b", b"cab"]
TOKENS: list[Symbols] = [(0, 5, 9, 5), (), (9, 9)]


def mirror_of(documents: list[Symbols], vocabulary: int) -> Mirror:
    mirror = Mirror(vocabulary)
    mirror.add(documents)
    mirror.delete([4])
    return mirror


BYTES = mirror_of(TEXTS, 256)
IDS = mirror_of(TOKENS, 10)
SEGMENT = BYTES.parts[0].segment
ORDINALS = np.asarray(BYTES.parts[0].ordinals, np.int64)


def ints(*values: int) -> Any:
    return np.asarray(values, np.int64)


def batch(*items: bytes) -> SymbolBatch:
    return SymbolBatch.of_bytes(items)


def raw(symbols: Any, offsets: Any, vocabulary: Any = 256) -> SymbolBatch:
    return SymbolBatch(symbols, offsets, vocabulary)


ONES: Any = np.ones
U8 = np.frombuffer(b"abcd", np.uint8)
OTHER = NgramIndex([*(part.kept for part in BYTES.parts), *(part.kept for part in BYTES.parts)])

BATCHES: dict[str, Callable[[], object]] = {
    "text": lambda: SymbolBatch.of_bytes(["a"]),  # type: ignore[list-item]
    "numbers as bytes": lambda: SymbolBatch.of_bytes([1]),  # type: ignore[list-item]
    "float symbols": lambda: raw(U8.astype(np.float64), ints(0, 4)),
    "int64 symbols": lambda: raw(U8.astype(np.int64), ints(0, 4)),
    "a table": lambda: raw(U8.reshape(2, 2), ints(0, 4)),
    "no array": lambda: raw([1, 2], ints(0, 2)),
    "no symbols": lambda: raw(None, ints(0, 0)),
    "no offsets": lambda: raw(U8, None),
    "empty offsets": lambda: raw(U8, ints()),
    "a list of offsets": lambda: raw(U8, [0, 4]),
    "float offsets": lambda: raw(U8, np.asarray([0.0, 4.0])),
    "int32 offsets": lambda: raw(U8, np.asarray([0, 4], np.int32)),
    "offsets beyond the end": lambda: raw(U8, ints(0, 5)),
    "offsets before the end": lambda: raw(U8, ints(0, 3)),
    "offsets not from 0": lambda: raw(U8, ints(1, 4)),
    "negative offsets": lambda: raw(U8, ints(-1, 4)),
    "falling offsets": lambda: raw(U8, ints(0, 3, 2, 4)),
    "offsets far away": lambda: raw(U8, ints(0, 2**62, 4)),
    "offsets that wrap": lambda: raw(U8, ints(0, -(2**63), 4)),
    "a table of offsets": lambda: raw(U8, ints(0, 4).reshape(1, 2)),
    "vocabulary 0": lambda: raw(U8.astype(np.uint16), ints(0, 4), 0),
    "vocabulary -1": lambda: raw(U8.astype(np.uint16), ints(0, 4), -1),
    "vocabulary 2**40": lambda: raw(U8.astype(np.uint32), ints(0, 4), 2**40),
    "vocabulary 9.5": lambda: raw(U8, ints(0, 4), 9.5),
    "symbols of another vocabulary": lambda: raw(U8.astype(np.uint16), ints(0, 4), 50_000),
    "symbols beyond the vocabulary": lambda: SymbolBatch.of_tokens([np.asarray([10])], 10),
    "negative symbols": lambda: SymbolBatch.of_tokens([np.asarray([-1])], 10),
    "symbols that wrap": lambda: SymbolBatch.of_tokens([np.asarray([2**32 + 1])], 10),
    "symbols with a fraction": lambda: SymbolBatch.of_tokens([np.asarray([0.5])], 10),
    "a table of tokens": lambda: SymbolBatch.of_tokens([np.zeros((2, 2), np.int64)], 10),
    "raw symbols beyond the vocabulary": lambda: raw(np.asarray([10], np.uint16), ints(0, 1), 10),
    "32-bit symbols of 10": lambda: raw(np.asarray([2**31], np.uint32), ints(0, 1), 10),
}
USES: dict[str, Callable[[NgramIndex, Any], object]] = {
    "build": lambda _, given: NgramSegment.build(given),
    "count_many": lambda index, given: index.count_many(given),
    "documents_with": lambda index, given: index.documents_with(given),
    "ranges": lambda index, given: index.ranges(given),
    "longest": lambda index, given: index.longest(given),
    "search": lambda index, given: index.search(given, 3),
}
FITS = {("build", "symbols of another vocabulary")}  # a segment of tokens, like any other


@pytest.mark.parametrize("level", ["bytes", "tokens"])
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("given", BATCHES)
def test_what_is_no_batch_is_refused(given: str, use: str, level: str) -> None:
    if (use, given) in FITS:
        return
    index = (BYTES if level == "bytes" else IDS).index()
    with pytest.raises((InvalidInput, LimitExceeded)):
        USES[use](index, BATCHES[given]())


CALLS: dict[str, Callable[[NgramIndex], object]] = {
    "count of nothing": lambda i: i.count(b""),
    "count of text": lambda i: i.count("a"),
    "count of None": lambda i: i.count(None),  # type: ignore[arg-type]
    "count of floats": lambda i: i.count(np.asarray([97.0])),
    "count of an empty array": lambda i: i.count(np.zeros(0, np.uint8)),
    "count of a table": lambda i: i.count(np.zeros((1, 1), np.uint8)),
    "count of tokens among bytes": lambda i: i.count(np.asarray([300], np.uint16)),
    "count of a negative number": lambda i: i.count(np.asarray([-1], np.int8)),
    "counts with an empty pattern": lambda i: i.count_many(batch(b"a", b"")),
    "documents with an empty pattern": lambda i: i.documents_with(batch(b"a", b"")),
    "search for nothing": lambda i: i.search(batch(b""), 3),
    "root of -1": lambda i: i.root(-1),
    "root of a fraction": lambda i: i.root(1.5),  # type: ignore[arg-type]
    "root of too many": lambda i: i.root(2**62),
    "root of far too many": lambda i: i.root(2**70),
    "anchored of -1": lambda i: i.anchored(-1, "document"),
    "anchored of too many": lambda i: i.anchored(2**62, "word"),
    "anchored at a sentence": lambda i: i.anchored(1, "sentence"),  # type: ignore[arg-type]
    "anchored at None": lambda i: i.anchored(1, None),  # type: ignore[arg-type]
    "extend beyond": lambda i: i.extend(i.root(2), U8[:1], ints(2)),
    "extend before": lambda i: i.extend(i.root(2), U8[:1], ints(-1)),
    "extend far": lambda i: i.extend(i.root(2), U8[:1], ints(2**62)),
    "extend with too few parents": lambda i: i.extend(i.root(2), U8[:2], ints(0)),
    "extend with too many parents": lambda i: i.extend(i.root(2), U8[:2], ints(0, 1, 0)),
    "extend without parents": lambda i: i.extend(i.root(2), U8[:3]),
    "extend with float parents": lambda i: i.extend(i.root(2), U8[:1], np.zeros(1)),
    "extend with a table": lambda i: i.extend(i.root(2), U8.reshape(2, 2), ints(0, 0)),
    "extend with 256": lambda i: i.extend(i.root(1), np.asarray([256], np.uint16)),
    "extend with -1": lambda i: i.extend(i.root(1), ints(-1)),
    "extend with a float": lambda i: i.extend(i.root(1), np.asarray([97.0])),
    "extend with text": lambda i: i.extend(i.root(1), "a"),
    "totals of another index": lambda i: i.totals(OTHER.root(1)),
    "next of another index": lambda i: i.next_symbols(OTHER.root(1)),
    "masks of another index": lambda i: i.masks(OTHER.root(1)),
    "rows of another index": lambda i: i.rows(OTHER.root(1), limit=1),
    "extend of another index": lambda i: i.extend(OTHER.root(1), U8[:1]),
    "bounds of another type": lambda i: i.totals(Ranges(ints(0, 0).reshape(1, 1, 2))),
    "bounds of another form": lambda i: i.totals(Ranges(np.zeros((1, 2), np.uint32))),
    "bounds that end early": lambda i: i.totals(Ranges(np.asarray([[[5, 4]]], np.uint32))),
    "bounds beyond": lambda i: i.totals(Ranges(np.asarray([[[0, 2**32 - 1]]], np.uint32))),
    "rows beyond": lambda i: i.rows(Ranges(np.asarray([[[9_999, 10_000]]], np.uint32)), limit=9),
    "a state that is not there": lambda i: i.root(1).take(ints(1)),
    "limit -1": lambda i: i.rows(i.root(1), limit=-1),
    "limit 1.5": lambda i: i.rows(i.root(1), limit=1.5),  # type: ignore[arg-type]
    "after of 256": lambda i: i.rows(i.root(1), limit=1, after=ONES(256, np.bool_)),
    "after of bytes": lambda i: i.rows(i.root(1), limit=1, after=ONES(257, np.uint8)),
    "after in two dimensions": lambda i: i.rows(i.root(1), limit=1, after=ONES((1, 257), np.bool_)),
    "allowed for two": lambda i: i.rows(i.root(1), limit=1, allowed=[None, None]),
    "allowed for none": lambda i: i.rows(i.root(1), limit=1, allowed=[]),
    "allowed too long": lambda i: i.rows(i.root(1), limit=1, allowed=[ONES(2, np.uint8)]),
    "allowed of bool": lambda i: i.rows(i.root(1), limit=1, allowed=[ONES(4, np.bool_)]),
    "locate another's": lambda i: i.locate(OTHER.rows(OTHER.root(1), limit=None)),
    "extract unevenly": lambda i: i.extract(ints(0), ints(0, 0), ints(1)),
    "extract by floats": lambda i: i.extract(np.zeros(1), ints(0), ints(1)),
    "k -1": lambda i: i.search(batch(b"a"), -1),
    "k 0.5": lambda i: i.search(batch(b"a"), 0.5),  # type: ignore[arg-type]
    "k None": lambda i: i.search(batch(b"a"), None),  # type: ignore[arg-type]
}
BUILDING: dict[str, Callable[[], object]] = {
    "blocks of 0": lambda: NgramSegment.build(batch(b"a"), block_symbols=0),
    "blocks of -1": lambda: NgramSegment.build(batch(b"a"), block_symbols=-1),
    "blocks of 2**70": lambda: NgramSegment.build(batch(b"a"), block_symbols=2**70),
    "a rate of 3": lambda: NgramSegment.build(batch(b"a"), rate=3),
    "a rate of 0": lambda: NgramSegment.build(batch(b"a"), rate=0),
    "building by -1 threads": lambda: NgramSegment.build(batch(b"a"), threads=-1),
    "blocks of 1.5": lambda: NgramSegment.build(batch(b"a"), block_symbols=1.5),  # type: ignore[arg-type]
    "merge nothing": lambda: NgramSegment.merge([]),
    "merge bytes and tokens": lambda: NgramSegment.merge(
        [(SEGMENT, None), (IDS.parts[0].segment, None)]
    ),
    "merge with a wrong bitmap": lambda: NgramSegment.merge([(SEGMENT, ONES(3, np.uint8))]),
    "merge with bools": lambda: NgramSegment.merge([(SEGMENT, ONES(4, np.bool_))]),
    "too few ordinals": lambda: LiveNgrams(SEGMENT, ints(0, 1, 2)),
    "falling ordinals": lambda: LiveNgrams(SEGMENT, ints(0, 2, 1, 3)),
    "equal ordinals": lambda: LiveNgrams(SEGMENT, ints(0, 1, 1, 3)),
    "int32 ordinals": lambda: LiveNgrams(SEGMENT, ints(0, 1, 2, 3).astype(np.int32)),
    "a list of ordinals": lambda: LiveNgrams(SEGMENT, [0, 1, 2, 3]),  # type: ignore[arg-type]
    "a long bitmap": lambda: LiveNgrams(SEGMENT, ORDINALS, ONES(2, np.uint8)),
    "a bitmap of bools": lambda: LiveNgrams(SEGMENT, ORDINALS, ONES(4, np.bool_)),
    "without a long bitmap": lambda: LiveNgrams(SEGMENT, ORDINALS).without(ONES(2, np.uint8)),
    "bytes and tokens": lambda: NgramIndex([BYTES.parts[0].kept, IDS.parts[0].kept]),
    "threads -1": lambda: NgramIndex([], threads=-1),
    "threads 10**6": lambda: NgramIndex([], threads=10**6),
    "threads 0.5": lambda: NgramIndex([], threads=0.5),  # type: ignore[arg-type]
    "a word of tokens": lambda: IDS.index().anchored(1, "word"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_with_a_wrong_argument_is_refused(name: str) -> None:
    index = BYTES.index()
    with pytest.raises((InvalidInput, LimitExceeded)):
        CALLS[name](index)
    CHECKS["counts"](index, BYTES.live, [b"a", b"abra", b"\xff"])


@pytest.mark.parametrize("name", BUILDING)
def test_what_cannot_be_built_is_refused(name: str) -> None:
    with pytest.raises((InvalidInput, LimitExceeded)):
        BUILDING[name]()


@pytest.mark.parametrize("ordinal", [1, 4, 8, -1, 2**62])
def test_a_document_that_is_not_live_is_not_found(ordinal: int) -> None:
    with pytest.raises(NotFound, match=str(ordinal)):
        BYTES.index().extract(ints(0, ordinal), ints(0, 0), ints(1, 1))


def test_a_huge_limit_and_a_huge_k_give_everything() -> None:
    index = BYTES.index()
    states = index.ranges(batch(b"a"))
    assert index.locate(index.rows(states, limit=2**70)).offsets.tolist() == [0, 6]
    assert index.search(batch(b"a"), 2**70).ids.tolist() == [0, 6]


def test_lists_and_narrow_numbers_will_do() -> None:
    index = BYTES.index()
    states = index.extend(index.root(2), [97, 98], np.asarray([0, 1], np.int32))
    assert index.totals(states).tolist() == [6, 3]
    assert bytes(index.extract([0, 6], [-3, 2], [2, 1]).symbols) == b"ab"
    assert len(states.take([])) == 0
    assert IDS.index().count([9]) == 1


def test_empty_batches_give_empty_answers() -> None:
    index, none = BYTES.index(), batch()
    states = index.ranges(none)
    assert len(states) == len(index.root(0)) == len(index.anchored(0, "word")) == 0
    assert index.count_many(none).tolist() == index.documents_with(none).tolist() == []
    assert len(index.search(none, 5)) == 0
    assert index.next_symbols(states).offsets.tolist() == [0]
    assert index.masks(states).shape == (0, 256)
    assert index.locate(index.rows(states, limit=None)).offsets.tolist() == [0]
    assert len(index.extend(states, U8[:0], ints())) == 0
    assert [found.tolist() for found in index.longest(none)] == [[], []]
    assert len(index.extract(ints(), ints(), ints())) == 0


def test_an_index_of_nothing_answers() -> None:
    index, asked = NgramIndex([]), batch(b"a", b"bc")
    states = index.ranges(asked)
    assert index.count(b"a") == 0
    assert index.count_many(asked).tolist() == index.totals(states).tolist() == [0, 0]
    assert index.next_symbols(states).ends.tolist() == [0, 0]
    assert not index.masks(index.root(2)).any()
    assert index.locate(index.rows(states, limit=None)).offsets.tolist() == [0, 0, 0]
    assert index.longest(asked)[0].tolist() == [0, 0, 0]
    with pytest.raises(NotFound):
        index.extract(ints(0), ints(0), ints(0))


NUMBERS = st.sampled_from([0, 1, 2, 3, 4, 2**31, 2**63 - 1, -1, -(2**63)])
ARRAYS = st.lists(NUMBERS, max_size=5).map(lambda each: np.asarray(each, np.int64))


@settings(max_examples=scaled(300, 20_000))
@given(
    symbols=st.binary(max_size=5), offsets=ARRAYS, parents=ARRAYS, three=st.tuples(*[ARRAYS] * 3)
)
def test_any_numbers_are_refused_or_answered(
    symbols: bytes, offsets: Any, parents: Any, three: tuple[Any, Any, Any]
) -> None:
    index, array = BYTES.index(), np.frombuffer(symbols, np.uint8)
    for call in (
        lambda: index.count_many(SymbolBatch(array, offsets)),
        lambda: NgramSegment.build(SymbolBatch(array, offsets)),
        lambda: index.totals(index.extend(index.root(3), array, parents)),
        lambda: index.totals(index.root(3).take(parents)),
        lambda: index.extract(*three),
    ):
        try:
            call()
        except MnemicError:
            continue
