"""Snippets: the densest window, original offsets, bounded work."""

from __future__ import annotations

import time

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.passages import snippet

ANALYZER = Analyzer()


def shown(text: str, query: str, *, width: int = 60) -> str:
    extract, (start, end) = snippet(text, ANALYZER.analyze(query), ANALYZER, width=width)
    assert extract == text[start:end]
    assert len(extract) <= width
    return extract


def test_the_window_with_most_different_terms_wins() -> None:
    text = "apple apple apple. " + "filler. " * 30 + "An apple and a pear grow. " + "filler " * 30
    assert shown(text, "apples pears").startswith("An apple and a pear grow.")


def test_without_a_match_it_is_the_beginning() -> None:
    assert (
        shown("The first words. " * 20, "zebra")
        == "The first words. The first words. The first words. The first"
    )
    assert shown("", "zebra") == ""
    assert shown("short", "") == "short"


def test_words_stay_whole_where_they_can() -> None:
    extract = shown("lorem " * 50 + "needle " + "ipsum " * 50, "needle", width=40)
    assert "needle" in extract
    assert set(extract.split()) <= {"lorem", "needle", "ipsum"}


def test_a_word_wider_than_the_snippet_is_cut() -> None:
    assert shown("x" * 500, "x" * 500, width=10) == "x" * 10


def test_other_scripts_and_forms_are_found() -> None:
    assert "日本語" in shown("あ" * 500 + "。日本語です。" + "い" * 500, "日本語", width=20)
    assert "ﬁnal" in shown("word " * 50 + "the ﬁnal\u00a0act " + "word " * 50, "final", width=30)


def test_width_must_be_positive() -> None:
    with pytest.raises(InvalidInput, match="width"):
        snippet("text", ["text"], ANALYZER, width=0)


@pytest.mark.slow
def test_a_huge_text_is_looked_at_in_part() -> None:
    text = "some words come here " * 2_500_000
    began = time.perf_counter()
    assert shown(text + "needle", "needle").startswith("some words")
    assert time.perf_counter() - began < 5


def test_a_snippet_does_not_begin_inside_a_word() -> None:
    text = "x" * 300 + " Unlike Future.cancel, this does not guarantee that the task is cancelled"
    extract = shown(text, "cancel", width=60)
    assert extract.startswith(("Unlike", "Future.", "cancel"))
    extract = shown(text, "cancel", width=40)
    assert extract.startswith(("Unlike", "Future.", "cancel"))
