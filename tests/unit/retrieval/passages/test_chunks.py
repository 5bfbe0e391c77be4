"""Passages: whole sentences within a budget, overlap, and offsets into the original."""

from __future__ import annotations

import time

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.passages import chunk, count_words
from mnemic.types import Document, Passage

TEN = "One two three four. Five six seven eight. Nine ten eleven twelve. Last one here."


def cut(text: str, *, tokens: int = 200, overlap: int = 0) -> list[str]:
    return [
        part.text for part in chunk(Document(id="d", text=text), tokens=tokens, overlap=overlap)
    ]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_to_cut(text: str) -> None:
    assert cut(text) == []


def test_a_short_text_is_one_passage_with_its_offsets() -> None:
    assert chunk(Document(id="d", text="  Hello there. ")) == [Passage("d", 2, 14, "Hello there.")]


def test_sentences_are_packed_up_to_the_budget() -> None:
    assert cut(TEN, tokens=8) == [
        "One two three four. Five six seven eight.",
        "Nine ten eleven twelve. Last one here.",
    ]


def test_neighbours_share_whole_sentences() -> None:
    assert cut(TEN, tokens=8, overlap=4) == [
        "One two three four. Five six seven eight.",
        "Five six seven eight. Nine ten eleven twelve.",
        "Nine ten eleven twelve. Last one here.",
    ]


def test_a_long_sentence_is_cut_between_words() -> None:
    assert cut("a b c d e f g", tokens=3) == ["a b c", "d e f", "g"]
    assert cut("a b c d e f g", tokens=4, overlap=2) == ["a b c d", "c d e f", "e f g"]


def test_a_long_word_is_cut_between_characters() -> None:
    document = Document(id="d", text="tiny " + "x" * 20)
    parts = chunk(document, tokens=6, overlap=0, counter=len)
    assert "".join(part.text for part in parts) == "tiny" + "x" * 20
    assert all(len(part.text) <= 6 for part in parts)


def test_scripts_without_spaces_count_by_character() -> None:
    assert count_words("日本 two ภา") == 5
    assert count_words("x" * 120) == 3
    assert cut("日本語です。次の文。", tokens=6) == ["日本語です。", "次の文。"]


@pytest.mark.parametrize(("tokens", "overlap"), [(0, 0), (5, 5), (5, -1)])
def test_sizes_out_of_range_are_refused(tokens: int, overlap: int) -> None:
    with pytest.raises(InvalidInput, match=r"tokens|overlap"):
        chunk(Document(id="d", text="x"), tokens=tokens, overlap=overlap)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern", ["word. ", "x", ".", "\n- ", "日", ").) ", "\n \n", "a.", ' ." ']
)
def test_hostile_texts_take_linear_time(pattern: str) -> None:
    began = time.perf_counter()
    chunk(Document(id="d", text=pattern * 200_000))
    assert time.perf_counter() - began < 10
