"""PDF: text by page, metadata, and files that hold no text or cannot be opened."""

from __future__ import annotations

import pytest
from tests.made_files import LOCKED, lines, pdf

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction.pdf import extract_pdf

LARGEST = 1 << 20
GOOD = pdf(lines("One", "two."), b"", lines("Three"))


def test_pages_stand_between_form_feeds() -> None:
    found = extract_pdf(GOOD, LARGEST)
    assert found.text == "One\ntwo.\f\fThree"
    assert found.text.count("\f", 0, found.text.index("Three")) + 1 == 3
    assert (found.title, found.metadata) == ("", {"pages": 3})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["an exam-", "ple here"], "an example here"),
        (["caf\u00e9  \u20ac  5", "\u201cyes\u201d"], "caf\u00e9 \u20ac 5\n\u201cyes\u201d"),
        (["call\\(x\\) here", "and on"], "call(x) here\nand on"),
    ],
)
def test_lines_are_cleaned(written: list[str], expected: str) -> None:
    assert extract_pdf(pdf(lines(*written)), LARGEST).text == expected


def test_metadata() -> None:
    info = "/Title( My  Title )/Author(\xfe\xff\0A\0\xe9)/CreationDate(D:20240503101500+02'00')"
    found = extract_pdf(pdf(lines("x"), info=info), LARGEST)
    assert found.title == "My Title"
    assert found.metadata == {"pages": 1, "author": "Aé", "created": "2024-05-03T10:15:00"}


@pytest.mark.parametrize("date", ["", "D:", "May 2024", "D:2024"])
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    found = extract_pdf(pdf(lines("x"), info=f"/CreationDate({date})"), LARGEST)
    assert found.metadata == {"pages": 1}


def test_text_turned_with_the_page_is_read() -> None:
    turned = pdf(lines("Turned page")).replace(b"/MediaBox[", b"/Rotate 90/MediaBox[")
    assert extract_pdf(turned, LARGEST).text == "Turned page"


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (pdf(lines("x"), trailer=LOCKED), "encrypted", "without a password"),
        (pdf(lines("x"), trailer=LOCKED.replace(b"Standard", b"Unknown")), "encrypted", "copy"),
        (pdf(b"", b"0 0 100 100 re f"), "no text on its 2 pages", "OCR"),
        (pdf(), "no pages", "complete"),
        (pdf(b"<garbage> ((("), "no text on its 1 page", "OCR"),
        *((GOOD[:size], "damaged|no text|pages", "") for size in (0, 5, 9, 100, 300, 600)),
        (b"<html>no PDF</html>", "damaged", "complete"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        extract_pdf(content, LARGEST)
    assert hint in caught.value.hint


def test_text_over_the_limit_names_the_page() -> None:
    with pytest.raises(InvalidInput, match="limit of 12 bytes at page 3"):
        extract_pdf(GOOD, 12)
