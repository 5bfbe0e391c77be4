"""Finding exact substrings: where they stand in titles and texts, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.text_scan import APART, indexed, place_of, reader

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.retrieval.ngram import finding
from mnemic.retrieval.ngram.finding import Occurrence, count, find
from mnemic.retrieval.ngram.first import first_places
from mnemic.retrieval.ngram.patterns import Edge, Pattern, as_bytes
from mnemic.types import Document

DOCUMENTS = [
    Document(id="a", title="\u00c9t\u00e9 code", text="code \U0001f600 code\u2019s\u00a0code"),
    Document(id="b", text="decode"),
    Document(id="c", title="Code", text=""),
    Document(id="d", title="", text="code\u0301, \u201ccode\u201d\n"),
]
INDEX = indexed(DOCUMENTS, cuts=[1])
READ = reader(DOCUMENTS)


def found(pattern: str | Pattern, **options: Any) -> list[tuple[int, ...]]:
    return [place_of(each) for each in find(INDEX, pattern, READ, **options).occurrences]


def test_an_occurrence_says_where_it_stands_in_characters() -> None:
    result = find(INDEX, "code", READ, limit=4, context=3)
    assert (result.total, result.documents) == (7, 3)
    assert result.occurrences[0] == Occurrence("a", 0, "title", 4, 8, "t\u00e9 ", "code", "")
    assert result.occurrences[2] == Occurrence(
        "a", 0, "text", 7, 11, " \U0001f600 ", "code", "\u2019s\u00a0"
    )


def test_the_first_ones_come_by_document_field_and_start() -> None:
    every = found("code")
    assert every == sorted(every)
    assert [found("code", limit=limit) for limit in (0, 1, 5)] == [[], every[:1], every[:5]]
    assert find(INDEX, "code", READ, limit=0).documents == 3


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("field", "anywhere", [(0, 1, 0, 4), (9, 1, 0, 4)]),
        ("anywhere", "field", [(0, 0, 4, 8), (0, 1, 14, 18), (3, 1, 2, 6)]),
        ("field", "field", []),
        ("word", "field", [(0, 0, 4, 8), (0, 1, 14, 18)]),
    ],
)
def test_fields_bound_prefixes_and_suffixes(
    begins: Edge, ends: Edge, expected: list[tuple[int, ...]]
) -> None:
    assert found(Pattern("code", begins=begins, ends=ends)) == expected


def test_whole_words_end_at_curly_quotes_and_spaces_but_not_before_marks() -> None:
    words = found(Pattern("code", begins="word", ends="word"))
    assert words == [(0, 0, 4, 8), (0, 1, 0, 4), (0, 1, 7, 11), (0, 1, 14, 18), (9, 1, 8, 12)]
    assert found(Pattern("\u2019s", begins="word", ends="word")) == []


def test_case_is_ignored_where_asked_for() -> None:
    pattern = Pattern("CODE", ignore_case=True)
    assert count(INDEX, [pattern, "CODE", "code", "Code"]).tolist() == [8, 0, 7, 1]
    assert found(Pattern("\u00e9T\u00c9", ignore_case=True)) == [(0, 0, 0, 3)]


def test_nothing_matches_across_title_and_text() -> None:
    assert count(INDEX, ["codecode", "eco", "e\u00ffc"]).tolist() == [0, 1, 0]


def test_documents_that_are_gone_are_counted_but_not_shown() -> None:
    result = find(INDEX, "code", reader(DOCUMENTS, gone={0}))
    assert result.total == 7
    assert [each.id for each in result.occurrences] == ["b", "d", "d"]


def test_a_deleted_document_is_not_found() -> None:
    index = indexed(DOCUMENTS, dead={0, 2}, cuts=[2, 3])
    assert find(index, Pattern("code", ignore_case=True), READ).total == 3
    assert count(index, ["\u00e9", Pattern("code", begins="word")]).tolist() == [0, 2]


@pytest.mark.parametrize("documents", [[], [Document(id="a")]])
def test_an_empty_collection_has_nothing(documents: list[Document]) -> None:
    index = indexed(documents)
    word = Pattern("a", begins="word", ends="word")
    assert count(index, [Pattern("a", ignore_case=True), word, "a"]).tolist() == [0, 0, 0]
    assert find(index, word, reader(documents)).documents == 0


def test_a_frequent_pattern_is_found_in_the_first_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "SORTED", 999)
    documents = [Document(id="a", text="b a a"), Document(id="b", text="a" * 998)]
    index, read = indexed(documents), reader(documents)
    found = find(index, "a", read, limit=3)
    assert (found.total, found.documents) == (1000, None)
    starts = [place_of(each)[:3] for each in found.occurrences]
    assert starts == [(0, 1, 2), (0, 1, 4), (APART, 1, 0)]
    assert find(index, "a", read, limit=0, exhaustive=True).documents == 2
    assert find(index, "aa", read).documents == 1


def test_looking_through_documents_is_given_up_where_it_takes_too_long() -> None:
    documents = [Document(id=str(number), text="x" * 50 + "a") for number in range(100)]
    index = indexed(documents)
    [pattern] = as_bytes(index, [Pattern("a")])
    assert first_places(index, pattern, 100, most_bytes=10) is None
    assert first_places(index, pattern, 10, most_bytes=10) is not None


def test_documents_of_too_many_matches_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SORTED", 2)
    monkeypatch.setattr(finding, "MOST_PLACES", 3)
    assert find(INDEX, "code", READ, limit=3).documents is None
    assert len(found("code", limit=100)) == 7
    with pytest.raises(LimitExceeded, match="more than 3 places"):
        find(INDEX, "code", READ, exhaustive=True)


@pytest.mark.parametrize("options", [{"limit": -1}, {"limit": 1.5}, {"context": -1}])
def test_numbers_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(options))):
        find(INDEX, "code", READ, **options)


@pytest.mark.parametrize("patterns", ["code", None, [""], ["a", 7]])
def test_patterns_are_a_sequence_of_patterns(patterns: Any) -> None:
    with pytest.raises(InvalidInput, match="pattern"):
        count(INDEX, patterns)


def test_a_document_of_very_many_different_characters_leaves_words_findable() -> None:
    private = [chr(code) for code in range(0xF0000, 0x110000)]
    text = "".join(f"{character}qz\nqz{character}\n" for character in private)
    index = indexed([Document(id="all", text=f"{text}aqz qzb qz")])
    edges: list[dict[str, Any]] = [{"begins": "word"}, {"ends": "word"}]
    edges.append({"begins": "word", "ends": "word"})
    patterns = [Pattern("qz", **each) for each in edges]
    assert count(index, patterns).tolist() == [2 * len(private) + each for each in (2, 2, 1)]
