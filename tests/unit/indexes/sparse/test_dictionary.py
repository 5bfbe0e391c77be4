"""Terms front-coded in groups of 16: every length of what they share, every place in a group."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts.sparse_format import lists_of

from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment, TermBatch

LENGTHS = (0, 1, 13, 14, 15, 16, 17, 127, 141, 142, 143, 144, 300)
"""Around what a nibble holds, and what a byte more holds."""


def built(terms: list[bytes]) -> SparseSegment:
    """Each term in a document of its own."""
    return SparseSegment.build(TermBatch.from_tokens([[term] for term in terms]))


def check_found(terms: list[bytes], others: list[bytes]) -> None:
    """Each term finds its document, others find none."""
    segment = built(terms)
    assert [*lists_of(segment.arrays)] == sorted(terms)
    index = SparseIndex([LiveSegment(segment, np.arange(len(terms)))], threads=1)
    found = index.search(TermBatch.from_tokens([[term] for term in terms]), 3)
    assert found.ids.tolist() == [*range(len(terms))]
    assert len(index.search(TermBatch.from_tokens([[term] for term in others]), 3).ids) == 0


@pytest.mark.parametrize("shared", LENGTHS)
@pytest.mark.parametrize("follow", LENGTHS)
def test_every_length_of_what_terms_share_and_of_what_follows(shared: int, follow: int) -> None:
    beginning = b"s" * shared
    endings = {bytes([letter]) + b"f" * (follow - 1) for letter in b"abc"} if follow else {b""}
    terms = sorted({beginning, *(beginning + ending for ending in endings)})
    check_found(terms, [b"s" * (shared + 1), beginning + b"a" * (follow + 1), b"\xff"])


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257])
def test_every_number_of_terms(count: int) -> None:
    terms = [b"%04d" % (2 * number) for number in range(count)]
    between = [b"%04d" % (2 * number + 1) for number in range(-1, count)]
    check_found(terms, [*between, b"", b"0", b"00", b"00000", b"z"])


def test_the_empty_term_opens_a_group() -> None:
    check_found([b"", b"\x00", b"\x00\x00"], [b"\x01", b"\x00\x00\x00"])


def test_a_segment_without_terms_finds_nothing() -> None:
    segment = SparseSegment.build(TermBatch.from_tokens([[], []]))
    index = SparseIndex([LiveSegment(segment, np.arange(2))], threads=1)
    assert len(index.search(TermBatch.from_tokens([[b""], [b"a"]]), 3).ids) == 0
