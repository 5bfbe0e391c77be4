"""Texts as symbols and back, on both levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.llm.tokenizers import words
from tests.unit.retrieval.ngram.corpora import subwords

from mnemic.errors import InvalidInput
from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.ngram.spelling import ByteSpelling, TokenSpelling

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.ngram.spelling import Spelling

TEXT = "The capital, 漢字 é"


@pytest.fixture
def tokens(tmp_path: Path) -> TokenSpelling:
    return TokenSpelling(Tokenizer.open(subwords(tmp_path, ["The capital of France"])))


def spelled(spelling: Spelling, text: str) -> list[str]:
    units, *_ = spelling.units([text])[0]
    return [text[start:end] for start, end in units.characters.tolist()]


def test_words_are_the_units_of_bytes() -> None:
    text = "Don't  stop-me: 漢字 x_1, 1,000 é\u0301!"
    wanted = ["Don't", "stop", "me", "漢", "字", "x_1", "1,000", "é\u0301"]
    assert spelled(ByteSpelling(), text) == wanted
    assert spelled(ByteSpelling(), "plain, text") == ["plain", "text"]
    assert spelled(ByteSpelling(), "") == spelled(ByteSpelling(), " ,. ") == []


def test_the_places_of_words_are_their_bytes() -> None:
    [[units]] = ByteSpelling().units([TEXT])
    data = TEXT.encode()
    parts = [data[start:end].decode() for start, end in units.places.tolist()]
    assert parts == spelled(ByteSpelling(), TEXT) == ["The", "capital", "漢", "字", "é"]


def test_positions_of_bytes_are_characters() -> None:
    units = ByteSpelling().positions("a漢é")
    assert units.characters.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert units.places.tolist() == [[0, 1], [1, 4], [4, 6]]


def test_tokens_carry_the_space_before_them(tokens: TokenSpelling) -> None:
    assert spelled(tokens, "The capital of") == ["The", " capital", " of"]
    assert [tokens.piece(int(each)) for each in tokens.symbols("The capital")] == [
        "The",
        " capital",
    ]


def test_a_text_is_spelled_after_a_space_too(tokens: TokenSpelling) -> None:
    [spaced] = tokens.others("capital of")
    assert tokens.text(spaced) == " capital of"
    assert tokens.others(" capital") == tokens.others("") == tokens.others("(a") == []
    assert ByteSpelling().others("capital") == []


def test_parts_of_characters_are_shown_as_such(tokens: TokenSpelling) -> None:
    first, *_, last = tokens.symbols("漢 漢").tolist()
    assert {tokens.piece(first), tokens.piece(last)} == {"\ufffd"}
    assert tokens.text(np.array(tokens.symbols("é漢")[1:-1])) == ""
    assert ByteSpelling().piece(0xE6) == "\\xe6"
    assert ByteSpelling().piece(0x61) == "a"
    assert ByteSpelling().text(np.frombuffer("é漢a".encode()[1:], np.uint8)) == "漢a"


def test_words_of_other_tokenizers_are_shown_too(tmp_path: Path) -> None:
    spelling = TokenSpelling(Tokenizer.open(words(tmp_path, ["a", "cat", "sat"])))
    assert [spelling.piece(int(each)).strip() for each in spelling.symbols("cat sat")] == [
        "cat",
        "sat",
    ]


def test_the_span_of_units_has_whole_characters(tokens: TokenSpelling) -> None:
    units = tokens.positions("a漢b")
    count = len(units.symbols)
    assert count == 5
    assert [units.span(0, last) for last in range(1, 6)] == [(0, 1)] * 3 + [(0, 2), (0, 3)]
    assert [units.span(first, 5) for first in range(5)] == [(0, 3), (1, 3), (2, 3), (2, 3), (2, 3)]
    assert units.span(2, 3) == (2, 2)


def test_boundaries_are_no_symbols_of_texts(tokens: TokenSpelling) -> None:
    assert tokens.boundary == tokens.tokenizer.vocabulary_size
    assert tokens.batch([tokens.symbols("a")]).vocabulary == tokens.boundary + 1
    assert ByteSpelling().boundary not in "".join(map(chr, range(0x800))).encode()


@pytest.mark.parametrize("bad", [b"bytes", None, 3, "\ud800"])
def test_what_is_no_text_is_refused(bad: str, tokens: TokenSpelling) -> None:
    for spelling in (tokens, ByteSpelling()):
        with pytest.raises(InvalidInput, match="text"):
            spelling.symbols(bad)
        with pytest.raises(InvalidInput, match="text"):
            spelling.units([bad])
