"""What is no text, or no sequence of texts, is refused before any model sees it."""

from __future__ import annotations

from typing import Any

import pytest

from mnemic.errors import InvalidInput
from mnemic.llm.texts import check_texts


@pytest.mark.parametrize("text", [None, 7, b"bytes", ["nested"], "\ud800", "half \udfff"])
@pytest.mark.parametrize("place", [0, 2])
def test_a_bad_text_is_named_by_its_place(text: Any, place: int) -> None:
    texts: list[Any] = ["a", "b", "c"]
    texts[place] = text
    with pytest.raises(InvalidInput, match=f"text {place} is"):
        check_texts(texts)


@pytest.mark.parametrize("text", ["", "one text", b"", b"bytes"])
def test_one_text_is_not_taken_for_its_letters(text: Any) -> None:
    with pytest.raises(InvalidInput, match="texts is one") as caught:
        check_texts(text)
    assert caught.value.hint


@pytest.mark.parametrize("texts", [[], [""], ("a", "\x00", "🦊\u202e"), ["a"] * 3])
def test_every_valid_text_passes(texts: Any) -> None:
    check_texts(texts)
