"""Reports: everything escaped, nothing from the network, figures that follow the theme."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console
from tests.unit.eval.overlap import Overlap, write_dataset

from mnemic.eval.datasets import load
from mnemic.eval.measures import Evaluation
from mnemic.eval.meters import Latency
from mnemic.eval.report import (
    Indexing,
    Result,
    Section,
    comparison_record,
    comparison_table,
    cost_table,
    evaluation_table,
    page,
    result_record,
    result_table,
    sections_of,
)
from mnemic.eval.report.plots import latency_plot, measures_plot
from mnemic.eval.runner import run
from mnemic.eval.significance import compare

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.eval.report.wide_table import WideTable

HOSTILE = "<script>alert('x')</script> $\\frac{1}{2}$ & \x1b[31m\x00 日本 [bold]"


def evaluation(name: str, *, seed: int, queries: int = 30) -> Evaluation:
    values = np.random.default_rng(seed).random((2, queries))
    ids = tuple(f"q{i}" for i in range(queries))
    return Evaluation(name, ids, {"nDCG@10": values[0], "AP": values[1]}, 0)


@pytest.fixture
def section() -> Section:
    runs = (evaluation(HOSTILE, seed=1), evaluation("bm25", seed=2))
    latency = Latency.from_values([0.5, 1.0, 20.0], of=3)
    return Section(f"data {HOSTILE}", runs, compare(runs), {HOSTILE: latency, "bm25": latency})


@pytest.fixture
def result(tmp_path: Path) -> Result:
    dataset = load(write_dataset(tmp_path / "pets"), data=None, cache=tmp_path)
    outcome = run(dataset, Overlap.over(list(dataset.documents())), name=HOSTILE)
    return Result(outcome, Indexing(5, 0.25, 1234, 10_000), 2)


class Tags(HTMLParser):
    """Collects the names of all tags and every attribute that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href")
        ]


def test_the_page_says_what_a_name_stands_for(section: Section, result: Result) -> None:
    named = replace(result, outcome=replace(result.outcome, resolved="z-score(bm25,dense)/1000"))
    assert "z-score(bm25,dense)/1000, depth" in page("t", [section], results=[named])
    same = replace(result, outcome=replace(result.outcome, resolved=result.outcome.retriever))
    assert "<small>depth" in page("t", [section], results=[same])


def test_the_page_holds_no_script_and_no_link(section: Section, result: Result) -> None:
    html = page(HOSTILE, [section, *sections_of([result])], results=[result], date="2026-01-01")
    parser = Tags()
    parser.feed(html)
    assert not parser.tags & {"script", "iframe", "link", "img", "b", "object"}
    assert all(link.startswith("#") for link in parser.links)
    assert "&lt;script&gt;" in html
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", html)
    assert not re.search(r"url\((?!#)", html)


def test_figures_take_the_colour_of_the_page(section: Section) -> None:
    html = page("t", [section])
    assert "currentColor" in html
    assert "#010203" not in html
    assert "prefers-color-scheme: dark" in html
    assert "<?xml" not in html


def test_figures_are_well_formed_and_keep_dollars_as_text(section: Section) -> None:
    for figure in (measures_plot(section.evaluations), latency_plot(section.latencies)):
        root = ElementTree.fromstring(figure)
        texts = "".join(root.itertext())
        assert root.get("role") == "img"
        assert "$\\frac{1}" in texts
        assert "<script>" in texts


def test_equal_results_give_equal_bytes(section: Section) -> None:
    assert page("t", [section]) == page("t", [section])


def test_numbers_of_the_page_are_those_of_the_results(section: Section) -> None:
    html = page("t", [section])
    for item in section.evaluations:
        assert all(f"{mean:.4f}" in html for mean in item.means.values())
    assert all(f"{item.difference:+.4f}" in html for item in section.comparisons)


@pytest.mark.parametrize(("shift", "verdict"), [(0.5, "gain"), (-0.5, "loss"), (0.0, "")])
def test_a_sure_difference_says_whether_it_is_a_gain(shift: float, verdict: str) -> None:
    first = evaluation("first", seed=1)
    values = {name: each + shift for name, each in first.values.items()}
    runs = (first, Evaluation("second", first.queries, values, 0))
    html = page("t", [Section("d", runs, compare(runs), {})])
    cells = re.findall(r'<td(?: class="(\w+)")?>([+-][\d.]+)(?:<small>(\w+)</small>)?</td>', html)
    marked = [(colour, word) for colour, number, word in cells if len(number) == 7]
    assert marked == [(verdict, verdict)] * 2


def test_a_single_query_makes_a_page() -> None:
    runs = (evaluation("a", seed=1, queries=1), evaluation("b", seed=2, queries=1))
    latency = Latency.from_values([0.0], of=1)
    assert "<svg" in page("t", [Section("s", runs, compare(runs), {"a": latency})])


def rendered(table: WideTable, *, width: int = 200) -> str:
    buffer = io.StringIO()
    Console(file=buffer, width=width, force_terminal=False).print(table)
    return buffer.getvalue()


def test_tables_show_hostile_names_as_text(section: Section, result: Result) -> None:
    tables = [
        result_table([result]),
        cost_table([result]),
        evaluation_table(section.evaluations),
        comparison_table(section.comparisons),
    ]
    for text in map(rendered, tables):
        assert "[bold]" in text
        assert "\x1b" not in text
        assert "\x00" not in text


def test_no_terminal_is_too_narrow_for_a_table(section: Section) -> None:
    short = [replace(item, run=f"run{place}") for place, item in enumerate(section.evaluations)]
    for table in (comparison_table(compare(short)), evaluation_table(short)):
        for width in range(20, 130):
            lines = rendered(table, width=width).splitlines()
            cells = Counter("".join((*table.numbers, *chain(*table.rows))).replace(" ", ""))
            assert cells <= Counter("".join(lines))
            words = " ".join(lines).split()
            assert width < 42 or all(cell in words for row in table.rows for cell in row)
            assert max(map(len, lines)) <= width


def test_a_long_name_is_folded_before_numbers_go_to_a_second_part(section: Section) -> None:
    long = "z-score(bm25,dense)/1000"
    first, second = section.evaluations
    table = comparison_table(compare([replace(first, run="bm25"), replace(second, run=long)]))
    [one, two, three] = (rendered(table, width=width) for width in (120, 80, 60))
    assert (one.count(long), one.count("measure"), "p t" in one) == (2, 1, True)
    assert (two.count(long), two.count("measure"), "p t" in two) == (0, 1, True)
    assert (three.count("measure"), "p t" in three) == (2, True)


def test_a_record_has_the_keys_of_the_design(result: Result) -> None:
    record = json.loads(json.dumps(result_record(result), allow_nan=False))
    assert {
        *("dataset", "retriever", "rerank", "split", "queries", "documents", "measures"),
        *("latency_ms", "index_seconds", "index_bytes", "peak_rss_bytes"),
    } <= set(record)
    assert set(record["latency_ms"]) == {"p50", "p95", "p99"}
    assert set(record["measures"]) == {"nDCG@10", "R@100", "RR@10", "AP"}
    assert (record["rerank"], record["queries"], record["documents"]) == (None, 4, 5)


def test_an_infinite_effect_is_null_in_json() -> None:
    zeros, ones = np.zeros(5), np.ones(5)
    ids = tuple("abcde")
    (item,) = compare(
        [Evaluation("a", ids, {"AP": zeros}, 0), Evaluation("b", ids, {"AP": ones}, 0)]
    )
    assert json.loads(json.dumps(comparison_record(item), allow_nan=False))["effect"] is None
