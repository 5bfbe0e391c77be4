"""Patterns over arbitrary texts: every match that a scan of the strings finds, and no other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.text_scan import (
    APART,
    Place,
    are_together,
    indexed,
    meeting_places,
    place_of,
    places,
    reader,
)
from tests.counts import scaled

from mnemic.indexes.ngram.located import locate
from mnemic.indexes.ngram.matching import match
from mnemic.retrieval.ngram.finding import count, find
from mnemic.retrieval.ngram.first import first_places
from mnemic.retrieval.ngram.patterns import Pattern, as_bytes
from mnemic.retrieval.ngram.together import find_together
from mnemic.types import Document

PATTERNS = 10
EXAMPLES = scaled(5_000, 100_000) // PATTERNS
ALL = 10_000
# Each set is hard in its own way: one letter alone, letters of one case fold, several characters
# that fold to one and to several, Turkish, final sigma, marks, what bounds words, bytes of 1 to 4.
ALPHABETS: tuple[str, ...] = (
    "a",
    "ab",
    "aA\u00e4\u00c4",
    "sS\u017f\u00df\u1e9e",
    "f\ufb00\ufb01\ufb03iI",
    "iI\u0130\u0131\u0307",
    "\u03c3\u03c2\u03a3",
    "kK\u212a\u01c4\u01c5\u01c6",
    "ae\u0301 \ufe0f\u200d",
    "a \u00a0\u2019\u2014_-.",
    "a\x00\x01\x7f",
    "a\u00e9\u20ac\U0001f600\U0001d51e",
    "\U0001f469\U0001f3fd\u200d\U0001f4bb \u5b57",
)


@dataclass(frozen=True)
class Case:
    """Documents, some deleted, in some segments; and patterns that have a chance to be in them."""

    documents: list[Document]
    dead: set[int]
    cuts: list[int]
    patterns: list[Pattern]

    def places(self, pattern: Pattern) -> list[Place]:
        return places(self.documents, pattern, dead=self.dead)


@st.composite
def cases(draw: st.DrawFn, *, number: int = PATTERNS) -> Case:
    alphabet = draw(st.sampled_from(ALPHABETS) | st.permutations(ALPHABETS).map(_mixed))
    texts = st.text(alphabet, max_size=8)
    pairs = draw(st.lists(st.tuples(texts, texts), max_size=5))
    documents = [Document(id=str(i), title=a, text=b) for i, (a, b) in enumerate(pairs)]
    numbers = st.integers(0, len(documents))
    edges = st.sampled_from(["anywhere", "anywhere", "word", "field"])
    patterns = st.builds(
        Pattern,
        st.text(alphabet, min_size=1, max_size=4),
        ignore_case=st.booleans(),
        begins=edges,
        ends=edges,
    )
    return Case(
        documents,
        draw(st.sets(numbers, max_size=2)),
        draw(st.lists(numbers, max_size=2)),
        draw(st.lists(patterns, min_size=number, max_size=number)),
    )


def _mixed(alphabets: list[str]) -> str:
    return "".join(alphabets[:3])


@given(cases())
@settings(max_examples=EXAMPLES)
def test_counts_and_places_are_those_of_a_scan(case: Case) -> None:
    index = indexed(case.documents, dead=case.dead, cuts=case.cuts)
    wanted = [case.places(pattern) for pattern in case.patterns]
    assert count(index, case.patterns).tolist() == [len(found) for found in wanted]
    for pattern, expected in zip(case.patterns, wanted, strict=True):
        found = find(index, pattern, reader(case.documents), limit=ALL, context=2)
        assert [place_of(each) for each in found.occurrences] == expected
        assert found.total == len(expected)
        assert found.documents == len({place[0] for place in expected})
        for each in found.occurrences:
            text = getattr(case.documents[each.ordinal // APART], each.field)
            assert each.match == text[each.start : each.end]
            assert each.before == text[max(0, each.start - 2) : each.start]
            assert each.after == text[each.end : each.end + 2]


@given(cases(number=2), st.integers(0, 4))
def test_the_first_matches_are_the_same_without_all_others(case: Case, limit: int) -> None:
    index = indexed(case.documents, dead=case.dead, cuts=case.cuts)
    for pattern in case.patterns:
        [asked] = as_bytes(index, [pattern])
        first = first_places(index, asked, limit, most_bytes=None)
        every = locate(index, match(index, [asked]), most=ALL)
        assert first is not None
        assert min(limit, len(every)) <= len(first) <= len(every)
        for column in ("ordinals", "starts", "ends"):
            assert np.array_equal(getattr(first, column), getattr(every, column)[: len(first)])


@given(cases(number=4), st.data())
@settings(max_examples=EXAMPLES)
def test_clauses_meet_where_a_scan_finds_them_together(case: Case, data: st.DataObject) -> None:
    index = indexed(case.documents, dead=case.dead, cuts=case.cuts)
    some = st.lists(st.sampled_from(case.patterns), min_size=1, max_size=2)
    clauses = data.draw(st.lists(some, min_size=1, max_size=3))
    window = data.draw(st.none() | st.integers(1, 8))
    found = find_together(index, clauses, reader(case.documents), window=window, limit=ALL)
    united = [_united(case, clause) for clause in clauses]
    wanted = meeting_places(united, found.driver, window)
    met = [[place_of(place) for place in meeting.places] for meeting in found.meetings]
    assert [meeting[found.driver] for meeting in met] == wanted
    assert (found.total, found.documents) == (len(wanted), len({place[0] for place in wanted}))
    for meeting in met:
        assert are_together(meeting, window)
        assert all(place in clause for place, clause in zip(meeting, united, strict=True))


def _united(case: Case, clause: list[Pattern]) -> list[Place]:
    every = sorted(place for pattern in clause for place in case.places(pattern))
    return [place for place, _ in groupby(every)]
