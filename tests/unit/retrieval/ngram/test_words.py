from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.ngram.words import codes_of, keys_of, words_of


def read(text: str, *, cjk: bool = True) -> list[str]:
    words = words_of(codes_of(text), cjk=cjk)
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" . ,", []),
        ("The Normans' 10th_c", ["The", "Normans", "10th_c"]),
        ("war\u2014peace \u201cnow\u201d", ["war", "peace", "now"]),
        ("e\u0301t\u00e9", ["e\u0301t\u00e9"]),
        ("\u0301a", ["a"]),
        ("日本語", ["日本", "本語"]),
        ("日 本", ["日", "本"]),
        ("x日本y", ["x", "日本", "y"]),
        ("か\u3099き", ["か\u3099き"]),
        ("a\udcffb", ["a", "b"]),
    ],
)
def test_words_are_runs_and_pairs(text: str, expected: list[str]) -> None:
    assert read(text) == expected


def test_without_pairs_a_run_is_a_word() -> None:
    assert read("日本語", cjk=False) == ["日本語"]


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("a b-c", [False, True, True]),
        ("a  b", [False, False]),
        ("a(b", [False, False]),
        ("a\udcffb", [False, False]),
        ("日本語", [False, True]),
        ("日本x", [False, False]),
    ],
)
def test_words_follow_across_one_joint(text: str, follows: list[bool]) -> None:
    assert words_of(codes_of(text), cjk=True).follows.tolist() == follows


def test_keys_ignore_case_and_place() -> None:
    words = words_of(codes_of("Ärger ÄRGER arger, ärger"), cjk=True)
    assert len(set(words.keys.tolist())) == 2
    assert keys_of(["ÄRGER", "arger"]).tolist() == words.keys[[0, 2]].tolist()
    assert len(keys_of([])) == 0


@given(st.text(alphabet="aB \u0301é日か\u3099ก,-_1\U0001f98a", max_size=30))
def test_pairs_cover_what_is_no_other_character(text: str) -> None:
    words = words_of(codes_of(text), cjk=True)
    assert (words.starts < words.ends).all()
    assert (np.diff(words.starts) > 0).all()
    covered = np.zeros(len(text), np.bool_)
    for start, end in zip(words.starts, words.ends, strict=True):
        covered[start:end] = True
    for place, character in enumerate(text):
        assert covered[place] or not character.isalnum()
