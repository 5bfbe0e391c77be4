"""Blocks of 128 postings at every width of their gaps and frequencies, read on every path."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts.sparse_format import BLOCK, PostingList, lists_of
from tests.golden.sparse_v1 import make_sparse_v1 as version_1

from mnemic.indexes.sparse import BM25, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import RamDirectory

STEP = 40
"""One document of so many has the term: too few for its list to be kept unpacked."""
PLACES = (1, 2, 3, 4, 5, 31, 64, 126, 127, 128, 129, 132, 255, 256, 258)
"""In two blocks and a tail of 3, so many that a search for the best prunes; the first posting sets
the score to beat."""
SCORER = BM25(k1=1e6, b=0)
"""So that frequencies of 32 bits that differ by 1 give other scores."""


def segment_of(lists: dict[bytes, dict[int, int]], documents: int) -> SparseSegment:
    """A segment whose documents hold these terms and nothing else."""
    lengths = [0] * documents
    for each in lists.values():
        for document, frequency in each.items():
            lengths[document] += frequency
    directory = RamDirectory()
    arrays = version_1.arrays(lists, lengths)
    return SparseSegment.open(directory, version_1.write(directory, "made", arrays))


def index_of(segment: SparseSegment) -> SparseIndex:
    return SparseIndex([LiveSegment(segment, np.arange(segment.document_count))], threads=1)


def decoded(segment: SparseSegment, term: bytes) -> PostingList:
    return lists_of(segment.arrays)[term]


def numbers(bits: int, count: int) -> list[int]:
    """Different numbers of so many bits or fewer, of which each 16th has them all."""
    most = (1 << bits) - 1
    return [most if i % 16 == 5 else i * 2_654_435_761 % (most + 1) for i in range(count)]


@pytest.mark.parametrize("bits", range(33))
def test_frequencies_of_every_width(bits: int) -> None:
    # All but 2_001 of the tokens of a document, whose number has 32 bits.
    values = [1 + min(number, 2**32 - 2_002) for number in numbers(bits, 2 * BLOCK + 3)]
    wide = {STEP * place: value for place, value in enumerate(values)}
    rare = {b"%03d" % place: {0: 1_000, STEP * place: 2_000} for place in PLACES}
    segment = segment_of({**rare, b"wide": wide}, STEP * (2 * BLOCK + 10))
    found = decoded(segment, b"wide")
    assert [skip.value_bits for skip in found.skips] == [bits, bits]
    assert found.postings == wide
    for place in PLACES:
        check_looked_up(segment, place, values[place])


def check_looked_up(segment: SparseSegment, place: int, frequency: int) -> None:
    """The best document is found, and its frequency is read, without its block's scores."""
    terms = [b"%03d" % place, b"wide"]
    offsets, weights = np.asarray([0, 2]), np.asarray([1e3, 1], np.float32)
    query = TermBatch(terms, offsets, np.asarray([0, 1], np.uint32), weights)
    index = index_of(segment)
    best, everything = (index.search(query, k, scorer=SCORER) for k in (1, 10_000))
    assert best.ids.tolist() == [STEP * place]
    factors = [
        part.parts[0].value * part.parts[1].value
        for part in index.explain(query, STEP * place, scorer=SCORER).parts
    ]
    expected = factors[0] * (2_000 / (1e6 + 2_000)) + factors[1] * (frequency / (1e6 + frequency))
    assert best.scores.tolist() == everything.scores[:1].tolist() == [expected]


@pytest.mark.parametrize("bits", range(21))
@pytest.mark.parametrize("place", [0, 1, 3, 64, 127, 128, 129, 255, 256, 258])
def test_gaps_of_every_width(bits: int, place: int) -> None:
    """In the first block, in the second, and in the tail."""
    gaps = [min(number, 1_000) for number in numbers(bits, 2 * BLOCK + 3)]
    gaps[place] = (1 << bits) - 1
    documents = (np.cumsum(np.asarray(gaps) + 1) - 1).tolist()
    postings = dict.fromkeys(documents, 1)
    segment = segment_of({b"a": postings}, documents[-1] + 2)
    found = decoded(segment, b"a")
    assert [*found.postings] == documents
    if place < 2 * BLOCK:
        assert found.skips[place // BLOCK].gap_bits == bits
    index, query = index_of(segment), TermBatch.from_tokens([[b"a"]])
    for _ in range(2):  # as it is packed, and unpacked where the term is frequent
        assert index.search(query, 10**7).ids.tolist() == documents
    assert index.search(query, 9).ids.tolist() == documents[:9]


@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 255, 256, 257, 383, 384, 385, 4_097])
@pytest.mark.parametrize("step", [1, 2, 33])
def test_lists_of_every_number_of_postings(count: int, step: int) -> None:
    """Blocks that are full, a tail that is empty; the last document of the segment has the term."""
    postings = {step * place + step - 1: 1 + place % 5 for place in range(count)}
    segment = segment_of({b"a": postings}, step * count)
    assert decoded(segment, b"a").postings == postings
    index, query = index_of(segment), TermBatch.from_tokens([[b"a"]])
    for _ in range(2):
        found = index.search(query, count + 1)
        assert sorted(found.ids.tolist()) == [*postings]
        for k in (1, 10, count):
            assert index.search(query, k).ids.tolist() == found.ids[:k].tolist()
    merged = SparseSegment.merge([(segment, None), (segment, None)])
    later = {document + step * count: value for document, value in postings.items()}
    assert decoded(merged, b"a").postings == postings | later
