"""Terms of the columns of learned sparse vectors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import VocabularyIds, vocabulary_of_tokens

NUMBERS = (0, 1, 9, 10, 255, 256, 65_535, 65_536, 2**24, 2**32 - 2)


def test_ids_ascend_as_terms() -> None:
    ids = VocabularyIds(2**32 - 1)
    terms = [ids[number] for number in NUMBERS]
    assert all(one < other for one, other in pairwise(terms))
    assert {len(term) for term in terms} == {4}
    assert [ids.id_of(term) for term in terms] == list(NUMBERS)
    assert [ids.name(term) for term in terms] == [str(number) for number in NUMBERS]


def test_ids_are_a_sequence() -> None:
    ids = VocabularyIds(3)
    assert list(ids) == [b"\0\0\0\0", b"\0\0\0\1", b"\0\0\0\2"]
    assert (len(ids), ids[-1], ids[1:]) == (3, b"\0\0\0\2", list(ids)[1:])
    assert ids == VocabularyIds(3)
    with pytest.raises(IndexError):
        ids[3]


@pytest.mark.parametrize("term", [b"", b"\0\0\3", b"\0\0\0\3", b"\0\0\0\0\1", b"word"])
def test_a_term_that_is_no_id_is_refused(term: bytes) -> None:
    with pytest.raises(InvalidInput, match="is no id of a vocabulary of 3"):
        VocabularyIds(3).id_of(term)


@pytest.mark.parametrize("size", [0, -1, 2**32, 1.5, "3", None])
def test_a_size_out_of_range_is_refused(size: Any) -> None:
    with pytest.raises(InvalidInput, match="size="):
        VocabularyIds(size)


def test_tokens_are_their_bytes() -> None:
    assert vocabulary_of_tokens(["fox", "##es", "é", ""]) == (b"fox", b"##es", "é".encode(), b"")


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["a", "b", "a"], "ids 0 and 2 have the same token 'a'"),
        (["a", b"b"], "the token of id 1 is a bytes"),
        (["a", None], "the token of id 1 is a NoneType"),
        (["\ud800"], "the token of id 0 is no valid Unicode"),
    ],
)
def test_tokens_that_cannot_be_terms_are_refused(tokens: list[Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        vocabulary_of_tokens(tokens)
