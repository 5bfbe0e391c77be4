"""XHTML: short forms of empty elements, DTDs, and HTML that is left alone."""

from __future__ import annotations

import pytest

from mnemic.retrieval.ingestion.extraction.html import extract_html
from mnemic.retrieval.ingestion.extraction.xhtml import as_html

SPACE = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<script src="a>b"/>x', '<script src="a>b"></script>x'),
        ("<a id='x' />y<br/><img src='/'/>", "<a id='x'></a>y<br/><img src='/'/>"),
        ("<DIV/><p>a/></p>", "<DIV></DIV><p>a/></p>"),
        ("<a href=x/>y", "<a href=x/>y"),
    ],
)
@pytest.mark.parametrize("start", ['<?xml version="1.0"?>', f"<!DOCTYPE html>\n<html {SPACE}>"])
def test_empty_elements_get_their_end(start: str, page: str, expected: str) -> None:
    assert as_html(start + page) == start + expected


def test_html_stays_as_it_is() -> None:
    page = '<!DOCTYPE html><html><div/><script src="x"/>'
    assert as_html(page) is page


@pytest.mark.parametrize(
    "subset", ['<!ENTITY a "]>b">', "<!-- ]> ' --><!ENTITY % p SYSTEM 'file:///x'>%p;", ""]
)
def test_a_dtd_is_no_text(subset: str) -> None:
    page = f"""<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html SYSTEM "x.dtd" [{subset}]>
    <html {SPACE}><head><title/><script src="x"/></head><body><p>text</p></body></html>"""
    assert extract_html(page.encode(), 1_000).text == "text"
