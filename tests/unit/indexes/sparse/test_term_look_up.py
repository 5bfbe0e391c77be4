"""Looking terms up gives what a plain dict gives, for present terms and for what is near them."""

from __future__ import annotations

from itertools import pairwise, product, takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.sparse_format import GROUP, encoded_lists

from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LETTERS = (b"\x00", b"a", b"\xff")
WORDS = [b"".join(letters) for size in range(7) for letters in product(LETTERS, repeat=size)]
"""All words of up to six letters: each has every kind of neighbour."""
BEGINNINGS = (0, 2, 5, 7, 8, 9, 14, 15, 16, 24, 26, 31, 32, 33, 140)
"""Around where eight bytes end, where a nibble does, and the longest term that is compared fast."""


def numbers(segment: SparseSegment, wanted: Sequence[bytes]) -> dict[bytes, int]:
    """The first document of each wanted term that has one."""
    index = SparseIndex([LiveSegment(segment, np.arange(segment.document_count))], threads=1)
    scorer = Impact() if segment.has_impacts else BM25()
    found = index.search(TermBatch.from_tokens([[term] for term in wanted]), 1, scorer=scorer)
    places = [*pairwise(found.offsets.tolist())]
    assert len(places) == len(wanted)
    return {wanted[i]: int(found.ids[a]) for i, (a, b) in enumerate(places) if a < b}


def built(terms: Sequence[bytes]) -> tuple[SparseSegment, dict[bytes, int]]:
    """Each term in a document of its own, and which that is."""
    segment = SparseSegment.build(TermBatch.from_tokens([[term] for term in terms]))
    return segment, {term: number for number, term in enumerate(terms)}


@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_all_words_of_few_letters(beginning: int, every: int) -> None:
    words = [b"s" * beginning + word for word in WORDS]
    segment, known = built(words[::every])
    others = [b"s" * size for size in range(beginning)] + [b"s" * beginning + b"b", b"r", b"t"]
    assert numbers(segment, [*words, *others]) == known


@pytest.mark.parametrize("groups", [1, 2, 7, 8, 9, 63, 64, 65, 72, 73, 511, 512, 513, 520])
def test_every_shape_of_the_tree_of_groups(groups: int) -> None:
    terms = [b"%06d" % (2 * number) for number in range(groups * GROUP)]
    between = [b"%06d" % (2 * number + 1) for number in range(-1, len(terms))]
    segment, known = built(terms)
    assert len(segment.arrays["term_offsets"]) == groups + 1
    assert numbers(segment, [*terms, *between]) == known


def test_terms_that_begin_with_the_highest_bytes() -> None:
    terms = [b"\xff" * size for size in range(9 * GROUP)]
    segment, known = built(terms[::2])
    assert numbers(segment, terms) == known


@pytest.mark.parametrize("seed", range(20))
def test_terms_of_any_bytes_and_what_is_near_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = sorted({near(rng, b"") for _ in range(3_000)})
    segment, known = built(terms[:: 1 + seed % 3])
    others = {near(rng, term) for term in terms} - {*terms}
    assert numbers(segment, [*terms, *others]) == known


def near(rng: np.random.Generator, term: bytes) -> bytes:
    """The beginning of a term, and some bytes of which few are usual."""
    kept = term[: rng.integers(len(term) + 1)] if term else b"term"[: rng.integers(5)]
    letters = rng.integers(0, 256, rng.integers(40)) // rng.choice([1, 64, 128]).item()
    return kept + bytes(letters.tolist())


@pytest.mark.parametrize("first", range(3))
def test_lists_whose_sizes_take_one_two_and_three_bytes(first: int) -> None:
    terms = [b"t%03d" % number for number in range(3 * GROUP)]
    sizes = {number: (1, 90, 5_000)[(first + number) % 3] for number in range(len(terms))}
    segment, known = weighted(terms, sizes)
    bits = {len(data).bit_length() for _, data in encoded_lists(segment.arrays)}
    assert {-(-each // 7) for each in bits} == {1, 2, 3}
    assert numbers(segment, [*terms, b"t", b"t0000"]) == known


def weighted(
    terms: Sequence[bytes], sizes: dict[int, int]
) -> tuple[SparseSegment, dict[bytes, int]]:
    """Terms in so many documents each, and in which one each has its largest weight."""
    best = {term: 7 * number for number, term in enumerate(terms)}
    offsets = [0]
    columns: list[int] = []
    weights: list[float] = []
    for row in range(max(sizes.values())):
        held = [t for t in sizes if row < sizes[t] or row == best[terms[t]]]
        columns += held
        weights += [2.0 if row == best[terms[t]] else 1.0 for t in held]
        offsets.append(len(columns))
    batch = TermBatch(
        terms, np.array(offsets), np.array(columns, np.uint32), np.asarray(weights, np.float32)
    )
    return SparseSegment.build(batch), best


@pytest.mark.parametrize("sharing", ["nothing", "half"])
@pytest.mark.parametrize("width", [1, 2, 8, 9])
def test_dictionaries_of_other_writers(sharing: str, width: int) -> None:
    """Opening accepts terms that share less than they could, and numbers with zeros behind."""
    words = [b"s" * 12 + word for word in WORDS[::2]]
    segment, known = built(words)
    share = 0 if sharing == "nothing" else 1
    other = SparseSegment({**segment.arrays, **encoded(segment, share, width)})
    assert numbers(other, [*words, *(b"s" * 12 + word for word in WORDS)]) == known


def encoded(segment: SparseSegment, share: int, width: int) -> dict[str, NDArray[Any]]:
    """The dictionary anew: half or nothing shared, all numbers of so many bytes."""
    data, offsets = bytearray(), [0]
    before = b""
    for number, (term, postings) in enumerate(encoded_lists(segment.arrays)):
        opens = number % GROUP == 0
        if opens and number:
            offsets.append(len(data))
        same = takewhile(lambda pair: pair[0] == pair[1], zip(term, before, strict=False))
        shared = 0 if opens else share * len([*same]) // 2
        follow = len(term) - shared
        data.append(min(shared, 15) << 4 | min(follow, 15))
        data += b"".join(wide(each - 15, width) for each in (shared, follow) if each >= 15)
        data += term[shared:] + wide(len(postings), width)
        before = term
    return {
        "terms": np.frombuffer(bytes(data), np.uint8),
        "term_offsets": np.array([*offsets, len(data)]),
    }


def wide(number: int, width: int) -> bytes:
    """A number below 128 in so many bytes."""
    return bytes([number | 128 * (width > 1), *[128] * (width - 2), *[0] * (width > 1)])
