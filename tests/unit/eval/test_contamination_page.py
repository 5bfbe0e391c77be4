"""The page of a contamination report: everything escaped, everything in it, nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mnemic.eval.report import contamination_page
from mnemic.eval.report.contamination import LONGEST_TEXT, percent
from mnemic.retrieval.ngram.contamination import BINS, Contamination, Overall
from mnemic.retrieval.ngram.overlap import Item, Longest, Overlap, Share

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> {{ 7 * 7 }} & \x1b[31m\x00 日本"


def overall(n: int) -> Overall:
    return Overall(n, 10, 4, 2, 1, 1, 0.5, (1, *([0] * (len(BINS) - 2)), 1))


def overlap(text: str = HOSTILE, spans: tuple[tuple[int, int], ...] = ((0, 8),)) -> Overlap:
    longest = Longest(0, 0, 8, 3, text[:8], 2, HOSTILE, HOSTILE, HOSTILE)
    return Overlap(Item(HOSTILE, (text,)), 9, (Share(3, 7, 5), Share(9, 0, 0)), longest, (spans,))


def report(*items: Overlap) -> Contamination:
    return Contamination("tokens", "token", HOSTILE, 2, (overall(3), overall(9)), items)


def made(*items: Overlap, shown: int = 100) -> str:
    return contamination_page(report(*items), about={HOSTILE: HOSTILE}, shown=shown)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def marked(page: str) -> list[str]:
    body = page[page.index("<article>") :]
    return [re.sub(r"<.*?>", "", each) for each in re.findall(r"<mark.*?</mark>", body, re.DOTALL)]


def test_hostile_text_stays_text() -> None:
    page = made(overlap())
    parsed = Tags()
    parsed.feed(page)
    assert not {"script", "img", "iframe", "link", "object"} & set(parsed.tags)
    assert not [name for name in parsed.attributes if name.startswith("on") or name == "src"]
    assert "&lt;script&gt;alert" in page
    assert "{{ 7 * 7 }}" in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "日本" in page


def test_the_page_needs_nothing_else() -> None:
    page = made(overlap())
    assert not re.search(r"""(?:href|src)=["'](?!#)|@import|url\((?!#)""", page)
    assert "default-src 'none'" in page
    assert "<svg" in page


def test_matched_parts_are_marked() -> None:
    text = "plain found longest found end"
    item = replace(
        overlap(text, ((6, 25),)),
        longest=Longest(0, 12, 19, 1, "longest", 1, "d", "before ", " after"),
    )
    assert marked(made(item)) == ["found ", "longest", " found", "longest"]


def test_all_figures_are_there() -> None:
    page = made(overlap())
    for wanted in ("71.4% of 7 3-grams", "- of 0 9-grams", "40.0%", "3 tokens", "2 times"):
        assert wanted in page
    assert "case, punctuation" in page


def test_an_item_without_matches_has_no_mark() -> None:
    item = replace(overlap(), longest=None, spans=((),))
    assert marked(made(item)) == []


def test_a_report_without_items_is_a_page() -> None:
    assert "<article>" not in made()
    assert "None." in made()


def test_only_the_first_items_are_shown() -> None:
    page = made(*[overlap()] * 5, shown=2)
    assert page.count("<article>") == 2
    assert "The first 2 of 2" in page


@pytest.mark.parametrize(
    "spans", [((0, 8),), ((50_000, 90_000),), tuple((i, i + 2) for i in range(0, 90_000, 4))]
)
def test_long_texts_are_cut(spans: tuple[tuple[int, int], ...]) -> None:
    page = made(overlap("word " * 20_000, spans))
    assert "characters]" in page
    assert len(page) < 40_000 + 30 * LONGEST_TEXT


def test_equal_reports_are_equal_bytes() -> None:
    assert made(overlap()) == made(overlap())


def test_an_undefined_share_is_a_dash() -> None:
    assert (percent(None), percent(0.0), percent(1.0)) == ("-", "0.0%", "100.0%")
