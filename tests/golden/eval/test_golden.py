"""Run and judgement files keep their bytes, and measures their values, for ever."""

from __future__ import annotations

from math import log2
from pathlib import Path

import pytest
from tests.golden.eval.make import QRELS, write

from mnemic.eval.measures import evaluate, parse
from mnemic.eval.trec import read_qrels, read_run

HERE = Path(__file__).parent
NAMES = ["plain.trec", "spaced.trec", "qrels.trec", "qrels.tsv"]
pytestmark = pytest.mark.golden


@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_those_of_the_stored_file(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    assert (tmp_path / name).read_bytes() == (HERE / name).read_bytes()


def test_stored_judgements_are_read() -> None:
    assert read_qrels(HERE / "qrels.trec") == read_qrels(HERE / "qrels.tsv") == QRELS


# trec_eval breaks ties by document id descending: d3 stands before d1, and d1 is at rank 2.
# Query 10 has its only relevant document at rank 3 (d9 ties with d4 at 0.0); query 11 is missing.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AP", (0.25 + 1 / 3 + 0) / 3),
        ("P@2", (0.5 + 0 + 0) / 3),
        ("R@3", (0.5 + 1 + 0) / 3),
        ("nDCG@10", (2 / log2(3) / (2 + 1 / log2(3)) + 1 / log2(4) + 0) / 3),
    ],
)
def test_values_of_the_stored_run(name: str, expected: float) -> None:
    item = evaluate(read_run(HERE / "plain.trec"), QRELS, [parse(name)])
    assert item.means[name] == pytest.approx(expected, abs=1e-6)
