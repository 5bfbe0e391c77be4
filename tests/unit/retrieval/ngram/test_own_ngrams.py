from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.ngram.asked import read
from mnemic.retrieval.ngram.locating import locate
from mnemic.retrieval.ngram.own_ngrams import OwnNgrams, find_ngrams
from mnemic.retrieval.ngram.states import word_count
from mnemic.retrieval.ngram.words import codes_of, words_of

ANALYZER = Analyzer()


def index_of(*documents: str, cut: int = 1) -> NgramIndex:
    """Two segments; a bar stands between title and text."""
    symbols = [document.encode().replace(b"|", b"\xff") for document in documents]
    segments, start = [], 0
    for part in (symbols[:cut], symbols[cut:]):
        segment = NgramSegment.build(SymbolBatch.of_bytes(part))
        segments.append(LiveNgrams(segment, np.arange(start, start + len(part))))
        start += len(part)
    return NgramIndex(segments)


def counted(index: NgramIndex, *questions: str, longest: int = 6) -> dict[str, int]:
    """Every n-gram that occurs, in the words of the questions."""
    own = find_ngrams(index, questions, ANALYZER, longest=longest)
    return {
        " ".join(own.units[unit].text for unit in gram): int(own.counts[place])
        for gram, place in own.grams.items()
    }


def test_words_count_in_every_case_and_inflection() -> None:
    index = index_of("Rivers run|RIVER; the river's studies", "a study of Riverside, riverS")
    assert counted(index, "river study") == {"river": 4, "study": 2}


def test_ngrams_go_on_across_one_joint() -> None:
    index = index_of("red fox, red-fox and RED\nFoxes", "red  fox", "red|fox", "xred fox red foxy")
    assert counted(index, "red fox") == {"red": 6, "fox": 6, "red fox": 3}


def test_long_ngrams_are_found_from_every_word() -> None:
    index = index_of("the king of france is bald", "a king of spain")
    found = counted(index, "who was the king of France?")
    assert found["the king of france"] == 1
    assert found["king of"] == 2
    assert "was the" not in found
    assert "king of france" not in counted(index, "the king of France", longest=2)


def test_words_behind_other_characters_count() -> None:
    index = index_of("\u201cnow\u201d \u2014now (now", "\u00abnow\u00bb \u00a0now snow nowhere")
    assert counted(index, "now Now") == {"now": 5}


def test_pairs_match_anywhere_and_go_on_by_a_character() -> None:
    index = index_of("日本語の本", "本日本語")
    assert counted(index, "日本語") == {"日本": 2, "本語": 2, "日本 本語": 2}


def test_words_of_the_collection_are_counted() -> None:
    assert word_count(index_of("one two|three", "four-five 日本")) == 7


def test_equal_words_of_all_questions_are_one_unit() -> None:
    batch = read(["Rivers of ice", "the RIVER"], ANALYZER)
    assert [unit.text for unit in batch.units] == ["rivers", "of", "ice", "the"]
    assert [question.units for question in batch.questions] == [(0, 1, 2), (3, 0)]
    assert batch.questions[0].words == {0: 1, 1: 1, 2: 1}


def test_places_are_those_of_whole_words() -> None:
    index = index_of("river|a river, rivers", "upriver river2 the River")
    own = find_ngrams(index, ["the river"], ANALYZER, longest=2)
    places = located(index, own, "river")
    assert places == {(0, 0, 5), (0, 8, 13), (0, 15, 21), (1, 19, 24)}
    assert located(index, own, "the river") == {(1, 15, 24)}
    assert len(located(index, own, "river", limit=1)) == 3


def located(
    index: NgramIndex, own: OwnNgrams, text: str, *, limit: int = 100
) -> set[tuple[int, int, int]]:
    names = {
        " ".join(own.units[unit].text for unit in gram): place for gram, place in own.grams.items()
    }
    found = locate(index, own, [names[text]], limit=limit, allowed=None)
    rows = found.of(names[text])
    columns = (found.ordinals[rows], found.starts[rows], found.ends[rows])
    return set(zip(*(column.tolist() for column in columns), strict=True))


WORDS = ("the", "The", "king", "kings", "KING", "of", "France", "|", ",", ".", "\u2014")
texts = st.lists(st.sampled_from(WORDS), max_size=9)


@given(st.lists(texts, min_size=2, max_size=4), texts)
def test_counts_are_those_of_a_scan(corpus: list[list[str]], question: list[str]) -> None:
    documents = [" ".join(words) for words in corpus]
    asked = " ".join(question)
    for text, count in counted(index_of(*documents), asked, longest=3).items():
        assert count == sum(scanned(document, text.split()) for document in documents)


def scanned(document: str, wanted: list[str]) -> int:
    """Runs of words with the terms that are wanted, one character apart."""
    text = document.replace("|", "\udcff")
    words = words_of(codes_of(text), cjk=True)
    names = [_name(text[start:end]) for start, end in zip(words.starts, words.ends, strict=True)]
    size = len(wanted)
    return sum(
        names[at : at + size] == [_name(word) for word in wanted]
        and all(words.follows[at + 1 : at + size])
        for at in range(len(names) - size + 1)
    )


def _name(word: str) -> str:
    return " ".join(ANALYZER.analyze(word)) or word.lower()


@pytest.mark.parametrize("question", ["", "?!", "unheardof", "\x00"])
def test_what_does_not_occur_is_not_there(question: str) -> None:
    assert counted(index_of("one two", "three"), question) == {}


def test_spans_stop_where_words_do_not_join() -> None:
    (asked,) = read(["king 日本語"], ANALYZER).questions
    assert asked.joined == (False, False, True)
    assert all(asked.joined[last - 1] for first, last in asked.spans(3) if last - first > 1)
