from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.unit.retrieval.ngram.test_own_ngrams import index_of

from mnemic.retrieval.ngram import reading
from mnemic.retrieval.ngram.reading import Reading, keyed, read_back

if TYPE_CHECKING:
    import pytest

    from mnemic.retrieval.ngram.aggregation import Occurrences


def read(*documents: str, known: int = 0) -> Reading:
    ordinals = np.arange(len(documents))
    start = np.full(len(documents), known)
    return read_back(index_of(*documents), ordinals, start, cjk=True)


def rows(found: Occurrences) -> list[tuple[int, int, int, int]]:
    columns = (found.keys, found.documents, found.starts, found.ends)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_documents_are_read_whole_with_their_lengths() -> None:
    found = read("a title|a text of words", "", "\u00e9t\u00e9 here")
    assert found.lengths.tolist() == [6, 0, 2]
    assert found.text[found.bases[2] : found.bases[3] - 1] == "\u00e9t\u00e9 here"


def test_units_and_their_ngrams_stand_where_they_do() -> None:
    found = read("red fox|Red  fox", "the RED foxes")
    keys, units = keyed([("red", 7), ("fox", 3), ("foxes", 3)])
    of_words = found.units(keys, units)
    assert of_words.tolist() == [7, 3, 7, 3, -1, 7, 3]
    places = found.find([(7, 3), (3,)], of_words)
    assert rows(places)[:2] == [(0, 0, 0, 7), (0, 1, 4, 13)]
    assert [row[1:] for row in rows(places)[2:]] == [(0, 4, 7), (0, 13, 16), (1, 8, 13)]


def test_no_units_are_no_words() -> None:
    found = read("red fox", "x")
    assert found.units(*keyed([])).tolist() == [-1, -1, -1]


def test_texts_stand_as_whole_words() -> None:
    found = read("a fox, foxes; a fox", "firefox fox")
    assert rows(found.find_texts(["fox", "a fox"], 5)) == [
        (5, 0, 2, 5),
        (5, 0, 16, 19),
        (5, 1, 8, 11),
        (6, 0, 0, 5),
        (6, 0, 14, 19),
    ]


def test_of_a_long_document_the_part_around_a_place_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 8)
    found = read("0123456789abcdefghij", "short", known=14)
    assert found.text[: found.bases[1] - 1] == "abcdefgh"
    assert found.skipped.tolist() == [10, 10]
