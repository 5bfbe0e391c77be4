"""Web pages: what is text and what is not, titles, metadata."""

from __future__ import annotations

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction.html import extract_html

LARGEST = 1 << 20


def text(body: str) -> str:
    return extract_html(f"<!doctype html><title>T</title>{body}".encode(), LARGEST).text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>a \n b<b>c</b> d<p>e", "a bc d\n\ne"),
        ("<h1>One</h1>two<div>three</div>four", "One\n\ntwo\nthree\nfour"),
        ("a<br>b<br><br>c", "a\nb\nc"),
        ("<ul><li>a<li><p>b</p><li>c<p>d</ul>e", "- a\n- b\n- c\n\nd\n\ne"),
        ("<table><tr><th>a<th>b<tr><td><p>c</p><td>d</table>", "a | b\nc | d"),
        ("<pre>\nif x:\n    y  \n\n</pre>z", "if x:\n    y\n\nz"),
        ("<p>&eacute;&nbsp;&#x1F600;&lt;b&gt; co\u00adop", "é \U0001f600<b> coop"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"),
        ("a<!-- b --><![CDATA[c]]>d", "ad"),
        ("<details><summary>a</summary>b</details>", "a\nb"),
    ],
)
def test_text_keeps_its_blocks_and_loses_its_spaces(body: str, expected: str) -> None:
    assert text(body) == expected


@pytest.mark.parametrize(
    "part",
    [
        *(f"<{tag}>no</{tag}>" for tag in ("script", "style", "template", "noscript", "nav")),
        *(f"<{tag}>no</{tag}>" for tag in ("header", "footer", "aside", "button", "textarea")),
        *(
            "<svg><title>no</title><text>no</text></svg>",
            "<iframe>no</iframe>",
            "<object>no</object>",
        ),
        *("<p hidden>no</p>", "<p aria-hidden=true>no</p>", "<select><option>no</select>"),
        *("<div role=navigation>no</div>", "<div role=Banner>no</div>", "<a href=#x>¶</a>"),
    ],
)
def test_what_is_no_text_of_the_page_is_left_out(part: str) -> None:
    assert text(f"<p>yes</p>{part}<p>again</p>") == "yes\n\nagain"


def test_the_main_part_wins_over_all_around_it() -> None:
    page = "<div>menu</div><main><header>by A</header>a<main>b</main></main><div>ads</div>"
    assert text(page) == "by A\n\na\n\nb"
    assert text("<div role=main>a</div>menu<article>x</article>") == "a"
    assert text("<main><script>x</script></main>outside") == "outside"
    assert text("<article><header>by A</header>a<footer>f</footer></article>") == "by A\n\na\n\nf"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title> A\n &amp; B </title><h1>C</h1>", "A & B"),
        ("<title> </title><h1></h1><h1>C <i>d</i></h1>", "C d"),
        ("<svg><title>S</title></svg><h2>x</h2>", ""),
    ],
)
def test_titles(page: str, title: str) -> None:
    assert extract_html(f"{page}<p>text".encode(), LARGEST).title == title


def test_metadata() -> None:
    head = "<html lang=de><meta name=Author content=' A  B '><meta name=author content=C>"
    head += "<meta name=description content=D><meta name=viewport content=E><meta name=author>"
    assert extract_html(f"{head}<p>x".encode(), LARGEST).metadata == {
        "author": "A B",
        "description": "D",
        "language": "de",
    }


@pytest.mark.parametrize("page", ["", " \n", "<title>only</title>", "<div id=app></div>", "<nav>x"])
def test_a_page_without_text_is_refused(page: str) -> None:
    with pytest.raises(InvalidInput, match="holds no text") as caught:
        extract_html(page.encode(), LARGEST)
    assert "browser" in caught.value.hint


def test_xhtml_entities_of_a_dtd_are_not_read() -> None:
    page = """<?xml version="1.0"?><!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd" [
    <!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>
    <html xmlns="http://www.w3.org/1999/xhtml"><body><p>x &a; &f; y</p></body></html>"""
    assert extract_html(page.encode(), LARGEST).text == "x &a; &f; y"


def test_deep_nesting_needs_no_recursion() -> None:
    assert text("<i>" * 5_000 + "deep") == "deep"
