"""Patterns of users: what is refused, and what belongs to a word."""

from __future__ import annotations

import os
from typing import Any

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.patterns import Pattern, as_pattern, is_word


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "pattern is empty"),
        ("a\ud800", "pattern holds a lone surrogate"),
        (b"bytes", "pattern is a bytes"),
        (None, "pattern is a NoneType"),
    ],
)
def test_a_pattern_is_characters(text: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        as_pattern(text)


@pytest.mark.parametrize(
    ("name", "value"), [("begins", "line"), ("ends", None), ("ignore_case", 1)]
)
def test_options_have_known_values(name: str, value: Any) -> None:
    options = {name: value}
    with pytest.raises(InvalidInput, match=name):
        Pattern("a", **options)


def test_a_plain_pattern_is_one_byte_string() -> None:
    assert as_pattern("\u00e9\x00").plain == b"\xc3\xa9\x00"
    assert as_pattern(Pattern("a", ignore_case=True)).plain is None
    assert Pattern("a", begins="word").plain is None
    assert Pattern("a", ends="field").plain is None


@pytest.mark.parametrize("character", "aZ5_\u00e9\u00df\u5b57\u0e01\u00bd\u0301\u093f\u200c\u200d")
def test_what_belongs_to_words(character: str) -> None:
    assert is_word(character)


@pytest.mark.parametrize(
    "character", " \n-'.\x00\u00a0\u2019\u201c\u2014\u3002\u20ac\ufe0f\U0001f600"
)
def test_what_bounds_words(character: str) -> None:
    assert not is_word(character)


def test_what_is_no_unicode_is_named_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match="no UTF-8: the byte 0xff at character 1") as caught:
        as_pattern("a" + os.fsdecode(b"\xff"))
    assert "UTF-8" in (caught.value.hint or "")
    with pytest.raises(InvalidInput, match="lone surrogate at character 0") as caught:
        as_pattern("\ud800")
    assert caught.value.hint
