"""TREC files in and out, and every way in which a line can be wrong."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput, NotFound
from mnemic.eval.trec import read_qrels, read_run, write_qrels, write_run
from mnemic.types import Qrels, Run

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.errors import MnemicError

RUN = Run("bm25", {"2": {"b": 1.0, "a": 1.0000001, "c": 2.5}, "10": {"x": -1e-9}})


def test_a_run_has_six_columns_in_one_order(tmp_path: Path) -> None:
    write_run(tmp_path / "r.trec", RUN)
    assert (tmp_path / "r.trec").read_text() == (
        "10 Q0 x 1 0.000000 bm25\n"
        "2 Q0 c 1 2.500000 bm25\n"
        "2 Q0 a 2 1.000000 bm25\n"
        "2 Q0 b 3 1.000000 bm25\n"
    )


def test_ids_with_spaces_make_a_tabbed_file(tmp_path: Path) -> None:
    run = Run("my system", {"q 1": {"Lilu (mythology)": 1.5}})
    write_run(tmp_path / "r.trec", run)
    assert (
        tmp_path / "r.trec"
    ).read_text() == "q 1\tQ0\tLilu (mythology)\t1\t1.500000\tmy system\n"
    assert read_run(tmp_path / "r.trec") == run


def test_spaces_tabs_crlf_and_blank_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"\xef\xbb\xbfq Q0 \t a  1 2 s\r\n\r\nq\tQ0\tb\t2\t1e0\ts\n")
    assert read_run(tmp_path / "r") == Run("s", {"q": {"a": 2.0, "b": 1.0}})


def test_gzip_is_read_and_written_without_a_time(tmp_path: Path) -> None:
    write_run(tmp_path / "a.trec.gz", RUN)
    write_run(tmp_path / "b.trec.gz", RUN)
    content = (tmp_path / "a.trec.gz").read_bytes()
    assert content == (tmp_path / "b.trec.gz").read_bytes()
    assert gzip.decompress(content).startswith(b"10 Q0 x 1")
    assert read_run(tmp_path / "a.trec.gz").rankings["2"]["c"] == 2.5


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("q Q0 d 1 2", "not the 6 columns"),
        ("q Q0 d 1 2 s more", "not the 6 columns"),
        ("q\tQ0\t\t1\t2\ts", "not the 6 columns"),
        ("q Q0 d one 2 s", "rank 'one' is not an integer"),
        ("q Q0 d 1 two s", "score 'two' is not a number"),
        ("q Q0 d 1 nan s", "score 'nan' is not finite"),
        ("q Q0 d 1 -inf s", "score '-inf' is not finite"),
        ("q Q0 a 1 2 s", "document 'a' of query 'q' is there twice"),
        ("q Q0 d\xff 1 2 s", "not UTF-8"),
        ("q" * (1 << 20) + " Q0 d 1 2 s", "longer than"),
    ],
)
def test_a_bad_line_of_a_run_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "bad.trec"
    path.write_bytes(b"q Q0 a 1 2 s\n" + line.encode("latin-1") + b"\n")
    with pytest.raises(InvalidInput, match="line 2") as caught:
        read_run(path)
    assert problem in caught.value.message
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "damage", [b"not gzip at all", gzip.compress(b"q Q0 a 1 2 s\n", mtime=0)[:-6]]
)
def test_damaged_gzip_is_bad_input(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "r.gz").write_bytes(damage)
    with pytest.raises(InvalidInput, match="damaged or not gzip"):
        read_run(tmp_path / "r.gz")


@pytest.mark.parametrize(
    ("path", "error"), [("missing", NotFound), (".", InvalidInput), ("a\0b", InvalidInput)]
)
def test_what_is_no_file_has_its_error(tmp_path: Path, path: str, error: type[MnemicError]) -> None:
    with pytest.raises(error):
        read_run(tmp_path / path)


@pytest.mark.parametrize(
    "run",
    [
        Run("r", {"q": {"d": float("nan")}}),
        Run("r", {"q": {"d": float("inf")}}),
        Run("r", {"": {"d": 1.0}}),
        Run("r", {"q": {"a\tb": 1.0}}),
        Run("r", {"q": {"a\nb": 1.0}}),
        Run("a\rb", {"q": {"d": 1.0}}),
        Run("r", {"q": {"\ud800": 1.0}}),
    ],
)
def test_what_no_file_can_hold_is_not_written(tmp_path: Path, run: Run) -> None:
    with pytest.raises(InvalidInput):
        write_run(tmp_path / "r.trec", run)
    assert not list(tmp_path.iterdir())


QRELS = Qrels({"q1": {"Lilu (mythology)": 1, "a": 0}, "q0": {"b": -1}})


def test_beir_judgements_round_trip_with_spaces_in_ids(tmp_path: Path) -> None:
    write_qrels(tmp_path / "test.tsv", QRELS, form="beir")
    assert (tmp_path / "test.tsv").read_text() == (
        "query-id\tcorpus-id\tscore\nq0\tb\t-1\nq1\tLilu (mythology)\t1\nq1\ta\t0\n"
    )
    assert read_qrels(tmp_path / "test.tsv") == QRELS


def test_trec_judgements_round_trip(tmp_path: Path) -> None:
    write_qrels(tmp_path / "qrels", QRELS)
    assert read_qrels(tmp_path / "qrels") == QRELS
    (tmp_path / "plain").write_text("q 0 d 2\nq 0 d 2\nq Q0 e 0.0\n")
    assert read_qrels(tmp_path / "plain") == Qrels({"q": {"d": 2, "e": 0}})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("q d", "neither 4 columns"),
        ("q 0 d 1 5", "neither 4 columns"),
        ("q 0 d 1.5", "grade '1.5' is not an integer"),
        ("q 0 d inf", "grade 'inf' is not an integer"),
        ("q 0 d nan", "grade 'nan' is not an integer"),
        ("query-id corpus-id score", "grade 'score' is not an integer"),
        ("q 0 a 2", "judged 1 before and 2 here"),
    ],
)
def test_a_bad_judgement_is_named(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "bad").write_text(f"q 0 a 1\n{line}\n")
    with pytest.raises(InvalidInput, match="bad, line 2") as caught:
        read_qrels(tmp_path / "bad")
    assert problem in caught.value.message
