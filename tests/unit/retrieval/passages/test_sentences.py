"""Where sentences end, and where a full stop is no end."""

from __future__ import annotations

import pytest

from mnemic.retrieval.passages import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith met Mr. Jones.",
        "It cost 3.14 euros.",
        "J. K. Rowling wrote it.",
        "He lives in the U.S. Army base.",
        "See Fig. 3 and No. 5 there.",
        "Smith et al. Found it.",
        "Well... maybe not.",
        "e.g. apples, i.e. fruit.",
        "Go to example.com now.",
        "What?! she said.",
    ],
)
def test_no_end_inside(sentence: str) -> None:
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("Really?! Yes… Sure.", ["Really?!", "Yes…", "Sure."]),
        ("A heading\n\nThe text", ["A heading", "The text"]),
        ("List:\n- one\n- two\n1. three", ["List:", "- one", "- two", "1. three"]),
        ("这是一句。那是一句！", ["这是一句。", "那是一句！"]),  # noqa: RUF001
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("The answer is no. Then he left.", ["The answer is no.", "Then he left."]),
    ],
)
def test_ends(text: str, parts: list[str]) -> None:
    assert split(text) == parts
